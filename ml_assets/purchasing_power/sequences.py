"""Customers as sequences of visits: what the encoder reads. Pure arrays, no deep-learning library."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml_assets.histories.panel import Matrix, Panel
from ml_assets.purchasing_power.task import Rows

CONTEXT_WINDOWS = (7, 30, 60, 90, 180, 365)


@dataclass(frozen=True)
class Visits:
    """All visits (days with a receipt) of a panel, ordered by customer and day; `tokens` is visits × token width."""

    row: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    next_gap: npt.NDArray[np.int64]
    """Days to the customer's next visit; the panel's end where there is none."""
    tokens: Matrix
    starts: npt.NDArray[np.int64]
    """Index of the first visit of each row of the panel; one more entry than rows."""
    days: int


def token_width(category_count: int) -> int:
    return category_count + 1 + 9


def visits_of(panel: Panel, category_count: int, scale: float) -> Visits:
    """A token = log amount by category, log total, log days since the last visit, weekday (one-hot)."""
    events, days = panel.events, panel.days
    receipts = events["receipts"].to_numpy()
    kept = events.loc[receipts > 0]
    key = kept["row"].to_numpy() * days + kept["day"].to_numpy()
    visit, position = np.unique(key, return_inverse=True)
    row, day = visit // days, visit % days
    width = category_count + 1
    amounts = np.bincount(
        position * width + kept["category"].to_numpy(), weights=kept["amount"].to_numpy(), minlength=len(visit) * width
    ).reshape(-1, width)
    starts = np.searchsorted(row, np.arange(len(panel.customer_ids) + 1))
    same = np.diff(row, append=-1) == 0
    next_gap = np.where(same, np.roll(day, -1) - day, days - day)
    gap = np.where(np.roll(same, 1), day - np.roll(day, 1), 0)
    weekday = (day + (panel.first_day.astype("datetime64[D]").astype(np.int64) + 3)) % 7
    tokens = np.column_stack(
        [
            np.log1p(np.maximum(amounts, 0) / scale),
            np.log1p(np.maximum(amounts.sum(axis=1), 0) / scale),
            np.log1p(gap) / 3,
            np.eye(7)[weekday],
        ]
    ).astype(np.float32)
    return Visits(row, day, next_gap, tokens, starts, days)


def windows_ending_at(visits: Visits, last: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.int64]:
    """Indices of the `length` visits up to visit `last` of each sequence; −1 before the customer's first visit."""
    index = last[:, None] - length + 1 + np.arange(length)
    return np.where(index >= visits.starts[visits.row[last]][:, None], index, -1)


def tokens_at(visits: Visits, index: npt.NDArray[np.int64]) -> Matrix:
    """Tokens of these visits, zeros where the index is −1; shape of index + (token width,)."""
    return np.where((index >= 0)[..., None], visits.tokens[index], np.float32(0))


def last_visit_of(visits: Visits, origin: int, rows: Rows) -> npt.NDArray[np.int64]:
    """Index of the last visit up to and including column `origin` of each row (which must have one)."""
    key = visits.row * visits.days + visits.day
    found: npt.NDArray[np.int64] = np.searchsorted(key, rows * visits.days + origin, side="right") - 1
    return found


class Totals:
    """Running totals of spend and visits, so that any window of any customer is two look-ups."""

    def __init__(self, panel: Panel) -> None:
        zero = np.zeros((len(panel.customer_ids), 1))
        self.spend = np.concatenate([zero, panel.spend.cumsum(axis=1, dtype=np.float64)], axis=1)
        self.visits = np.concatenate([zero, (panel.receipts > 0).cumsum(axis=1, dtype=np.float64)], axis=1)

    def between(
        self, rows: npt.NDArray[np.int64], start: npt.NDArray[np.int64], stop: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float64]:
        """Spend in columns [start, stop) of each row, never below 0."""
        amounts: npt.NDArray[np.float64] = self.spend[rows, stop] - self.spend[rows, np.maximum(start, 0)]
        return np.maximum(amounts, 0.0)

    def context(
        self,
        rows: npt.NDArray[np.int64],
        origin: npt.NDArray[np.int64],
        last_day: npt.NDArray[np.int64],
        scale: float,
    ) -> Matrix:
        """Known at the end of `origin` beside the visits: spend and visits of past windows, days since the last."""
        parts = [np.log1p(self.between(rows, origin + 1 - days, origin + 1) / scale) for days in CONTEXT_WINDOWS]
        parts += [
            np.log1p(self.visits[rows, origin + 1] - self.visits[rows, np.maximum(origin + 1 - days, 0)])
            for days in CONTEXT_WINDOWS
        ]
        parts += [np.log1p(origin - last_day), np.log1p(origin)]
        return np.stack(parts, axis=-1).astype(np.float32)

    def offset(self, rows: npt.NDArray[np.int64], origin: npt.NDArray[np.int64], horizon: int, scale: float) -> Matrix:
        """Logarithm of the last 90 days' rate in units of scale: the network learns the difference from it."""
        days = np.minimum(90, origin + 1)
        rate = self.between(rows, origin + 1 - days, origin + 1) * horizon / days / scale
        return np.log(rate + 0.1).astype(np.float32)


CONTEXT_WIDTH = 2 * len(CONTEXT_WINDOWS) + 2
