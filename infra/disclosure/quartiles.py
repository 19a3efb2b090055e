"""Order statistics: two members see each other among the others, and know their own values.

The first's lower quartile is a mean of three of the others, the second's of three of almost the same: in a small
group their equations determine single values. Nobody knows the places, so each placement of the two attackers in the
order that agrees with all that is published is tried; what holds in all of them is proved. With five others, four
unknown values face four equations; with ten, nine do, and hundreds of placements: beyond `LARGEST_TRIED` others
nothing is tried, and the rule of ten is held by the count alone.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from infra.disclosure.published import RATIOS, Floats, PublishedRules, Release, before_rounding, groups_of

LARGEST_TRIED = 6
TRIED = ("growth", "average_bill")  # the programme is the same for every metric
COLUMNS = ["release_id", "peer_group_id", "metric", "first", "second", "lower", "upper"]


def values_by_quartiles(release: Release, rules: PublishedRules) -> pd.DataFrame:
    """Ranges in which the value of one competitor, unnamed, must lie; only those as narrow as a value is published."""
    found = []
    of_members = release.members.groupby(["assignment_start", "peer_group_id"])["legal_group"]
    sizes: dict[Any, int] = of_members.nunique().to_dict()
    months: dict[Any, Any] = release.releases.set_index("release_id")["assignment_start"].to_dict()
    figures = release.figures.drop_duplicates(["release_id", "peer_group_id", "legal_group"])
    for metric in RATIOS:
        shown = figures[figures[f"lower_quartile_{metric}_index"].notna()]
        for key, views in groups_of(shown, ["release_id", "peer_group_id"]):
            groups = sizes[months[key[0]], key[1]]
            if rules.values_in_a_quartile == 1:
                found += [(*key, metric, *one) for one in _said_outright(views, metric, rules)]
            elif groups - 1 <= LARGEST_TRIED and metric in TRIED:
                found += [(*key, metric, *one) for one in _by_two(views, metric, groups, rules)]
    return pd.DataFrame(found, columns=COLUMNS)


def _said_outright(views: pd.DataFrame, metric: str, rules: PublishedRules) -> list[tuple[str, str, float, float]]:
    """A quartile that is one group's value is that group's value."""
    view = views.iloc[0]
    low, high = _range(view, f"lower_quartile_{metric}_index", metric, rules)
    return [(str(view["legal_group"]), str(view["legal_group"]), low, high)]


def _by_two(
    views: pd.DataFrame, metric: str, groups: int, rules: PublishedRules
) -> list[tuple[str, str, float, float]]:
    # Who stands at the two ends shifts the quartiles of the others most.
    ordered = views.sort_values(f"own_{metric}")
    first, second = ordered.iloc[0], ordered.iloc[-1]
    names = str(first["legal_group"]), str(second["legal_group"])
    proved = _proved(first, second, metric, groups - 2, rules)
    return [(*names, low, high) for low, high in proved if high - low <= 0.01 * abs(high)]


def _proved(
    first: pd.Series, second: pd.Series, metric: str, unknown: int, rules: PublishedRules
) -> list[tuple[float, float]]:
    """For each of the others in order: the range that holds in every placement of the two attackers."""
    ranges: list[list[tuple[float, float]]] = [[] for _ in range(unknown)]
    for seat in range(unknown + 1):
        for seat_2 in range(unknown + 1):
            possible = _in_placement(first, second, metric, (seat, seat_2), unknown, rules)
            for at, one in enumerate(possible or []):
                ranges[at].append(one)
    return [(min(low for low, _ in one), max(high for _, high in one)) for one in ranges if one]


def _in_placement(
    first: pd.Series, second: pd.Series, metric: str, seats: tuple[int, int], unknown: int, rules: PublishedRules
) -> list[tuple[float, float]] | None:
    rows: list[Floats] = []
    limits: list[float] = []
    own = {0: float(first[f"own_{metric}"]), 1: float(second[f"own_{metric}"])}
    for at in range(unknown - 1):
        rows.append(np.eye(unknown)[at] - np.eye(unknown)[at + 1])
        limits.append(0.0)
    for attacker, seat in enumerate(seats):
        if seat > 0:
            rows.append(np.eye(unknown)[seat - 1])
            limits.append(own[attacker])
        if seat < unknown:
            rows.append(-np.eye(unknown)[seat])
            limits.append(-own[attacker])
    for viewer, view in enumerate((first, second)):
        other = 1 - viewer
        terms = [np.eye(unknown)[at] for at in range(unknown)]
        constants = [0.0] * unknown
        terms.insert(seats[other], np.zeros(unknown))
        constants.insert(seats[other], own[other])
        for side in ("lower", "upper"):
            chosen = places_of_quartile(unknown + 1, side, rules.values_in_a_quartile)
            mean = np.mean([terms[at] for at in chosen], axis=0)
            known = float(np.mean([constants[at] for at in chosen]))
            low, high = _range(view, f"{side}_quartile_{metric}_index", metric, rules)
            rows += [mean, -mean]
            limits += [high - known, known - low]
    found = []
    for at in range(unknown):
        ends = []
        for sign in (1.0, -1.0):
            solved = linprog(
                sign * np.eye(unknown)[at], A_ub=np.array(rows), b_ub=np.array(limits), bounds=(0, None), method="highs"
            )
            if solved.status == 2:
                return None
            ends.append(sign * float(solved.fun) if solved.status == 0 else np.inf)
        found.append((ends[0], ends[1]))
    return found


def places_of_quartile(count: int, side: str, values: int = 3) -> list[int]:
    """Places (from 0, ascending) whose mean is the quartile of so many values: `values` of them around rank ⌈count /
    4⌉."""
    rank = -(-count // 4) - 1
    rank = rank if side == "lower" else count - 1 - rank
    half = values // 2
    rank = min(max(rank, half), count - 1 - half)
    return list(range(rank - half, rank + half + 1))


def _range(view: pd.Series, column: str, metric: str, rules: PublishedRules) -> tuple[float, float]:
    low, high = before_rounding(np.array([float(view[column])]), rules)
    own = float(view[f"own_{metric}"]) / 100
    return float(low[0]) * own, float(high[0]) * own
