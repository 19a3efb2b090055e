"""The shops: chains, legal groups, single shops and the tenants' own, by city and category."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.sample_bank.categories import CATEGORIES, CODES
from infra.sample_bank.cities import CITIES
from infra.sample_bank.seasons import Calendar
from infra.sample_bank.store_names import StoreNames
from infra.sample_bank.tenants import Tenant

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNLISTED_SHARE = 0.08
"""Single shops that the bank's store list does not have."""


@dataclass(frozen=True)
class Stores:
    """One entry a store."""

    merchant_name: list[str]
    """As it stands in the transactions; unique within a city."""
    store_name: list[str]
    legal_group: list[str]
    is_listed: npt.NDArray[np.bool_]
    tenant: Ints
    """Index of the tenant, −1 for all others."""
    city: Ints
    category: Ints
    mcc: Ints
    rank: Ints
    """Place by attractiveness within city and category, 0 first; the first never closes."""
    attractiveness: Floats
    place: Floats
    """(store, 2), in city radii."""
    price_level: Floats
    """Shift of the log amounts."""
    opened: Ints
    closed: Ints
    """Index of the first day after the last; `day_count` or more: open to the end."""

    def __len__(self) -> int:
        return len(self.merchant_name)


def draw_stores(
    count: int, city_shares: Floats, tenants: tuple[Tenant, ...], calendar: Calendar, rng: np.random.Generator
) -> Stores:
    """About `count` stores: as many a city and category as its people and its trade carry, at least one each."""
    city, category = _cells(count, city_shares, tenants)
    total = len(city)
    rank = _rank_within(city * len(CODES) + category)
    owner = _tenant_stores(city, category, rank, tenants)
    names = StoreNames(rng)
    merchant_name, store_name, legal_group, is_single = names.of(city, category, rank, owner, tenants)
    opened, closed = _lifetimes(rank, owner, calendar, rng)
    attractiveness = np.exp(rng.normal(-0.93 * np.log1p(rank), 0.15))
    attractiveness[owner >= 0] = np.maximum(attractiveness[owner >= 0], 0.3)
    return Stores(
        merchant_name=merchant_name,
        store_name=store_name,
        legal_group=legal_group,
        is_listed=~(is_single & (rng.random(total) < UNLISTED_SHARE)),
        tenant=owner,
        city=city,
        category=category,
        mcc=_mccs(category, owner, rng),
        rank=rank,
        attractiveness=attractiveness,
        place=rng.normal(0, np.where(rank == 0, 0.25, 0.6)[:, None], (total, 2))
        * np.where(owner == 0, 0.3, 1)[:, None],
        price_level=rng.normal(0, 0.22, total),
        opened=opened,
        closed=closed,
    )


def _cells(count: int, city_shares: Floats, tenants: tuple[Tenant, ...]) -> tuple[Ints, Ints]:
    """City and category of each store; online categories only in the first city."""
    carried = np.array([c.store_weight if c.store_weight is not None else np.sqrt(c.weight) for c in CATEGORIES])
    online = np.array([c.is_online for c in CATEGORIES])
    density = city_shares[:, None] ** 0.85 * carried[None, :]
    density[1:, online] = 0
    per_cell = np.maximum(np.rint(density / density.sum() * count), density > 0).astype(np.int64)
    per_cell[0, online] = np.maximum(per_cell[0, online], 3)
    for tenant in tenants:
        for category, city, _ in _plan(tenant, len(city_shares)):
            per_cell[city, category] = max(per_cell[city, category], 8)
    cells = np.repeat(np.arange(per_cell.size), per_cell.ravel())
    return cells // len(CODES), cells % len(CODES)


def _plan(tenant: Tenant, city_count: int) -> list[tuple[int, int, int]]:
    """(category, city, wanted rank) of each of a tenant's stores."""
    planned = []
    for plan in tenant.stores:
        first = min(plan.first_city, city_count - 1)
        for step in range(min(plan.cities, city_count - first)):
            in_city = max(1, round(plan.count / (1 + step)))
            planned += [(CODES.index(plan.category), first + step, plan.rank + 2 * k) for k in range(in_city)]
    return planned


def _rank_within(cell: Ints) -> Ints:
    """0, 1, 2 … within each run of equal values of a sorted array."""
    starts = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
    return np.arange(len(cell)) - np.repeat(starts, np.diff(np.r_[starts, len(cell)]))


def _tenant_stores(city: Ints, category: Ints, rank: Ints, tenants: tuple[Tenant, ...]) -> Ints:
    """The tenant of each store: each planned store takes the free place nearest to its wanted rank."""
    owner = np.full(len(city), -1, dtype=np.int64)
    for index, tenant in enumerate(tenants):
        for wanted_category, wanted_city, wanted_rank in _plan(tenant, int(city.max()) + 1):
            free = np.flatnonzero((city == wanted_city) & (category == wanted_category) & (owner < 0))
            if len(free):
                owner[free[np.argmin(np.abs(rank[free] - wanted_rank))]] = index
    return owner


def _mccs(category: Ints, owner: Ints, rng: np.random.Generator) -> Ints:
    """One code a store: shares of a category's codes fall as place^−2; all stores of a tenant share the first."""
    mcc = np.empty(len(category), dtype=np.int64)
    for index, kind in enumerate(CATEGORIES):
        members = np.flatnonzero(category == index)
        shares = 1.0 / np.arange(1, len(kind.mccs) + 1) ** 2.0
        mcc[members] = rng.choice(kind.mccs, len(members), p=shares / shares.sum())
        mcc[members[owner[members] >= 0]] = kind.mccs[0]
    return mcc


def _lifetimes(rank: Ints, owner: Ints, calendar: Calendar, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """A year sees 7 % of the shops open and 5 % close; the first of each cell and the tenants' stay."""
    years = calendar.day_count / 365.25
    mortal = (rank > 0) & (owner < 0)
    day = rng.integers(20, calendar.day_count - 20, (2, len(rank)))
    opened = np.where(mortal & (rng.random(len(rank)) < 0.07 * years), day[0], 0)
    closed = np.where(mortal & (rng.random(len(rank)) < 0.05 * years), day[1], calendar.day_count)
    return opened, np.maximum(closed, np.where(opened > 0, calendar.day_count, 0))


def first_cities(count: int) -> Floats:
    """Zipf shares of the first `count` cities."""
    shares = 1 / np.arange(1, min(count, len(CITIES)) + 1) ** 0.9
    return np.asarray(shares / shares.sum(), dtype=np.float64)
