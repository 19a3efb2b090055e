"""The rules of docs/privacy.md in the plainest Python: an oracle for what may be published, and a release with any
rule removed."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from infra.disclosure.published import BASES, GROWTH, RATIOS, PublishedRules, Release
from infra.disclosure.quartiles import places_of_quartile

ADDITIVE = ("revenue", "receipts", "customers")
SHARE_ENDS = (0, 1, 2, 5, 10, 20, 50, 100)
Parts = dict[str, dict[str, float]]
"""Base → group → amount."""


@dataclass(frozen=True)
class Rules:
    """Every rule with its threshold; None or False: without it."""

    minimum_groups: int | None = 5
    minimum_groups_quartiles: int | None = 10
    dominance: float | None = 0.25
    p_percent: float | None = 0.15
    inference: bool = True
    minimum_customers: int | None = 30
    minimum_receipts: int | None = 30
    unit: str = "legal_group"
    matched_growth: bool = True
    unmatched_never_one: bool = True
    rounding: int | None = 3
    values_in_a_quartile: int = 3
    wide_rank_bands: bool = True

    @property
    def published(self) -> PublishedRules:
        """What everybody is told; a limit on stores says nothing of groups."""
        return PublishedRules(
            dominance=self.dominance if self.unit == "legal_group" else None,
            p_percent=self.p_percent if self.unit == "legal_group" else None,
            significant_digits=self.rounding,
            matched_growth=self.matched_growth,
            values_in_a_quartile=self.values_in_a_quartile,
        )


Cell = tuple[str, str, str]
Rows = list[tuple[Cell, str, tuple[float, ...]]]
"""(city, category, group), store, amounts in the order of BASES."""


@dataclass
class Month:
    """What a month's release is made of: one row per store."""

    release_id: int
    period: pd.Timestamp
    assignment: pd.Timestamp
    stores: pd.DataFrame

    @cached_property
    def rows(self) -> dict[Cell, Rows]:
        rows: dict[Cell, Rows] = {}
        names = ["city_code", "category_code", "legal_group", "store_id", *BASES.values()]
        for city, category, group, store, *amounts in self.stores[names].itertuples(index=False, name=None):
            cell = (city, category, group)
            rows.setdefault(cell, []).append((cell, store, tuple(float(amount) for amount in amounts)))
        return rows


def parts_of(rows: Rows, unit: str = "legal_group") -> Parts:
    parts: Parts = {base: {} for base in BASES}
    for cell, store, amounts in rows:
        member = cell[2] if unit == "legal_group" else store
        for base, amount in zip(BASES, amounts, strict=True):
            parts[base][member] = parts[base].get(member, 0.0) + amount
    return parts


def reason_to_withhold(parts: Parts, rules: Rules, bases: tuple[str, ...] = ADDITIVE) -> str | None:
    """None where every member may see the others; else the first rule that says no."""
    members = list(parts["revenue"])
    for viewer in members:
        others = [member for member in members if member != viewer]
        if len(others) < (rules.minimum_groups or 1):
            return "minimum_groups"
        for base in bases:
            values = sorted((parts[base][member] for member in others), reverse=True)
            total = sum(values)
            if total <= 0:
                return "nothing_sold"
            if rules.dominance is not None:
                # A published limit pins who stands just below it: the limit that is held is p below the one that is
                # told.
                limit = rules.dominance / (1 + (rules.p_percent or 0.15)) if rules.inference else rules.dominance
                if values[0] > limit * total:
                    return "dominance"
            if (
                rules.p_percent is not None
                and len(values) > 1
                and total - values[0] - values[1] < rules.p_percent * values[0]
            ):
                return "p_percent"
        if "customers" in bases:
            if rules.minimum_customers and sum(parts["customers"][one] for one in others) < rules.minimum_customers:
                return "minimum_customers"
            if rules.minimum_receipts and sum(parts["receipts"][one] for one in others) < rules.minimum_receipts:
                return "minimum_receipts"
    return None


