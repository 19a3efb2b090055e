"""Rank bands: who knows that nobody outside the coalition is larger, knows an upper bound of everybody; likewise from
below."""

from itertools import combinations

import pandas as pd

from infra.disclosure.public import PublicKnowledge
from infra.disclosure.published import Release, band, groups_of, rows_of

COLUMNS = ["release_id", "peer_group_id", "first", "second", "lower", "upper"]
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}


def bounds_by_rank(release: Release, public: PublicKnowledge, own_revenue: pd.DataFrame) -> pd.DataFrame:
    """Lower and upper of the revenue of everybody outside the coalition, where ranks say so.

    `own_revenue`: release_id, peer_group_id, legal_group, revenue of each viewer; read for the coalition's members
    only.
    """
    place = ["release_id", "peer_group_id"]
    figures = release.figures.drop_duplicates([*place, "legal_group"])
    figures = figures.loc[figures["rank_band"].notna(), [*place, "legal_group", "rank_band"]]
    figures = figures.merge(own_revenue, on=[*place, "legal_group"])
    found = []
    for key, views in groups_of(figures, place):
        release_id, group_id = int(key[0]), int(key[1])
        month = public.released[release_id][0]
        groups = len({cell[0] for cell in public.cells(release_id, group_id, month)})
        known = [
            (str(row.legal_group), float(row.revenue), *ranks(str(row.rank_band), groups)) for row in rows_of(views)
        ]
        known.sort(key=lambda one: -one[1])
        # Only the ends of the order can tell of everybody.
        ends = known if len(known) <= 8 else [*known[:4], *known[-4:]]
        for pair in [*((one, one) for one in ends), *combinations(ends, 2)]:
            lower, upper = _everybody(pair, groups)
            if lower is not None or upper is not None:
                found.append((release_id, group_id, pair[0][0], pair[1][0], lower, upper))
    return pd.DataFrame(found, columns=COLUMNS)


def _everybody(pair: tuple[tuple[str, float, float, float], ...], groups: int) -> tuple[float | None, float | None]:
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
    """Best and worst rank that a band allows among so many groups: '1-3', 'over 8', 'first_quarter', 'lower half'."""
    text = label.lower()
    parts = next((number for word, number in PARTS.items() if word in text), None)
    if parts is None:
        best, worst = band(text)
        return max(best, 1.0), min(worst, float(groups))
    part = next((number for word, number in PLACES.items() if word in text), None)
    if part is None or part > parts:
        return 1.0, float(groups)
    part = parts if part == 0 else part
    return float((part - 1) * groups // parts + 1), float(part * groups // parts)


PLACES = {
    **dict.fromkeys(("first", "top", "upper", "best"), 1),
    **dict.fromkeys(("last", "bottom", "lower"), 0),
    "second": 2,
    "middle": 2,
    "third_": 3,
    "fourth": 4,
}
"""Which part; 0: the last."""
