"""From a sum to one of its members: what a coalition proves of each group that is not in it.

T: the sum, k: the coalition's part, k1: its larger member's, m + 1: the other groups, c: the published dominance limit.
That every viewer may see the figure says x_j ≤ c (T − x_w) for all pairs j ≠ w. From this, for each other group x:

    x ≤ T − k                                    the others are not negative
    x ≤ c (T − k1)                               the limit for the larger attacker as viewer
    x ≤ (c T (1 − 1/m) + c k/m) / (1 − c/m)      the largest of the m is at least their mean: the limit for it as viewer
    x ≤ (T − k) / (1 + p)                        p % rule, where two members attack
    x ≥ T − k − m · min(c T / (1 + c), c (T − k1))   the m others at their limits, no two of which are above c T / (1
    + c)

A point guess (the mean, say) is no proof, so a market of equals is not broken by its being one.
"""

import numpy as np
import pandas as pd

from infra.disclosure.published import Floats, PublishedRules, is_kind
from infra.disclosure.sums import Sum

TARGETED = ("revenue", "receipts", "customers")


def bounds_of_members(ranges: pd.DataFrame, sums: list[Sum], rules: PublishedRules) -> pd.DataFrame:
    """`ranges` (see `ranges_of_sums`) of additive bases, with lower and upper of every group outside the coalition.

    Of kinds of customers no rule is told, so only what is left of the sum bounds a group.
    """
    facts = pd.DataFrame({"base": [one.base for one in sums], "groups": [len(_groups(one)) for one in sums]})
    table = ranges.merge(facts, left_on="sum", right_index=True)
    kinds = table["base"].map(is_kind)
    plain = table[kinds & (table["groups"] > table["viewers"])]
    alone = (plain["groups"] - plain["viewers"]).to_numpy() == 1
    of_kinds = plain.assign(lower=np.where(alone, plain["low"] - plain["own"], 0.0), upper=plain["high"] - plain["own"])
    table = table[table["base"].isin(TARGETED)]
    others = (table["groups"] - table["viewers"]).to_numpy()
    table, others = table[others >= 1], others[others >= 1]
    low, high, k, k1 = (table[name].to_numpy(dtype=float) for name in ("low", "high", "own", "largest"))
    m = others - 1
    c = rules.dominance
    upper, lower = high - k, np.where(m == 0, low - k, 0.0)
    if c is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            of_mean = (c * high * (1 - 1 / m) + c * k / m) / (1 - c / m)
        upper = np.minimum(upper, np.where(m >= 1, np.minimum(c * (high - k1), of_mean), np.inf))
        lower = np.maximum(lower, np.where(m >= 1, low - k - m * c * (high - k1), -np.inf))
        by_pairs = _least(1 - m * c / (1 + c), low, high) - k
        by_viewer = _least(1 - m * c, low, high) - k + m * c * k1
        lower = np.maximum(lower, np.where(m >= 2, by_pairs, -np.inf))
        lower = np.maximum(lower, np.where(m >= 1, by_viewer, -np.inf))
    if rules.p_percent is not None:
        two = (table["viewers"] == 2).to_numpy() & (m >= 1)
        upper = np.where(two, np.minimum(upper, (high - k) / (1 + rules.p_percent)), upper)
    bounded = table.assign(lower=np.nan_to_num(lower, nan=0.0, neginf=0.0), upper=upper)
    return pd.concat([bounded, of_kinds], ignore_index=True) if len(of_kinds) else bounded


def _least(slope: Floats, low: Floats, high: Floats) -> Floats:
    """The least of slope × total where low ≤ total ≤ high, which may be unbounded."""
    ends = np.where(slope < 0, high, low)
    with np.errstate(invalid="ignore"):
        return np.where(slope == 0, 0.0, slope * ends)


def _groups(one: Sum) -> set[str]:
    return {cell[0] for cell in one.cells}
