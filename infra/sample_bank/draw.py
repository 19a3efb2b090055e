"""Draw a whole sample bank in memory: people and shops, what was bought where, and what it cost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from infra.sample_bank.amounts import REFUND_SHARE, Floats, Transactions, draw_amounts, draw_levels, with_refunds
from infra.sample_bank.customers import Customers, draw_customers
from infra.sample_bank.dirt import EQUAL_SHARE
from infra.sample_bank.merchants import Stores, draw_stores, first_cities
from infra.sample_bank.planted_events import Floats32, PlantedEvent, plan_events, pull
from infra.sample_bank.purchases import Purchases, draw_purchases
from infra.sample_bank.seasons import Calendar
from infra.sample_bank.sizes import SampleSize
from infra.sample_bank.store_choice import Choices, choose_stores
from infra.sample_bank.tenants import TENANTS

DEFAULT_END = date(2026, 10, 31)
"""Last day of the sample unless another is asked for: the bytes do not depend on the clock."""
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class DrawnBank:
    calendar: Calendar
    customers: Customers
    stores: Stores
    events: tuple[PlantedEvent, ...]
    purchases: Purchases
    choices: Choices
    levels: Floats
    """(customer, category): shift of the log amounts."""
    transactions: Transactions
    """The purchases in their order, then the refunds."""

    @property
    def pull(self) -> tuple[Floats32, Floats32]:
        """(store, day) twice: with the planted events, and without."""
        return pull(self.stores, self.events, self.calendar)


def streams_of(seed: int) -> list[np.random.Generator]:
    """A stream of its own for each step: a change of one step leaves the draws of the others as they are."""
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(10)]


def purchase_target(size: SampleSize) -> int:
    """Purchases that, with their refunds and doubles, make the size's transactions."""
    return round(size.transactions / (1 + REFUND_SHARE + EQUAL_SHARE))


def draw_bank(
    size: SampleSize,
    streams: list[np.random.Generator],
    end_date: date = DEFAULT_END,
    on_progress: Progress = lambda _step, _share: None,
) -> DrawnBank:
    """Uses the first six streams; the same ones give the same bank."""
    calendar = Calendar.of_months(size.months, end_date)
    tenants, city_shares = TENANTS[: size.tenants], first_cities(size.cities)
    on_progress("customers and stores", 0.0)
    customers = draw_customers(size.customers, city_shares, calendar.day_count, streams[0])
    stores = draw_stores(size.stores, city_shares, tenants, calendar, streams[1])
    on_progress("purchases", 0.05)
    purchases = draw_purchases(purchase_target(size), customers, calendar, streams[2])
    on_progress("choice of stores", 0.35)
    events = plan_events(stores, calendar)
    choices = choose_stores(purchases, customers, stores, *pull(stores, events, calendar), streams[3])
    on_progress("amounts", 0.6)
    levels = draw_levels(customers, streams[4])
    kopecks = draw_amounts(purchases, choices.store, levels, customers, stores, calendar, streams[4])
    transactions = with_refunds(purchases, choices.store, kopecks, calendar, streams[5])
    return DrawnBank(calendar, customers, stores, events, purchases, choices, levels, transactions)
