"""What a ranking must know of all customers of the bank: counted part by part, so that it is asked part by part."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.category_priority.config import NeighboursConfig
from ml_assets.category_priority.history import History, Matrix, history_of
from ml_assets.histories.snapshot import check_events
from ml_assets.histories.split import mixed

POPULAR_DAYS = 90
BUYER_DAYS = 30
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crowd:
    """Counts at an origin, one a category, and a pool of customers to find neighbours among."""

    category_days: Vector
    """Days of customers with a receipt there, of the last 90."""
    buyers: Vector
    """Customers with a receipt there in the last 30 days."""
    buyer_count: int
    """Customers with any receipt in the last 30 days."""
    pool_ids: npt.NDArray[np.int64]
    pool: Matrix
    """Days with a receipt in the neighbours' window, customers of the pool × categories."""

    @classmethod
    def none(cls, categories: int) -> "Crowd":
        nothing = np.zeros(categories)
        return cls(nothing, nothing, 0, np.zeros(0, np.int64), np.zeros((0, categories), np.float32))

    @property
    def popularity(self) -> Matrix:
        """Share of all category days, in [0, 1)."""
        return np.asarray(self.category_days / (max(self.category_days.sum(), 1) + 1), dtype=np.float32)

    @property
    def buyer_shares(self) -> Vector:
        return self.buyers / max(self.buyer_count, 1)

    def with_part(self, history: History, origin: int, config: NeighboursConfig) -> "Crowd":
        """Together with the customers of `history`, who are others than those before."""
        known = _drawn(history.active(origin, config.recent_days), history.customer_ids, config.pool_at_most)
        ids = np.concatenate([self.pool_ids, history.customer_ids[known]])
        pool = np.concatenate([self.pool, history.counts(origin, config.recent_days)[known].toarray()])
        kept = _drawn(np.arange(len(ids)), ids, config.pool_at_most)
        return Crowd(
            self.category_days + history.counts(origin, POPULAR_DAYS).sum(axis=0, dtype=np.float64),
            self.buyers + (history.counts(origin, BUYER_DAYS) > 0).sum(axis=0),
            self.buyer_count + len(history.active(origin, BUYER_DAYS)),
            ids[kept],
            pool[kept],
        )


def crowd_of(history: History, origin: int, config: NeighboursConfig) -> Crowd:
    """Of a bank that is laid out whole."""
    return Crowd.none(len(history.categories)).with_part(history, origin, config)


def crowd_on(
    as_of: date, parts: Iterable[pd.DataFrame], categories: tuple[str, ...], config: NeighboursConfig
) -> Crowd:
    """Of a bank that comes in parts of whole customers, each as Snapshot.events; memory holds one, and the pool."""
    crowd = Crowd.none(len(categories))
    since = pd.Timestamp(as_of) - pd.Timedelta(days=max(config.recent_days, POPULAR_DAYS, BUYER_DAYS))
    for part in parts:
        history = history_of(check_events(part.loc[pd.to_datetime(part["business_date"]) > since]), as_of, categories)
        crowd = crowd.with_part(history, history.days - 1, config)
    return crowd


def _drawn(rows: npt.NDArray[np.intp], ids: npt.NDArray[np.int64], at_most: int) -> npt.NDArray[np.intp]:
    """Ascending by customer: those of `rows` whose numbers, mixed, are the smallest. A fair draw that is the same
    whatever parts it is drawn from, and changes little from day to day."""
    if len(rows) > at_most:
        rows = rows[np.argpartition(mixed(ids[rows]), at_most)[:at_most]]
    return rows[np.argsort(ids[rows], kind="stable")]
