"""What each purchase costs, and which are returned. All amounts in kopecks."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.sample_bank.categories import CATEGORIES
from infra.sample_bank.customers import Customers
from infra.sample_bank.merchants import Stores
from infra.sample_bank.purchases import Purchases
from infra.sample_bank.seasons import Calendar

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

YEARLY_INFLATION = 0.08
WHOLE_SHARE = 0.18
REFUND_SHARE = 0.025


@dataclass(frozen=True)
class Transactions:
    """One entry a row of the bank's export."""

    customer: Ints
    day: Ints
    store: Ints
    kopecks: Ints
    """Negative: a refund."""

    def __len__(self) -> int:
        return len(self.customer)


def draw_levels(customers: Customers, rng: np.random.Generator) -> Floats:
    """(customer, category): how much dearer or cheaper each buys in each category, as a shift of the log amounts."""
    return rng.normal(0, 0.3, (len(customers), len(CATEGORIES)))


def draw_amounts(
    purchases: Purchases,
    store: Ints,
    levels: Floats,
    customers: Customers,
    stores: Stores,
    calendar: Calendar,
    rng: np.random.Generator,
) -> Ints:
    """Lognormal: category's median × store's price level × customer's level × customer's level in the category."""
    median = np.log([category.median_amount for category in CATEGORIES])
    spread = np.array([category.log_sd for category in CATEGORIES])
    category = purchases.category
    level = median[category] + stores.price_level[store] + levels[purchases.customer, category]
    # A scheduled bill or a fare follows income less than a basket does.
    level += customers.price_taste[purchases.customer] * np.minimum(1.0, spread[category] / 0.5)
    level += np.log1p(YEARLY_INFLATION) * calendar.years_since_start[purchases.day]
    roubles = np.maximum(np.exp(level + spread[category] * rng.standard_normal(len(category))), 9.0)
    kopecks = np.rint(np.minimum(roubles, 3e6) * 100).astype(np.int64)
    is_whole = rng.random(len(category)) < WHOLE_SHARE
    return np.asarray(np.where(is_whole, (kopecks + 50) // 100 * 100, kopecks))


def with_refunds(
    purchases: Purchases, store: Ints, kopecks: Ints, calendar: Calendar, rng: np.random.Generator
) -> Transactions:
    """Add the returns: whole (7 of 10) or part of a purchase, in the same store one to fourteen days later."""
    chance = np.array([category.refund_weight for category in CATEGORIES])[purchases.category]
    chance = np.minimum(chance * REFUND_SHARE / chance.mean(), 0.5)
    returned = np.flatnonzero(rng.random(len(chance)) < chance)
    day = purchases.day[returned] + rng.integers(1, 15, len(returned))
    share = np.where(rng.random(len(returned)) < 0.7, 1.0, rng.uniform(0.1, 0.9, len(returned)))
    amount = -np.maximum(np.rint(kopecks[returned] * share).astype(np.int64), 1)
    happens = day < calendar.day_count
    returned, day, amount = returned[happens], day[happens], amount[happens]
    return Transactions(
        np.concatenate([purchases.customer, purchases.customer[returned]]),
        np.concatenate([purchases.day, day]),
        np.concatenate([store, store[returned]]),
        np.concatenate([kopecks, amount]),
    )
