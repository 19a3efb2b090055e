"""Rank bands: who knows that nobody outside the coalition is larger, knows an upper bound of everybody; likewise from below."""

import re
from itertools import combinations

import pandas as pd

from infra.disclosure.published import Release, band

COLUMNS = ["release_id", "peer_group_id", "first", "second", "lower", "upper"]
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}


def bounds_by_rank(release: Release, own_revenue: pd.DataFrame) -> pd.DataFrame:
    """Lower and upper of the revenue of everybody outside the coalition, where ranks say so.

    `own_revenue`: release_id, peer_group_id, legal_group, revenue of each viewer; read for the coalition's members only.
    """
    place = ["release_id", "peer_group_id"]
    figures = release.figures.drop_duplicates([*place, "legal_group"])
    figures = figures[figures["rank_band"].notna()].merge(own_revenue, on=[*place, "legal_group"])
    sizes = (
        release.members.groupby(["assignment_start", "peer_group_id"])["legal_group"]
        .nunique()
        .rename("groups")
        .reset_index()
        .merge(release.releases[["release_id", "assignment_start"]], on="assignment_start")
    )
    found = []
    for key, views in figures.merge(sizes[[*place, "groups"]], on=place).groupby(place):
        groups = int(views["groups"].iloc[0])
        known = [
            (str(row.legal_group), float(row.revenue), *ranks(str(row.rank_band), groups)) for row in views.itertuples()
        ]
        known.sort(key=lambda one: -one[1])
        # Only the ends of the order can tell of everybody.
        ends = known if len(known) <= 8 else [*known[:4], *known[-4:]]
        for pair in [*((one, one) for one in ends), *combinations(ends, 2)]:
            lower, upper = _everybody(pair, groups)
            if lower is not None or upper is not None:
                found.append((*key, pair[0][0], pair[1][0], lower, upper))
    return pd.DataFrame(found, columns=COLUMNS)


def _everybody(
    pair: tuple[tuple[str, float, float, float], ...], groups: int
) -> tuple[float | None, float | None]:
    members = {one[0]: one for one in pair}.values()
    upper, lower = [], []
    for _, revenue, best, worst in members:
        larger = sum(other[1] > revenue for other in members)
        smaller = len(members) - 1 - larger
        if worst - 1 - larger <= 0:
            upper.append(revenue)
        if groups - best - smaller <= 0:
            lower.append(revenue)
    return max(lower, default=None), min(upper, default=None)


def ranks(label: str, groups: int) -> tuple[float, float]:
    """Best and worst rank that a band allows among so many groups: '1-3', 'over 8', 'top third', 'lower half'."""
    part = next((number for word, number in PARTS.items() if word in label.lower()), None)
    if part is None:
        best, worst = band(label)
        return max(best, 1.0), min(worst, float(groups))
    # A part of 7 groups may be rounded either way: the wider reading.
    length = -(-groups // part)
    if re.search(r"top|upper|first|best", label.lower()):
        return 1.0, float(length)
    if re.search(r"bottom|lower|last", label.lower()):
        return float(groups - length + 1), float(groups)
    return float(groups // part + 1), float(groups - groups // part)
