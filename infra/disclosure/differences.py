"""Two sums whose cells differ in one group: their difference is that group's.

So parent minus children, a shop that opens or closes (growth is over other groups than the average bill), a member
that joins in a new quarter, and a correction are one attack: the labels say which groups a figure covers, and the
sets are subtracted.
"""

from collections import defaultdict
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from infra.disclosure.members import TARGETED
from infra.disclosure.published import groups_of
from infra.disclosure.sums import Sum


class Difference(NamedTuple):
    """The sum `larger` less the sums `smaller` is `target`'s part, once the parts of `helpers`, who must attack, are
    known."""

    attack: str
    larger: int
    smaller: tuple[int, ...]
    target: str | None
    """None: the same cells were released twice, and the difference is what was corrected, whoever it was."""
    helpers: frozenset[str] = frozenset()
    alone: bool = True
    """False: others are in the difference too, so that it bounds the target from above only."""


MOST_BETWEEN = 6
COLUMNS = ["attack", "first", "second", "sum", "less", "target", "lower", "upper"]


def bounds_by_difference(ranges: pd.DataFrame, sums: list[Sum]) -> pd.DataFrame:
    """Lower and upper of each target's part, per coalition that sees both sums. No rows where no two sets are so
    near."""
    by_sum: dict[Any, pd.DataFrame] = dict(groups_of(ranges, "sum"))
    found = []
    for one in _differences(sums):
        if any(number not in by_sum for number in (one.larger, *one.smaller)):
            continue
        rows = by_sum[one.larger][["coalition", "first", "second", "low", "high", "own"]]
        for number in one.smaller:
            less = by_sum[number][["coalition", "low", "high", "own"]]
            rows = rows.merge(less, on="coalition", suffixes=("", "_less"))
            rows = rows.assign(
                low=rows["low"] - rows["high_less"],
                high=rows["high"] - rows["low_less"],
                own=rows["own"] - rows["own_less"],
            ).drop(columns=["low_less", "high_less", "own_less"])
        first, second = rows["first"], rows["second"]
        rows = rows[(first != one.target) & (second != one.target)]
        for helper in one.helpers:
            rows = rows[(rows["first"] == helper) | (rows["second"] == helper)]
        found.append(
            rows.assign(
                attack=one.attack,
                sum=one.larger,
                less=one.smaller[0],
                target=one.target,
                lower=rows["low"] - rows["own"] if one.alone else -np.inf,
                upper=rows["high"] - rows["own"],
            )[COLUMNS]
        )
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _differences(sums: list[Sum]) -> list[Difference]:
    together: dict[tuple[str, pd.Timestamp], list[int]] = defaultdict(list)
    for number, one in enumerate(sums):
        if one.base in TARGETED:
            together[one.base, one.period].append(number)
    found: list[Difference] = []
    for numbers in together.values():
        at_cell: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for number in numbers:
            for cell in sums[number].cells:
                at_cell[cell].append(number)
        overlapping = sorted({pair for here in at_cell.values() for pair in combinations(here, 2)})
        for first, second in overlapping:
            found += _of_two(sums, first, second)
        found += _parents_less_children(sums, overlapping)
    return found


def _of_two(sums: list[Sum], one: int, other: int) -> list[Difference]:
    first, second = sums[one].cells, sums[other].cells
    if first == second:
        newer, older = (one, other) if sums[one].vintage > sums[other].vintage else (other, one)
        return [Difference("two releases", newer, (older,), None)]
    only_first, only_second = ({cell[0] for cell in cells} for cells in (first - second, second - first))
    between = only_first | only_second
    if only_first & only_second or len(between) > MOST_BETWEEN:
        return []
    name = "opened or closed" if sums[one].place == sums[other].place else "two peer groups"
    found = []
    for target in sorted(between):
        larger, smaller = (one, other) if target in only_first else (other, one)
        rest = frozenset(between - {target})
        # With two of three groups attacking, the third is alone.
        if len(rest) <= 2:
            found.append(Difference(name, larger, (smaller,), target, rest))
        if rest and not (only_first and only_second):
            found.append(Difference(name, larger, (smaller,), target, alone=False))
    return found


def _parents_less_children(sums: list[Sum], overlapping: list[tuple[int, int]]) -> list[Difference]:
    inside: dict[int, list[int]] = defaultdict(list)
    for one, other in overlapping:
        if sums[one].cells < sums[other].cells:
            inside[other].append(one)
        elif sums[other].cells < sums[one].cells:
            inside[one].append(other)
    found = []
    for parent, children in inside.items():
        left, chosen = set(sums[parent].cells), []
        for child in sorted(children, key=lambda number: -len(sums[number].cells)):
            if sums[child].cells <= left:
                left -= sums[child].cells
                chosen.append(child)
        groups = {cell[0] for cell in left}
        if len(chosen) > 1 and len(groups) == 1:
            found.append(Difference("parent less children", parent, tuple(chosen), groups.pop()))
    return found
