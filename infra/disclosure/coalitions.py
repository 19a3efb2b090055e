"""Who attacks: each member alone, and pairs of members.

Not all pairs: with n members there are n²/2, and most are weaker than a few that are known before. A pair solves two
equations for two sums, the sharper the more their published ratios differ: so the pairs of the extreme ratios of each
metric. What it then subtracts is largest for the two largest viewers; what the rules tell of the smallest others is
sharpest for the two smallest. In peer groups of up to `ALL_PAIRS_UP_TO` viewers all pairs attack.
"""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from infra.disclosure.published import Floats
from infra.disclosure.sums import Equations

Names = npt.NDArray[np.object_]
ALL_PAIRS_UP_TO = 8
EXTREME_METRICS = (
    *("growth", "growth_last_year", "average_bill", "receipts_per_customer"),
    *("gender:female", "age:under_35", "income_tier:low"),
)


def coalitions_of(equations: Equations) -> pd.DataFrame:
    """Columns period, first, second (the same as first: alone): who attacks the sums of a month together."""
    ratios = equations.ratios
    sides = [ratios.assign(at=ratios[side], own=ratios[f"own_{side}"]) for side in ("top", "bottom")]
    rows = pd.concat([*sides, equations.shares.rename(columns={"sum": "at"}).assign(metric="share")])
    if rows.empty:
        return pd.DataFrame(columns=["period", "first", "second"])
    places = pd.Series([one.place for one in equations.sums])
    rows = rows.assign(period=rows["at"].map(equations.months), place=rows["at"].map(places))
    rows = rows.sort_values(["period", "place"], ignore_index=True)
    here: dict[Any, Any] = rows.groupby(["period", "place"], sort=False).indices
    viewer, metric, own, low = (rows[name].to_numpy() for name in ("viewer", "metric", "own", "low"))
    chosen: set[tuple[pd.Timestamp, str, str]] = set()
    for (period, _), at in here.items():
        chosen |= {
            (period, *pair) for pair in _pairs(viewer[at], metric[at], own[at].astype(float), low[at].astype(float))
        }
    return pd.DataFrame(sorted(chosen), columns=["period", "first", "second"])


def _pairs(viewer: Names, metric: Names, own: Floats, low: Floats) -> set[tuple[str, str]]:
    """The coalitions in one peer group and month, each in alphabetical order."""
    largest: dict[str, float] = {}
    for name, kind, part in zip(viewer, metric, own, strict=True):
        if kind in ("average_bill", "growth", "share"):
            largest[name] = max(largest.get(name, -np.inf), part)
    order = sorted(largest, key=lambda name: largest[name])
    alone = {(name, name) for name in (*order[:3], *order[-3:])}
    if len(order) <= ALL_PAIRS_UP_TO:
        return alone | {_ordered(*pair) for pair in combinations(order, 2)}
    pairs = [(order[-1], order[-2]), (order[-1], order[-3]), (order[0], order[1]), (order[0], order[-1])]
    for kind in EXTREME_METRICS:
        of_kind = metric == kind
        names = list(dict.fromkeys(viewer[of_kind][np.argsort(low[of_kind], kind="stable")]))
        if len(names) > 3:
            pairs += [(names[0], names[-1]), (names[1], names[-1]), (names[0], names[-2])]
    return alone | {_ordered(*pair) for pair in pairs}


def _ordered(one: str, other: str) -> tuple[str, str]:
    return min(one, other), max(one, other)
