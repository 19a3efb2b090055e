"""What an attacker has: the figures as published, who is in which peer group, and the rules as docs/privacy.md tells
them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PublishedRules:
    """The rules as everybody knows them. None: this rule is not in force."""

    dominance: float | None = 0.25
    """No other group is more than this share of the others together, for every member as viewer."""
    p_percent: float | None = 0.15
    """Others less two members is at least this share of either."""
    significant_digits: int | None = 3
    values_in_a_quartile: int = 3
    """A quartile is the mean of so many groups around its rank."""
    matched_growth: bool = True
    """Growth is of the groups that sold in both months."""
    noise_share: float = 0.0
    minimum_persons: int = 30
    close: float = 0.15
    """A bound so near to the truth, as a share of it, counts as an estimate."""


MIX_COLUMNS = ["release_id", "peer_group_id", "legal_group", "dimension_code", "member_code", "others_percent"]
MIX_COUNTS_COLUMNS = ["release_id", "peer_group_id", "legal_group", "kind", "customer_count"]


@dataclass(frozen=True)
class Release:
    """Everything published so far, and what everybody knows. The amounts in `group_months` are read for attackers only.

    `figures` has the columns of benchmarks.peer_figures, `members` those of benchmarks.peer_members, `releases`
    release_id, period_start, assignment_start; `group_months` those of benchmarks.group_months. `mix` has those of
    benchmarks.peer_mix, of the releases that are new; `mix_counts` release_id, peer_group_id, legal_group, kind
    (dimension:member; dimension:* are all of whom it is known) and customer_count, as `group_months`.
    """

    figures: pd.DataFrame
    members: pd.DataFrame
    releases: pd.DataFrame
    group_months: pd.DataFrame
    mix: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MIX_COLUMNS))
    mix_counts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MIX_COUNTS_COLUMNS))

    @property
    def member_cells(self) -> pd.DataFrame:
        """assignment_start, peer_group_id, legal_group, city_code, category_code of each cell in a peer group."""
        columns = ["assignment_start", "peer_group_id", "legal_group", "city_code", "member_category_code"]
        return self.members[columns].rename(columns={"member_category_code": "category_code"})


class Ratio(NamedTuple):
    """A published metric: numerator / denominator, the latter of the same month or of one before it."""

    numerator: str
    denominator: str
    months_back: int = 0


GROWTH = {"growth": Ratio("revenue", "revenue", 1), "growth_last_year": Ratio("revenue", "revenue", 12)}
RATIOS = {
    **GROWTH,
    "average_bill": Ratio("revenue", "receipts"),
    "receipts_per_customer": Ratio("receipts", "customers"),
    "repeat_rate": Ratio("repeat_customers", "customers"),
    "new_customer_share": Ratio("new_customers", "customers"),
    **{f"weekday_{day}": Ratio(f"weekday_{day}_receipts", "receipts") for day in range(1, 8)},
}
BASES = {
    "revenue": "revenue_amount",
    "receipts": "receipt_count",
    "customers": "customer_count",
    "repeat_customers": "repeat_customer_count",
    "new_customers": "new_customer_count",
    **{f"weekday_{day}_receipts": f"weekday_{day}_receipt_count" for day in range(1, 8)},
}
"""Sums over the groups, and their columns in benchmarks.group_months."""


def is_kind(base: str) -> bool:
    """Is this base a kind of customer (gender:female, gender:*), not one of BASES?"""
    return ":" in base


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Rows with columns as attributes."""
    return iter(table.itertuples(index=False))


def groups_of(table: pd.DataFrame, by: str | list[str]) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Key (a tuple where `by` is a list) and rows of each group."""
    return iter(table.groupby(by))


def before_rounding(index: Floats, rules: PublishedRules) -> tuple[Floats, Floats]:
    """The least and the largest number that is published as `index`: half a unit of its last significant digit, and
    the noise."""
    low, high = index, index
    if rules.significant_digits is not None:
        with np.errstate(divide="ignore"):
            magnitude = np.floor(np.log10(np.abs(np.where(index == 0, np.nan, index))))
        half = 0.5 * 10.0 ** (magnitude - rules.significant_digits + 1)
        half = np.where(np.isnan(half), 0.5 * 10.0**-rules.significant_digits, half)
        low, high = index - half, index + half
    # A viewer's own metrics are kept with six decimals.
    share = rules.noise_share + 5e-6
    return low * (1 - share), high * (1 + share)


def band(label: object) -> tuple[float, float]:
    """Lower and upper end of a band written as text: '5-10', '5–10 %', 'under 1', 'over 50', '3'."""
    text = str(label).lower()
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]
    if not numbers:
        return 0.0, np.inf
    if re.search(r"under|below|less|up to|<", text):
        return 0.0, numbers[0]
    if re.search(r"over|above|more|>|\+|and more", text):
        return numbers[-1], np.inf
    return numbers[0], numbers[-1]
