"""Counts of persons: what published counts, shares and totals tell of the withheld ones.

Two cases: members of one distribution (a total and its parts), in closed form; and any system of overlapping
audiences (unions, intersections, several margins), by linear programming.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from infra.disclosure.published import Floats

ISOLATED_WIDTH = 10.0
"""A withheld count known to within so many persons is isolated."""


def bounds_in_distributions(
    table: pd.DataFrame, rounded_to: int = 1, share_digits: int = 6, total: str | None = None
) -> pd.DataFrame:
    """Lower and upper of each withheld count in distributions.

    `table`: distribution (any label), count and share (both absent where withheld), and, where it is published, the
    column `total`. Without a total, one is inferred: a published count divided by its share.
    """
    half, digit = rounded_to / 2 if rounded_to > 1 else 0.0, 0.5 * 10.0**-share_digits
    count, share = table["count"].to_numpy(dtype=float), table["share"].to_numpy(dtype=float)
    rows = pd.DataFrame({"distribution": table["distribution"], "withheld": np.isnan(count)})
    rows["low"], rows["high"] = count - half, count + half
    with np.errstate(divide="ignore", invalid="ignore"):
        rows["total_low"] = (count - half) / (share + digit)
        rows["total_high"] = np.where(share > digit, (count + half) / (share - digit), np.inf)
    if total is not None:
        rows["total_low"] = np.fmax(rows["total_low"], table[total].to_numpy(dtype=float) - half)
        rows["total_high"] = np.fmin(rows["total_high"], table[total].to_numpy(dtype=float) + half)
    each = rows.groupby("distribution")
    left_low = np.ceil(each["total_low"].transform("max") - each["high"].transform("sum") - 1e-6)
    left_high = np.floor(each["total_high"].transform("min") - each["low"].transform("sum") + 1e-6)
    alone = each["withheld"].transform("sum") == 1
    rows["lower"] = np.where(alone, np.maximum(left_low, 0.0), 0.0)
    rows["upper"] = left_high
    return table.loc[rows["withheld"]].assign(
        lower=rows.loc[rows["withheld"], "lower"], upper=rows.loc[rows["withheld"], "upper"]
    )


@dataclass(frozen=True)
class Relation:
    """low ≤ Σ coefficient × count ≤ high: a total and its parts, or |A ∪ B| = |A| + |B| − |A ∩ B|."""

    terms: Mapping[str, float]
    low: float = 0.0
    high: float = 0.0


def bounds_of_counts(known: Mapping[str, tuple[float, float]], relations: list[Relation]) -> pd.DataFrame:
    """Columns audience, lower, upper: the feasible range of every audience named, all relations held at once.

    `known`: range of the published ones (count ± half the rounding); the others are only not negative. Raises
    ValueError where the figures contradict each other.
    """
    names = sorted({name for relation in relations for name in relation.terms} | set(known))
    at = {name: number for number, name in enumerate(names)}
    rows: list[Floats] = []
    limits: list[float] = []
    for relation in relations:
        row = np.zeros(len(names))
        for name, coefficient in relation.terms.items():
            row[at[name]] = coefficient
        rows += [row, -row]
        limits += [relation.high, -relation.low]
    ranges = [known.get(name, (0.0, None)) for name in names]
    found = []
    for name in names:
        goal = np.zeros(len(names))
        goal[at[name]] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            solved = linprog(sign * goal, A_ub=np.array(rows), b_ub=np.array(limits), bounds=ranges, method="highs")
            if solved.status == 2:
                raise ValueError("The published counts contradict each other: no audience can have these sizes.")
            ends.append(sign * float(solved.fun) if solved.status == 0 else np.inf)
        found.append((name, ends[0], ends[1]))
    return pd.DataFrame(found, columns=["audience", "lower", "upper"])


def isolated(bounds: pd.DataFrame, truth: pd.Series, minimum: int) -> pd.DataFrame:
    """Those of `bounds` whose true count (same index) is below the minimum and whose range is narrow."""
    width = np.floor(bounds["upper"] + 1e-6) - np.ceil(bounds["lower"] - 1e-6)
    below = truth.loc[bounds.index].between(1, minimum - 1)
    found: pd.DataFrame = bounds.loc[below & (width <= ISOLATED_WIDTH)]
    return found
