"""Customers as sequences of visits: what the encoder reads. Pure arrays, no deep-learning library."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.histories.panel import Matrix, Panel

Indices = npt.NDArray[np.int64]
CONTEXT_WINDOWS = (7, 30, 60, 90, 180, 365)
CONTEXT_WIDTH = 2 * len(CONTEXT_WINDOWS) + 2
WEEKDAYS = 7
HABIT_WINDOWS = (30, 90, 10_000)
"""Days; the last one is all of the history."""


@dataclass(frozen=True)
class Visits:
    """All visits (days with a receipt) of a panel, ordered by customer and day."""

    row: Indices
    day: Indices
    next_gap: Indices
    """Days to the customer's next visit; to the day after the panel's end where there is none."""
    tokens: Matrix
    """Visits × token width."""
    taste: Matrix
    """Square roots of the mean log amount by category over the customer's visits so far, visits × (categories + 1).

    Roots, because the spread of a share grows with its size (Hellinger distance): large ones would drown the rest.
    """
    bought: npt.NDArray[np.int32]
    """Running totals of visits with a purchase in each category, (visits + 1) × (categories + 1, the last: unseen)."""
    starts: Indices
    """Index of the first visit of each row of the panel; one more entry than rows."""
    days: int

    def until(self, rows: Indices, day: Indices) -> Indices:
        """Index behind the last visit of each row up to and including the column; that of the first where none is."""
        found: Indices = np.searchsorted(self._keys, rows * self.days + np.clip(day, -1, self.days - 1), side="right")
        return found

    def baskets(self, rows: Indices, after: Indices, until: Indices) -> npt.NDArray[np.int32]:
        """Visits of each row in columns (after, until] with a purchase in each known category; shape + (categories,)"""
        counted: npt.NDArray[np.int32] = self.bought[self.until(rows, until)] - self.bought[self.until(rows, after)]
        return counted[..., :-1]

    def habits(self, rows: Indices, origin: Indices) -> Matrix:
        """Logarithms of how often each category was bought in HABIT_WINDOWS; shape + (categories, windows)."""
        counts = [self.baskets(rows, origin - days, origin) for days in HABIT_WINDOWS]
        return np.log1p(np.stack(counts, axis=-1, dtype=np.float32))

    @property
    def _keys(self) -> Indices:
        return self.row * self.days + self.day


def token_width(category_count: int) -> int:
    return category_count + 1 + 2 + WEEKDAYS


def visits_of(panel: Panel, category_count: int, scale: float) -> Visits:
    """A token = log amount by category, log total, log days since the last visit, weekday (one-hot)."""
    events, days = panel.events, panel.days
    receipts = events["receipts"].to_numpy()
    kept = events.loc[receipts > 0]
    key = kept["row"].to_numpy() * days + kept["day"].to_numpy()
    visit, position = np.unique(key, return_inverse=True)
    row, day = visit // days, visit % days
    width = category_count + 1
    cell = position * width + kept["category"].to_numpy()
    amounts = np.bincount(cell, weights=kept["amount"].to_numpy(), minlength=len(visit) * width).reshape(-1, width)
    bought = np.zeros((len(visit) + 1, width), np.int32)
    bought[1:].reshape(-1)[cell] = 1
    starts = np.searchsorted(row, np.arange(len(panel.customer_ids) + 1))
    same = np.diff(row, append=-1) == 0
    next_gap = np.where(same, np.roll(day, -1) - day, days - day)
    gap = np.where(np.roll(same, 1), day - np.roll(day, 1), 0)
    weekday = (day + (panel.first_day.astype("datetime64[D]").astype(np.int64) + 3)) % WEEKDAYS
    logs = np.log1p(np.maximum(amounts, 0) / scale)
    by_customer = pd.DataFrame(logs).groupby(row)
    number = by_customer.cumcount().to_numpy() + 1
    taste = np.sqrt(by_customer.cumsum().to_numpy() / number[:, None]).astype(np.float32)
    tokens = np.column_stack(
        [
            logs,
            np.log1p(np.maximum(amounts.sum(axis=1), 0) / scale),
            np.log1p(gap) / 3,
            np.eye(WEEKDAYS)[weekday],
        ]
    ).astype(np.float32)
    return Visits(row, day, next_gap, tokens, taste, np.cumsum(bought, axis=0, out=bought), starts, days)


def windows_ending_at(visits: Visits, rows: Indices, last: Indices, length: int) -> Indices:
    """Indices of the `length` visits of each row up to visit `last`; −1 before the customer's first visit."""
    index = last[:, None] - length + 1 + np.arange(length)
    return np.where(index >= visits.starts[rows][:, None], index, -1)


def tokens_at(visits: Visits, index: Indices) -> Matrix:
    """Tokens of these visits, zeros where the index is −1; shape of index + (token width,)."""
    return np.where((index >= 0)[..., None], visits.tokens[index], np.float32(0))


def tastes_at(visits: Visits, index: Indices) -> Matrix:
    """What the customer's visits up to these tell of his taste; zeros as in tokens_at."""
    return np.where((index >= 0)[..., None], visits.taste[index], np.float32(0))


class Totals:
    """Running totals of spend and visits, so that any window of any customer is two look-ups."""

    def __init__(self, panel: Panel) -> None:
        zero = np.zeros((len(panel.customer_ids), 1))
        self.spend = np.concatenate([zero, panel.spend.cumsum(axis=1, dtype=np.float64)], axis=1)
        self.visits = np.concatenate([zero, (panel.receipts > 0).cumsum(axis=1, dtype=np.float64)], axis=1)

    def between(self, rows: Indices, start: Indices, stop: Indices) -> npt.NDArray[np.float64]:
        """Spend in columns [start, stop) of each row, never below 0."""
        amounts: npt.NDArray[np.float64] = self.spend[rows, stop] - self.spend[rows, np.maximum(start, 0)]
        return np.maximum(amounts, 0.0)

    def context(self, rows: Indices, origin: Indices, last_day: Indices, scale: float) -> Matrix:
        """Known at the end of `origin` beside the visits: spend and visits of past windows, days since the last."""
        parts = [np.log1p(self.between(rows, origin + 1 - days, origin + 1) / scale) for days in CONTEXT_WINDOWS]
        parts += [
            np.log1p(self.visits[rows, origin + 1] - self.visits[rows, np.maximum(origin + 1 - days, 0)])
            for days in CONTEXT_WINDOWS
        ]
        parts += [np.log1p(origin - last_day), np.log1p(origin)]
        return np.stack(parts, axis=-1).astype(np.float32)

    def offset(self, rows: Indices, origin: Indices, horizon: int, scale: float) -> Matrix:
        """Logarithm of the last 90 days' rate in units of scale: the network learns the difference from it."""
        days = np.minimum(90, origin + 1)
        rate = self.between(rows, origin + 1 - days, origin + 1) * horizon / days / scale
        return np.log(rate + 0.1).astype(np.float32)


@lru_cache(maxsize=1)
def laid_out(panel: Panel, category_count: int, scale: float) -> tuple[Visits, Totals]:
    """Kept for the panel of the moment: ten origins of one contest share it (1.5 s each at 1.5 M events)."""
    return visits_of(panel, category_count, scale), Totals(panel)
