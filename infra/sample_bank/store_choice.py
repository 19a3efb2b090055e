"""In which store each purchase happens: gravity × attractiveness × (1 + visits)^loyalty among a few known stores."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.sample_bank.categories import CATEGORIES
from infra.sample_bank.customers import Customers
from infra.sample_bank.merchants import Stores
from infra.sample_bank.planted_events import Floats32
from infra.sample_bank.purchases import Purchases

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KNOWN_STORES = 8
"""Stores that one customer considers in one city and category."""
TRAVEL_WEEK_SHARE = 0.018


@dataclass(frozen=True)
class Habits:
    """One row per customer, city and category, ordered by `key`: the stores he considers there."""

    key: Ints
    known: Ints
    """(row, KNOWN_STORES)."""
    base: Floats32
    """Weight of each before any visit, 0 where a cell has fewer stores."""
    visits: npt.NDArray[np.int32]
    """How often he was in each."""


@dataclass(frozen=True)
class Choices:
    store: Ints
    """Of each purchase."""
    extra_receipts: Floats
    """Of each store: expected receipts because of the planted events (less than 0: lost).

    Direct effect: chance with minus chance without the event, given each customer's visits so far, summed.
    """
    habits: Habits
    """After the last purchase."""
    habit: Ints
    """Row of `habits` of each purchase."""


def choose_stores(
    purchases: Purchases,
    customers: Customers,
    stores: Stores,
    pull: Floats32,
    pull_without_events: Floats32,
    rng: np.random.Generator,
    before: Habits | None = None,
) -> Choices:
    """A store for each purchase; a customer's purchases of one category and city are decided in their order.

    before: habits to go on from; a customer new to a city and category finds his stores first.
    """
    day_count = pull.shape[1]
    has_stores = np.zeros((int(stores.city.max()) + 1, len(CATEGORIES)), dtype=bool)
    has_stores[stores.city, stores.category] = True
    city = _cities_of(purchases, customers, len(has_stores), rng)
    city = np.where(has_stores[city, purchases.category], city, 0)

    group_key = (purchases.customer * len(has_stores) + city) * len(CATEGORIES) + purchases.category
    order = np.argsort(group_key, kind="stable")
    sorted_key = group_key[order]
    start = np.flatnonzero(np.r_[True, sorted_key[1:] != sorted_key[:-1]])
    size = np.diff(np.r_[start, len(order)])
    by_size = np.argsort(-size, kind="stable")
    start, size = start[by_size], size[by_size]

    first = order[start]
    known, base = _known_stores(
        purchases.customer[first], city[first], purchases.category[first], customers, stores, rng
    )
    habits = Habits(sorted_key[start], known, base, np.zeros(known.shape, dtype=np.int32))
    if before:
        _take_over(before, habits)
    loyalty = np.array([category.loyalty for category in CATEGORIES])[purchases.category[first]]
    store, extra = _choose_in_turn(
        order, start, size, habits, loyalty, purchases.day, pull, pull_without_events, day_count, rng
    )
    by_key = np.argsort(habits.key)
    habits = Habits(habits.key[by_key], known[by_key], base[by_key], habits.visits[by_key])
    return Choices(store, extra, habits, np.searchsorted(habits.key, group_key))


def _take_over(before: Habits, habits: Habits) -> None:
    row = np.minimum(np.searchsorted(before.key, habits.key), len(before.key) - 1)
    is_known = before.key[row] == habits.key
    for mine, old in ((habits.known, before.known), (habits.base, before.base), (habits.visits, before.visits)):
        mine[is_known] = old[row[is_known]]


def _cities_of(purchases: Purchases, customers: Customers, city_count: int, rng: np.random.Generator) -> Ints:
    """The home city, except in the weeks in which a customer travels."""
    week = purchases.day // 7
    travels = rng.random((len(customers), int(week.max()) + 1)) < TRAVEL_WEEK_SHARE
    shares = 1 / np.arange(1, city_count + 1)
    destination = rng.choice(city_count, travels.shape, p=shares / shares.sum())
    is_away = travels[purchases.customer, week]
    return np.where(is_away, destination[purchases.customer, week], customers.city[purchases.customer])


def _known_stores(
    customer: Ints, city: Ints, category: Ints, customers: Customers, stores: Stores, rng: np.random.Generator
) -> tuple[Ints, Floats32]:
    """(group, KNOWN_STORES) stores and their weights, 0 where a cell has fewer.

    Drawn without replacement by their pull (Gumbel top-k). The first store of each cell never closes and is always
    known, so that every purchase finds an open door.
    """
    known = np.zeros((len(customer), KNOWN_STORES), dtype=np.int64)
    base = np.zeros((len(customer), KNOWN_STORES), dtype=np.float32)
    cell = city * len(CATEGORIES) + category
    groups_by_cell = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[groups_by_cell], np.arange(cell.max() + 2))
    store_cell = stores.city * len(CATEGORIES) + stores.category
    for index in range(len(bounds) - 1):
        groups = groups_by_cell[bounds[index] : bounds[index + 1]]
        if not len(groups):
            continue
        members = np.flatnonzero(store_cell == index)
        people = customer[groups]
        distance = np.hypot(*(customers.home[people, None, :] - stores.place[members]).transpose(2, 0, 1))
        is_at_home = customers.city[people] == index // len(CATEGORIES)
        distance = np.where(is_at_home[:, None], distance, 0.0)
        reach = CATEGORIES[index % len(CATEGORIES)].reach
        weight = np.log(stores.attractiveness[members]) - distance / reach
        order = -weight - rng.gumbel(size=weight.shape)
        order[:, stores.rank[members] == 0] = -np.inf
        kept = min(KNOWN_STORES, len(members))
        chosen = (
            np.argpartition(order, kept - 1, axis=1)[:, :kept] if kept < len(members) else np.argsort(order, axis=1)
        )
        known[groups, :kept] = members[chosen]
        # The first store may be far away: it is known to all, but keeps its small weight.
        chosen_weight = np.take_along_axis(weight, chosen, axis=1)
        base[groups, :kept] = np.exp(chosen_weight - chosen_weight.max(axis=1, keepdims=True)) + 1e-6
    return known, base


def _choose_in_turn(
    order: Ints,
    start: Ints,
    size: Ints,
    habits: Habits,
    loyalty: Floats,
    day: Ints,
    pull: Floats32,
    pull_without_events: Floats32,
    day_count: int,
    rng: np.random.Generator,
) -> tuple[Ints, Floats]:
    """Step j decides the j-th purchase of every group that has one: as many steps as the longest group is long.

    Groups come longest first, so that those still running are a prefix: 2 M purchases take about 1.5 s. Counts the
    visits up in `habits`.
    """
    known, base, visits = habits.known, habits.base, habits.visits
    store = np.empty(len(order), dtype=np.int64)
    extra = np.zeros(len(pull))
    weight = (base * (1.0 + visits) ** loyalty[:, None]).astype(np.float32)
    known_row = known * day_count
    flat, flat_without = pull.ravel(), pull_without_events.ravel()
    differs = (pull != pull_without_events).ravel()
    running_groups = np.searchsorted(-size, -np.arange(1, size[0] + 1), side="right")
    point = rng.random(len(order), dtype=np.float32)
    rows = np.arange(len(start))
    for step, active in enumerate(running_groups.tolist()):
        purchase = order[start[:active] + step]
        cell = known_row[:active] + day[purchase][:, None]
        pulled = weight[:active] * flat[cell]
        cumulative = np.cumsum(pulled, axis=1)
        total = cumulative[:, -1]
        chosen = (cumulative <= (point[purchase] * total)[:, None]).sum(axis=1)
        np.minimum(chosen, known.shape[1] - 1, out=chosen)
        affected = np.flatnonzero((differs[cell] & (base[:active] > 0)).any(axis=1))
        if len(affected):
            without = weight[affected] * flat_without[cell[affected]]
            change = pulled[affected] / total[affected, None] - without / without.sum(axis=1, keepdims=True)
            np.add.at(extra, known[affected], change)
        store[purchase] = known[rows[:active], chosen]
        visits[rows[:active], chosen] += 1
        seen = visits[rows[:active], chosen]
        weight[rows[:active], chosen] = base[rows[:active], chosen] * (1.0 + seen) ** loyalty[:active]
    return store, extra