def publish(months: list[Month], rules: Rules, members: pd.DataFrame | None = None) -> Release:
    """Releases of these months. `members` overrides the assignment: every city × category is a peer group of its
    own."""
    figures, inputs = [], []
    members = members if members is not None else own_peer_groups(months)
    released = pd.DataFrame(
        {
            "release_id": [month.release_id for month in months],
            "period_start": [month.period for month in months],
            "assignment_start": [month.assignment for month in months],
        }
    )
    for month in months:
        keys = ["city_code", "category_code", "legal_group"]
        inputs.append(
            month.stores.groupby(keys, as_index=False)[list(BASES.values())].sum().assign(release_id=month.release_id)
        )
        before = [other for other in months if other.release_id <= month.release_id]
        here = members[members["assignment_start"] == month.assignment]
        cells = here.rename(columns={"category_code": "group_category", "member_category_code": "category_code"})
        by_back = {back: _newest(before, month.period - pd.DateOffset(months=back)) for back in BACK}
        for group_id, rows in cells.groupby("peer_group_id"):
            places = list(zip(rows["city_code"], rows["category_code"], rows["legal_group"], strict=True))
            stores = {
                back: [row for place in places for row in (then.rows.get(place, []) if then else [])]
                for back, then in by_back.items()
            }
            seen = {str(row["legal_group"]): row for row in _views(stores, rules)}
            figures += [
                {
                    **seen[group],
                    "release_id": month.release_id,
                    "peer_group_id": group_id,
                    "city_code": city,
                    "category_code": category,
                }
                for city, category, group in places
                if group in seen
            ]
    columns = ["release_id", "legal_group", "peer_group_id", "status", "reason_code", "rank_band", "market_share_band"]
    columns += [f"{kind}_{metric}{end}" for metric in RATIOS for kind, end in _METRIC_COLUMNS]
    table = pd.DataFrame(figures)
    return Release(
        table.reindex(columns=[*table.columns, *(column for column in columns if column not in table)]),
        members,
        released,
        pd.concat(inputs, ignore_index=True),
    )


BACK = (0, 1, 12)
_METRIC_COLUMNS = (("own", ""), ("peer", "_index"), ("lower_quartile", "_index"), ("upper_quartile", "_index"))


def own_peer_groups(months: list[Month]) -> pd.DataFrame:
    """Every city × category a peer group, of who sold there in any of the months of its assignment."""
    rows = pd.concat([month.stores.assign(assignment_start=month.assignment) for month in months])
    keys = ["assignment_start", "city_code", "category_code", "legal_group"]
    members = rows[keys].drop_duplicates().reset_index(drop=True)
    members["peer_group_id"] = members.groupby(["city_code", "category_code"]).ngroup()
    members["member_category_code"] = members["category_code"]
    return members.assign(rung="city", area_code=members["city_code"], size_band=None, price_tier=None)


def _newest(months: list[Month], period: pd.Timestamp) -> Month | None:
    """The newest release of a month."""
    return max((month for month in months if month.period == period), key=lambda one: one.release_id, default=None)


def _views(by_back: dict[int, Rows], rules: Rules) -> list[dict[str, object]]:
    """What each member sees of a peer group in a month."""
    now = by_back[0]
    if not now:
        return []
    parts = parts_of(now)
    reason = reason_to_withhold(parts_of(now, rules.unit), rules)
    growth = {metric: _growth(by_back[0], by_back[RATIOS[metric].months_back], rules) for metric in GROWTH}
    rows = []
    for viewer in parts["revenue"]:
        row: dict[str, object] = {
            "legal_group": viewer,
            "status": "withheld" if reason else "published",
            "reason_code": reason,
        }
        if not reason:
            row |= _bands(viewer, parts, rules)
            for metric, ratio in RATIOS.items():
                pair = growth[metric] if metric in GROWTH else (parts[ratio.numerator], parts[ratio.denominator])
                if pair is not None:
                    row |= _metric(viewer, metric, *pair, rules)
        rows.append(row)
    return rows


