"""One past and many futures of a sample bank: what its customers and shops were to expect, known by drawing it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from infra.sample_bank.draw import DrawnBank, draw_bank, streams_of
from infra.sample_bank.futures import futures
from infra.sample_bank.sizes import SampleSize
from ml_assets.customer_base import summarise
from ml_assets.demand.series import Past

HORIZON = 28
"""Days of a future."""
STOCK_DAYS = 10
"""Days for which a stock plan buys: the newest of the horizon."""


@dataclass(frozen=True)
class Worlds:
    bank: DrawnBank
    buying_days: np.ndarray
    """(customer,): mean days with a purchase in HORIZON days."""
    demand: np.ndarray
    """(world, store): roubles sold in the first STOCK_DAYS days."""

    @property
    def origin(self) -> int:
        """Index of the past's last day."""
        return self.bank.calendar.day_count - 1 - HORIZON

    @property
    def stays(self) -> np.ndarray:
        """(customer,): does not leave before the horizon ends."""
        return self.bank.customers.dropped_out > self.origin + HORIZON

    def history(self) -> pd.DataFrame:
        """Of the customers who bought in the past, by their number."""
        day = pd.Timestamp(self.bank.calendar.first_day)
        past = self.bank.purchases.day <= self.origin
        bought = day + pd.to_timedelta(self.bank.purchases.day[past], unit="D")
        return history_of(self.bank.purchases.customer[past], bought, day + pd.Timedelta(days=self.origin))

    @property
    def newest_days(self) -> np.ndarray:
        """(customer,): days with a purchase in the last HORIZON days of the past."""
        purchases = self.bank.purchases
        newest = (purchases.day <= self.origin) & (purchases.day > self.origin - HORIZON)
        return _days_with_a_purchase(
            purchases.customer[newest], purchases.day[newest], self.origin - HORIZON, len(self.stays)
        )

    def sales(self) -> Past:
        """Roubles of each store and day of the past, without refunds."""
        bank, purchases, stores = self.bank, self.bank.purchases, self.bank.stores
        past = purchases.day <= self.origin
        store, day = bank.choices.store[past], purchases.day[past]
        roubles = np.zeros((len(stores), self.origin + 1))
        np.add.at(roubles, (store, day), bank.transactions.kopecks[: len(purchases)][past] / 100)
        born = np.full(len(stores), self.origin + 1)
        np.minimum.at(born, store, day)
        unborn = np.arange(self.origin + 1)[None, :] < born[:, None]
        keys = pd.DataFrame(
            {
                "legal_group": stores.legal_group,
                "city_code": stores.city.astype(str),
                "category_code": stores.category.astype(str),
                "store_id": np.arange(len(stores)),
            }
        )
        return Past(keys, np.datetime64(bank.calendar.first_day, "D"), np.where(unborn, np.nan, roubles))


def draw_worlds(size: SampleSize, count: int, seed: int = 7) -> Worlds:
    """The bank of this size and seed, and `count` futures after the day HORIZON days before its last one."""
    bank = draw_bank(size, streams_of(seed))
    origin = bank.calendar.day_count - 1 - HORIZON
    days = np.zeros(len(bank.customers))
    demand = np.zeros((count, len(bank.stores)))
    for world, future in enumerate(futures(bank, origin, count, seed)):
        days += _days_with_a_purchase(future.customer, future.day, origin, len(days)) / count
        soon = future.day <= origin + STOCK_DAYS
        demand[world] = np.bincount(future.store[soon], future.kopecks[soon] / 100, minlength=len(bank.stores))
    return Worlds(bank, days, demand)


def _days_with_a_purchase(customer: np.ndarray, day: np.ndarray, before: int, customers: int) -> np.ndarray:
    """(customer,): of the HORIZON days after the day `before`."""
    visited = np.unique(customer * HORIZON + day - before - 1)
    return np.bincount(visited // HORIZON, minlength=customers).astype(np.float64)


def history_of(customer: pd.Series, day: pd.Series, until: pd.Timestamp) -> pd.DataFrame:
    """The summary of customer-base models, in days, of the purchases up to `until`."""
    return summarise(pd.DataFrame({"customer_id": customer, "business_date": day, "amount": 1.0}), until)
