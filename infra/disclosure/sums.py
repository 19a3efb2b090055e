"""The published figures as equations: for each viewer, (sum − own) / (other sum − own) lies in a known range.

A sum is over a set of cells (group, city, category) in one month. Two figures are about the same sum where the sets
are the same, whatever rung, quarter or release they come from: so growth, average bill and a correction meet in one
unknown.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from infra.disclosure.public import Cells, PublicKnowledge
from infra.disclosure.published import BASES, GROWTH, RATIOS, PublishedRules, Release, band, before_rounding, rows_of


@dataclass(frozen=True)
class Sum:
    """What is unknown: the sum of `base` over `cells` in a month, as it stood at the release `vintage`."""

    base: str
    period: pd.Timestamp
    vintage: int
    cells: Cells
    place: str = field(compare=False)
    """The peer group, for the report."""


RATIO_COLUMNS = [
    *("release_id", "peer_group_id", "viewer", "metric"),
    *("top", "bottom", "own_top", "own_bottom", "low", "high"),
]
PLACE = ["release_id", "peer_group_id"]


@dataclass(frozen=True)
class Equations:
    """`ratios`: release_id, peer_group_id, viewer, metric, top and bottom (numbers of sums), own_top, own_bottom, low
    and high of the others' ratio.

    `shares`: viewer, sum, own, low and high of own / sum. `own`: viewer, sum, own: a viewer's part of each sum it sees.
    """

    sums: list[Sum]
    ratios: pd.DataFrame
    shares: pd.DataFrame

    @cached_property
    def own(self) -> pd.DataFrame:
        sides = [
            self.ratios[["viewer", side, f"own_{side}"]].set_axis(["viewer", "sum", "own"], axis=1)
            for side in ("top", "bottom")
        ]
        return pd.concat([*sides, self.shares[["viewer", "sum", "own"]]]).drop_duplicates(["viewer", "sum"])

    @cached_property
    def of_viewer(self) -> list[dict[str, list[int]]]:
        """Places of each viewer's rows in `ratios`, `shares`, `own`."""
        tables = (self.ratios, self.shares, self.own)
        return [{str(k): list(rows) for k, rows in table.groupby("viewer").indices.items()} for table in tables]

    @cached_property
    def months(self) -> pd.Series:
        """Month of each sum."""
        return pd.Series([one.period for one in self.sums], dtype="datetime64[us]")


def equations_of(release: Release, public: PublicKnowledge, rules: PublishedRules) -> Equations:
    """Every published ratio and share band of every viewer."""
    numbers: dict[Sum, int] = {}
    views = _views(release, public)
    places = [(int(row.release_id), int(row.peer_group_id)) for row in rows_of(views[PLACE].drop_duplicates())]
    ratios = []
    for metric, ratio in RATIOS.items():
        seen = views[views[f"peer_{metric}_index"].notna() & views[f"own_{metric}"].notna()]
        if seen.empty:
            continue
        shown = set(zip(seen["release_id"], seen["peer_group_id"], strict=True))
        sides = [(*at, *_sides(metric, at, public, rules, numbers)) for at in places if at in shown]
        seen = seen.merge(pd.DataFrame(sides, columns=[*PLACE, "top", "bottom"]), on=PLACE)
        own_value = seen[f"own_{metric}"].to_numpy(dtype=float)
        own_top = seen[ratio.numerator].to_numpy(dtype=float)
        own_bottom = seen[f"{metric}_before" if metric in GROWTH else ratio.denominator].to_numpy(dtype=float)
        low, high = before_rounding(seen[f"peer_{metric}_index"].to_numpy(dtype=float), rules)
        ratios.append(
            seen[[*PLACE, "top", "bottom"]].assign(
                viewer=seen["legal_group"],
                metric=metric,
                own_top=own_top,
                own_bottom=own_bottom,
                low=low * own_value / 100,
                high=high * own_value / 100,
            )
        )
    banded = views[views["market_share_band"].notna() & (views["revenue"] > 0)]
    totals = {at: _number(numbers, "revenue", at[0], at, public) for at in places}
    ends = np.array([band(label) for label in banded["market_share_band"]]).reshape(-1, 2) / 100
    shares = pd.DataFrame(
        {
            "viewer": banded["legal_group"],
            "sum": [totals[at] for at in zip(banded["release_id"], banded["peer_group_id"], strict=True)],
            "own": banded["revenue"].astype(float),
            "low": ends[:, 0],
            "high": np.minimum(ends[:, 1], 1.0),
        }
    )
    ratios += _mix(release, public, rules, numbers)
    table = pd.concat(ratios, ignore_index=True) if ratios else pd.DataFrame(columns=RATIO_COLUMNS)
    return Equations(list(numbers), table, shares.reset_index(drop=True))


