"""Who attacks: each member alone, and pairs of members.

Not all pairs: with n members there are n²/2, and most are weaker than a few that are known before. A pair solves two equations
for two sums, the sharper the more their published ratios differ: so the pairs of the extreme ratios of each metric. What it
then subtracts is largest for the two largest viewers; what the rules tell of the smallest others is sharpest for the two smallest.
In peer groups of up to `ALL_PAIRS_UP_TO` viewers all pairs attack.
"""

from itertools import combinations

import pandas as pd

from infra.disclosure.sums import Equations

ALL_PAIRS_UP_TO = 8
EXTREME_METRICS = ("growth", "growth_last_year", "average_bill", "receipts_per_customer")


def coalitions_of(equations: Equations) -> pd.DataFrame:
    """Columns period, first, second (the same as first: alone): who attacks the sums of a month together."""
    ratios = equations.ratios
    if ratios.empty and equations.shares.empty:
        return pd.DataFrame(columns=["period", "first", "second"])
    place_of = pd.Series([one.place for one in equations.sums])
    chosen: set[tuple[pd.Timestamp, str, str]] = set()
    sides = [ratios.assign(at=ratios[side], own=ratios[f"own_{side}"]) for side in ("top", "bottom")]
    rows = pd.concat([*sides, equations.shares.rename(columns={"sum": "at"})])
    rows = rows.assign(period=rows["at"].map(equations.months), place=rows["at"].map(place_of))
    for (period, _), here in rows.groupby(["period", "place"]):
        month = pd.Timestamp(period)
        revenue = here[here["metric"].isin(["average_bill"]) | here["metric"].isna()]
        size = (revenue if not revenue.empty else here).groupby("viewer")["own"].max().sort_values()
        viewers = list(size.index)
        chosen |= {(month, one, one) for one in {*viewers[:3], *viewers[-3:]}}
        if len(viewers) <= ALL_PAIRS_UP_TO:
            chosen |= {(month, *sorted(pair)) for pair in combinations(viewers, 2)}  # type: ignore[misc]
            continue
        pairs = [(viewers[-1], viewers[-2]), (viewers[-1], viewers[-3]), (viewers[0], viewers[1]), (viewers[0], viewers[-1])]
        for metric in EXTREME_METRICS:
            seen = here[here["metric"] == metric].drop_duplicates("viewer").sort_values("low")["viewer"].tolist()
            if len(seen) > 3:
                pairs += [(seen[0], seen[-1]), (seen[1], seen[-1]), (seen[0], seen[-2])]
        chosen |= {(month, *sorted(pair)) for pair in pairs}  # type: ignore[misc]
    return pd.DataFrame(sorted(chosen), columns=["period", "first", "second"])
