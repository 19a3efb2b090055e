"""What a coalition can prove of a sum: the range that its viewers' equations leave."""

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from infra.disclosure.published import Floats
from infra.disclosure.sums import Equations

ROUNDS = 3
RANGES = ["coalition", "sum", "own", "largest", "viewers", "first", "second", "low", "high"]


def ranges_of_sums(equations: Equations, coalitions: pd.DataFrame) -> pd.DataFrame:
    """For each coalition and each sum that it sees: low and high, own (its members' part), largest, viewers (1 or 2
    of it).

    Interval arithmetic, so a range is never narrower than what follows from the equations: two viewers' equations
    about the same two sums meet in a quadrangle whose corners are the ends; single equations then carry ranges from
    sum to sum.
    """
    coalitions = coalitions.assign(coalition=np.arange(len(coalitions)))
    if coalitions.empty:
        return pd.DataFrame(columns=RANGES)
    ranges = _what_is_own(equations, coalitions)
    if ranges.empty:
        return ranges
    seen = _seen(equations, coalitions, ranges)
    ranges = _narrow(ranges, _crossings(seen))
    for _ in range(ROUNDS):
        ranges = _narrow(ranges, _carried(seen, ranges))
    return ranges


def _what_is_own(equations: Equations, coalitions: pd.DataFrame) -> pd.DataFrame:
    """Each coalition's sums of its month: at least its own part, and what its share bands say."""
    own = equations.own.assign(period=lambda table: table["sum"].map(equations.months))
    viewers = _viewers(coalitions)
    rows = viewers.merge(own, on=["viewer", "period"])
    ranges = rows.groupby(["coalition", "sum"])["own"].agg(own="sum", largest="max", viewers="size").reset_index()
    ranges = ranges.merge(coalitions[["coalition", "first", "second"]], on="coalition")
    ranges = ranges.assign(low=ranges["own"], high=np.inf)
    shares = equations.shares.assign(period=lambda table: table["sum"].map(equations.months))
    shares = viewers.merge(shares, on=["viewer", "period"])
    with np.errstate(divide="ignore"):
        shares = shares.assign(low=shares["own"] / shares["high"], high=shares["own"] / shares["low"].to_numpy())
    return _narrow(ranges, shares[["coalition", "sum", "low", "high"]])


def _viewers(coalitions: pd.DataFrame) -> pd.DataFrame:
    members = coalitions.melt(["coalition", "period"], ["first", "second"], value_name="viewer")
    return members.drop(columns="variable").drop_duplicates()


def _seen(equations: Equations, coalitions: pd.DataFrame, ranges: pd.DataFrame) -> pd.DataFrame:
    """The equations of a coalition's members that touch a sum of its month."""
    viewers = _viewers(coalitions)
    ratios = equations.ratios
    seen = [
        viewers.merge(ratios.assign(period=ratios[side].map(equations.months)), on=["viewer", "period"])
        for side in ("top", "bottom")
    ]
    rows = pd.concat(seen).drop_duplicates(["coalition", "viewer", "metric", "top", "bottom"])
    return rows.reset_index(drop=True)


def _crossings(seen: pd.DataFrame) -> pd.DataFrame:
    """Two lines through known points, whose slopes are known up to rounding: where they cross."""
    pair = seen.merge(seen, on=["coalition", "metric", "top", "bottom"], suffixes=("", "_2"))
    pair = pair[pair["viewer"] < pair["viewer_2"]]
    pair = pair[(pair["low"] > pair["high_2"]) | (pair["low_2"] > pair["high"])]
    corners = []
    for first in ("low", "high"):
        for second in ("low_2", "high_2"):
            slope, slope_2 = pair[first], pair[second]
            intercepts = (pair["own_top_2"] - slope_2 * pair["own_bottom_2"]) - (
                pair["own_top"] - slope * pair["own_bottom"]
            )
            corners.append((intercepts / (slope - slope_2)).to_numpy(dtype=float))
    if pair.empty:
        return pd.DataFrame(columns=["coalition", "sum", "low", "high"])
    bottom_low, bottom_high = np.min(corners, axis=0), np.max(corners, axis=0)
    bottom = pd.DataFrame(
        {"coalition": pair["coalition"], "sum": pair["bottom"], "low": bottom_low, "high": bottom_high}
    )
    tops = []
    for one in ("", "_2"):
        low, high = _times(
            pair[f"low{one}"].to_numpy(dtype=float),
            pair[f"high{one}"].to_numpy(dtype=float),
            bottom_low - pair[f"own_bottom{one}"].to_numpy(dtype=float),
            bottom_high - pair[f"own_bottom{one}"].to_numpy(dtype=float),
        )
        own = pair[f"own_top{one}"].to_numpy(dtype=float)
        tops.append(
            pd.DataFrame({"coalition": pair["coalition"], "sum": pair["top"], "low": own + low, "high": own + high})
        )
    return pd.concat([bottom, *tops])