def _mix(
    release: Release, public: PublicKnowledge, rules: PublishedRules, numbers: dict[Sum, int]
) -> list[pd.DataFrame]:
    """The shares of kinds of customers, among those of whom it is known."""
    seen = release.mix[release.mix["others_percent"].notna()]
    if seen.empty:
        return []
    seen = seen.assign(metric=seen["dimension_code"] + ":" + seen["member_code"], known=seen["dimension_code"] + ":*")
    places = seen[[*PLACE, "metric", "known"]].drop_duplicates()
    sides = {
        side: [
            _number(numbers, kind, release_id, (release_id, group_id), public)
            for release_id, group_id, kind in places[[*PLACE, column]].itertuples(index=False, name=None)
        ]
        for side, column in (("top", "metric"), ("bottom", "known"))
    }
    seen = seen.merge(places.assign(**sides), on=[*PLACE, "metric", "known"])
    for side, column in (("own_top", "metric"), ("own_bottom", "known")):
        own = release.mix_counts.rename(columns={"kind": column, "customer_count": side})
        seen = seen.merge(own, "left", on=[*PLACE, "legal_group", column])
        seen[side] = seen[side].astype(float).fillna(0.0)
    low, high = before_rounding(seen["others_percent"].to_numpy(dtype=float), rules)
    return [seen.assign(viewer=seen["legal_group"], low=low / 100, high=high / 100)[RATIO_COLUMNS]]


def _sides(
    metric: str, at: tuple[int, int], public: PublicKnowledge, rules: PublishedRules, numbers: dict[Sum, int]
) -> tuple[int, int]:
    """Numbers of the two sums of a metric of a peer group in a release."""
    ratio, release_id = RATIOS[metric], at[0]
    if metric not in GROWTH:
        top = _number(numbers, ratio.numerator, release_id, at, public)
        return top, _number(numbers, ratio.denominator, release_id, at, public)
    now = public.released[release_id][0]
    before = now - pd.DateOffset(months=ratio.months_back)
    vintage = public.vintage(before, release_id)
    if vintage is None:
        raise ValueError(
            f"Release {release_id} compares {now:%Y-%m} with {before:%Y-%m}, of which there is no release."
        )
    both = (before, now) if rules.matched_growth else (None, None)
    top = _number(numbers, ratio.numerator, release_id, at, public, also=both[0])
    return top, _number(numbers, ratio.denominator, vintage, at, public, month=before, also=both[1])


def _number(
    numbers: dict[Sum, int],
    base: str,
    vintage: int,
    at: tuple[int, int],
    public: PublicKnowledge,
    month: pd.Timestamp | None = None,
    also: pd.Timestamp | None = None,
) -> int:
    period, assignment = public.released[at[0]]
    month = month or period
    one = Sum(base, month, vintage, public.cells(*at, month, also), f"{assignment:%Y-%m}/{at[1]}")
    return numbers.setdefault(one, len(numbers))


def _views(release: Release, public: PublicKnowledge) -> pd.DataFrame:
    """What each viewer sees in a release of a peer group, beside its own sums over all its cells in it: those of the
    month, and for growth (`growth_before` …) those of the month compared with. A figure is of one of these cells."""
    place = [*PLACE, "legal_group"]
    own = _own_sums(release, {one: one for one in public.released})
    views = release.figures.drop_duplicates(place).merge(own, on=place)
    for metric, ratio in GROWTH.items():
        before = {
            one: public.vintage(month - pd.DateOffset(months=ratio.months_back), one)
            for one, (month, _) in public.released.items()
        }
        known = _own_sums(release, {one: then for one, then in before.items() if then is not None})
        revenue = known[[*place, "revenue"]].rename(columns={"revenue": f"{metric}_before"})
        views = views.merge(revenue, "left", on=place)
    return views


def _own_sums(release: Release, months: dict[int, int]) -> pd.DataFrame:
    """BASES of each group in each peer group of a release; months: by release, the release whose inputs are summed."""
    taken = pd.DataFrame({"release_id": list(months), "taken_from": list(months.values())}, dtype="int64")
    inputs = release.group_months.rename(columns={"release_id": "taken_from"})
    return (
        release.member_cells.merge(release.releases[["release_id", "assignment_start"]], on="assignment_start")
        .merge(taken, on="release_id")
        .merge(inputs, on=["taken_from", "legal_group", "city_code", "category_code"])
        .groupby([*PLACE, "legal_group"])[list(BASES.values())]
        .sum()
        .set_axis(list(BASES), axis=1)
        .reset_index()
    )