def _growth(now: Rows, then: Rows, rules: Rules) -> tuple[dict[str, float], dict[str, float]] | None:
    if not now or not then:
        return None
    sold_now, sold_then = (
        {group for group, amount in parts_of(rows)["revenue"].items() if amount > 0} for rows in (now, then)
    )
    if rules.matched_growth:
        if rules.unmatched_never_one and (_betrays(now, sold_then) or _betrays(then, sold_now)):
            return None
        both = sold_now & sold_then
        now, then = ([row for row in rows if row[0][2] in both] for rows in (now, then))
    if any(reason_to_withhold(parts_of(rows, rules.unit), rules, ("revenue",)) for rows in (now, then)):
        return None
    return parts_of(now)["revenue"], parts_of(then)["revenue"]


def _betrays(rows: Rows, matched: set[str]) -> bool:
    """What lies between two published sums is nothing, or no one group's."""
    parts = parts_of(rows)["revenue"]
    values = sorted((v for group, v in parts.items() if group not in matched), reverse=True)
    negligible = 0.005 * sum(v for group, v in parts.items() if group in matched)
    if not any(abs(value) > negligible for value in values):
        return False
    return len(values) == 1 or sum(values[1:]) < 0.15 * values[0] or values[-1] < 0


def _bands(viewer: str, parts: Parts, rules: Rules) -> dict[str, object]:
    revenue = parts["revenue"]
    share = 100 * revenue[viewer] / sum(revenue.values())
    low, high = next(((low, high) for low, high in pairwise(SHARE_ENDS) if share < high), (50, 100))
    rank = 1 + sum(value > revenue[viewer] for value in revenue.values())
    count = len(revenue)
    if not rules.wide_rank_bands:
        return {"market_share_band": f"{low}-{high}" if low else f"under {high}", "rank_band": str(rank)}
    ends = [0, -(-count // 2), count] if count < 9 else [0, count // 3, count - count // 3, count]
    best, worst = next((best + 1, worst) for best, worst in pairwise(ends) if rank <= worst)
    return {"market_share_band": f"{low}-{high}" if low else f"under {high}", "rank_band": f"{best}-{worst}"}


def _metric(
    viewer: str, metric: str, top: dict[str, float], bottom: dict[str, float], rules: Rules
) -> dict[str, object]:
    others = [group for group in top if group != viewer]
    below = sum(amount for group, amount in bottom.items() if group != viewer)
    if viewer not in top or bottom.get(viewer, 0.0) <= 0 or top[viewer] <= 0 or below <= 0:
        return {}
    own = top[viewer] / bottom[viewer]
    row: dict[str, object] = {
        f"own_{metric}": own,
        f"peer_{metric}_index": rounded(100 * sum(top[group] for group in others) / below / own, rules.rounding),
    }
    values = sorted(top[group] / bottom[group] for group in others if bottom.get(group, 0.0) > 0)
    if len(values) >= max(rules.minimum_groups_quartiles or 3, 3):
        for side in ("lower", "upper"):
            chosen = [values[at] for at in places_of_quartile(len(values), side, rules.values_in_a_quartile)]
            row[f"{side}_quartile_{metric}_index"] = rounded(100 * float(np.mean(chosen)) / own, rules.rounding)
    return row


def rounded(value: float, digits: int | None) -> float:
    return value if digits is None or value == 0 else float(f"{value:.{digits}g}")


def months_of(stores: pd.DataFrame, assignment: pd.Timestamp | None = None) -> list[Month]:
    """One release a month, in order, all under the assignment of the first."""
    periods = sorted(pd.to_datetime(stores["period_start"].unique()))
    assignment = assignment or periods[0]
    return [
        Month(number, period, assignment, stores[stores["period_start"] == period])
        for number, period in enumerate(periods, start=1)
    ]