def _carried(seen: pd.DataFrame, ranges: pd.DataFrame) -> pd.DataFrame:
    """One equation, one sum's range known: the other's."""
    known = ranges[["coalition", "sum", "low", "high"]]
    up = seen.merge(known, left_on=["coalition", "bottom"], right_on=["coalition", "sum"], suffixes=("", "_known"))
    low, high = _times(
        up["low"].to_numpy(dtype=float),
        up["high"].to_numpy(dtype=float),
        (up["low_known"] - up["own_bottom"]).to_numpy(dtype=float),
        (up["high_known"] - up["own_bottom"]).to_numpy(dtype=float),
    )
    own = up["own_top"].to_numpy(dtype=float)
    tops = pd.DataFrame({"coalition": up["coalition"], "sum": up["top"], "low": own + low, "high": own + high})
    down = seen[seen["low"] > 0].merge(
        known, left_on=["coalition", "top"], right_on=["coalition", "sum"], suffixes=("", "_known")
    )
    low, high = _times(
        1 / down["high"].to_numpy(dtype=float),
        1 / down["low"].to_numpy(dtype=float),
        (down["low_known"] - down["own_top"]).to_numpy(dtype=float),
        (down["high_known"] - down["own_top"]).to_numpy(dtype=float),
    )
    own = down["own_bottom"].to_numpy(dtype=float)
    bottoms = pd.DataFrame(
        {"coalition": down["coalition"], "sum": down["bottom"], "low": own + low, "high": own + high}
    )
    return pd.concat([tops, bottoms])


def _times(slope_low: Floats, slope_high: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """[slope] × [low, high] where the slope is not negative; the second may be of either sign and unbounded."""
    with np.errstate(invalid="ignore"):
        corners = np.array([slope_low * low, slope_high * low, slope_low * high, slope_high * high])
    least, most = np.nanmin(corners, axis=0), np.nanmax(corners, axis=0)
    return np.where(np.isnan(corners).any(axis=0), -np.inf, least), np.where(
        np.isnan(corners).any(axis=0), np.inf, most
    )


def _narrow(ranges: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Ranges cut by claims about the same sums of the same coalitions."""
    if claims.empty:
        return ranges
    best = claims.groupby(["coalition", "sum"]).agg(claimed_low=("low", "max"), claimed_high=("high", "min"))
    merged = ranges.merge(best.reset_index(), on=["coalition", "sum"], how="left")
    merged["low"] = merged[["low", "claimed_low"]].max(axis=1)
    merged["high"] = merged[["high", "claimed_high"]].min(axis=1)
    return merged.drop(columns=["claimed_low", "claimed_high"])


def range_by_programme(equations: Equations, first: str, second: str, target: int) -> tuple[float, float]:
    """The same range by linear programming over all equations of the two viewers at once: the sharpest there is."""
    ratios, shares, own = (
        table.iloc[sorted({*rows.get(first, ()), *rows.get(second, ())})]
        for table, rows in zip((equations.ratios, equations.shares, equations.own), equations.of_viewer, strict=True)
    )
    parts = own.groupby("sum")["own"].sum()
    numbers = parts.index.to_numpy()
    if target not in numbers:
        return -np.inf, np.inf
    # In units of the attackers' own parts: revenue in millions beside customers in tens spoils the solver's tolerances.
    unit = np.maximum(np.abs(parts.to_numpy(dtype=float)), 1.0)
    place = pd.Series(np.arange(len(numbers)), index=numbers)
    top, bottom, shared = (place[column].to_numpy() for column in (ratios["top"], ratios["bottom"], shares["sum"]))
    own_top, own_bottom, low, high = (
        ratios[name].to_numpy(dtype=float) for name in ("own_top", "own_bottom", "low", "high")
    )
    each, share = np.arange(len(ratios)), np.arange(len(shares))
    below, above = np.zeros((len(ratios), len(numbers))), np.zeros((len(ratios), len(numbers)))
    below[each, top], below[each, bottom] = 1.0, -high
    above[each, top], above[each, bottom] = -1.0, low
    at_least, at_most = np.zeros((len(shares), len(numbers))), np.zeros((len(shares), len(numbers)))
    at_least[share, shared], at_most[share, shared] = -shares["high"].to_numpy(), shares["low"].to_numpy()
    own_share = shares["own"].to_numpy(dtype=float)
    rows = np.vstack([below, above, at_least, at_most]) * unit
    limits = np.concatenate([own_top - high * own_bottom, low * own_bottom - own_top, -own_share, own_share])
    largest = np.abs(rows).max(axis=1)
    rows, limits = rows[largest > 0] / largest[largest > 0, None], limits[largest > 0] / largest[largest > 0]
    least = np.maximum(parts.to_numpy(dtype=float), 0.0) / unit
    ends = []
    for sign in (1.0, -1.0):
        goal = np.zeros(len(numbers))
        goal[place[target]] = sign
        found = linprog(goal, A_ub=rows, b_ub=limits, bounds=np.column_stack([least, np.full_like(least, np.inf)]))
        ends.append(float(sign * found.fun * unit[place[target]]) if found.status == 0 else -sign * np.inf)
    return ends[0], ends[1]
