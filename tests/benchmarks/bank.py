"""A bank of any size, drawn month by month: a seed gives the same rows, whatever part of the history is taken."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import md5
from typing import Any

import numpy as np
import pyarrow as pa

from infra.ingest.spelling import spelling_id
from infra.settings import REPOSITORY

LAST_DAY = date(2025, 12, 31)
CITY_COUNT = 30
MCC_COUNT = 100
FAVOURITES = 8
"""Stores that a customer knows well: three purchases of four are made there."""
CHAINS = (400, 120, 60, 30, 20, 10, 5, 5, 3, 2, 1, 1)
"""Stores of each tenant, 3 % of all: the other stores are merchants of their own."""


@dataclass(frozen=True)
class Bank:
    """`row_count` purchases over `day_count` days up to LAST_DAY."""

    row_count: int
    day_count: int = 731
    store_count: int = 20_000
    customer_count: int = 300_000
    seed: int = 11

    @property
    def first_day(self) -> date:
        return LAST_DAY - timedelta(days=self.day_count - 1)

    @cached_property
    def stores(self) -> "Stores":
        return Stores.draw(np.random.default_rng([self.seed, 0]), self.store_count)

    @cached_property
    def customers(self) -> "Customers":
        return Customers.draw(np.random.default_rng([self.seed, 1]), self.customer_count, self.stores)

    def months(self, first_day: date | None = None) -> Iterator[pa.Table]:
        """Tables (file_id, mcc, line_number, customer_id, spelling_id, business_date, amount, store_id), oldest first.

        A day is a file; from `first_day` on, where it is given.
        """
        days = np.datetime64(self.first_day) + np.arange(self.day_count)
        weight = np.where((days.astype(int) + 3) % 7 >= 5, 1.3, 0.9)  # Saturdays and Sundays
        counts = np.diff(np.round(np.cumsum(weight) / weight.sum() * self.row_count).astype(int), prepend=0)
        month = days.astype("datetime64[M]").astype(int)
        for number in np.unique(month):
            numbers = np.flatnonzero(month == number)
            drawn = self._draw(np.random.default_rng([self.seed, 2, int(number)]), days, numbers, counts[numbers])
            if first_day is None or days[numbers[0]] >= np.datetime64(first_day):
                yield drawn
            elif days[numbers[-1]] >= np.datetime64(first_day):
                kept = drawn.filter(pa.compute.field("business_date") >= pa.scalar(first_day))
                yield kept.combine_chunks()  # pyarrow's CSV writer puts zero bytes where it meets an empty chunk

    def _draw(self, rng: np.random.Generator, days: Any, numbers: Any, counts: Any) -> pa.Table:
        row_count, people, stores = int(counts.sum()), self.customers, self.stores
        customer = np.searchsorted(people.cumulative_rate, rng.random(row_count) * people.cumulative_rate[-1])
        place = rng.random(row_count)
        city = np.where(place < 0.95, people.city[customer], rng.integers(0, CITY_COUNT, row_count))
        favourite = np.minimum(rng.geometric(0.3, row_count) - 1, FAVOURITES - 1)
        store = np.where(place < 0.75, people.favourites[customer, favourite], stores.in_city(rng, city))
        cents = np.round(np.exp(rng.normal(stores.log_bill[store], 0.7)) * 100).astype(np.int64) + 1
        cents *= np.where(rng.random(row_count) < 0.03, -1, 1)
        number = np.repeat(numbers, counts)
        first_line = np.repeat(np.cumsum(counts) - counts, counts)
        return pa.table(
            {
                "file_id": pa.array(number + 1, pa.int32()),
                "mcc": pa.array(stores.mcc[store], pa.int32()),
                "line_number": np.arange(row_count) - first_line + 2,
                "customer_id": people.customer_id[customer],
                "spelling_id": stores.spelling_id[store],
                "business_date": days[number],
                "amount": decimals(cents),
                "store_id": stores.store_id[store],
            }
        )


@dataclass(frozen=True)
class Stores:
    """Arrays by store; stores of a city lie side by side."""

    merchant_name: list[str]
    legal_group: list[str | None]
    city: Any
    city_spelling: list[str]
    city_code: list[str]
    mcc: Any
    category_code: list[str]
    log_bill: Any
    spelling_id: Any
    store_id: Any
    cumulative_popularity: Any

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int) -> "Stores":
        """Popularity by Zipf's law, cities too; the bill of a store lies around the bill of its category."""
        cities = cities_and_a_spelling(CITY_COUNT)
        size = 1 / np.arange(1, CITY_COUNT + 1) ** 0.8
        city = np.sort(np.r_[np.arange(CITY_COUNT), rng.choice(CITY_COUNT, count - CITY_COUNT, p=size / size.sum())])
        codes = shipped_mccs(MCC_COUNT)
        kind = rng.choice(MCC_COUNT, count, p=(share := 1 / np.arange(1, MCC_COUNT + 1)) / share.sum())
        names = [f"MERCHANT {number:06d}" for number in range(count)]
        spellings = [cities[place][1] for place in city]
        city_codes = [cities[place][0] for place in city]
        groups: list[str | None] = [None] * count
        chained = iter(rng.permutation(count).tolist())
        for number, store_count in enumerate(CHAINS):
            for _ in range(min(store_count, count // 50)):
                groups[next(chained)] = f"Chain {number + 1}"
        return cls(
            merchant_name=names,
            legal_group=groups,
            city=city,
            city_spelling=spellings,
            city_code=city_codes,
            mcc=np.array([codes[number][0] for number in kind]),
            category_code=[codes[number][1] for number in kind],
            log_bill=rng.normal(6.5, 0.6, MCC_COUNT)[kind] + rng.normal(0, 0.2, count),
            spelling_id=np.array([spelling_id(*pair) for pair in zip(names, spellings, strict=True)]),
            store_id=np.array([hash_id(f"{name}|{code}") for name, code in zip(names, city_codes, strict=True)]),
            cumulative_popularity=np.cumsum(1 / rng.permutation(np.arange(1, count + 1))),
        )

    def in_city(self, rng: np.random.Generator, city: Any) -> Any:
        """A store of each given city, by popularity."""
        below = np.r_[0, self.cumulative_popularity]
        first, beyond = below[np.searchsorted(self.city, city)], below[np.searchsorted(self.city, city, "right")]
        drawn = np.searchsorted(self.cumulative_popularity, first + rng.random(len(city)) * (beyond - first), "right")
        return np.minimum(drawn, len(self.city) - 1)


@dataclass(frozen=True)
class Customers:
    """Arrays by customer: pseudonym, home city, running total of the purchase rates, stores that he knows."""

    customer_id: Any
    city: Any
    cumulative_rate: Any
    favourites: Any

    @classmethod
    def draw(cls, rng: np.random.Generator, count: int, stores: Stores) -> "Customers":
        city = stores.city[rng.integers(0, len(stores.city), count)]
        return cls(
            customer_id=rng.integers(1, 2**63 - 1, count),
            city=city,
            cumulative_rate=np.cumsum(rng.gamma(0.8, 1, count)),
            favourites=stores.in_city(rng, np.repeat(city, FAVOURITES)).reshape(count, FAVOURITES),
        )


def decimals(cents: Any) -> pa.Array:
    """numeric(18, 2) of whole cents: Arrow keeps a decimal as a 128-bit integer, low half first."""
    halves = np.column_stack([cents, cents >> 63]).astype("<i8")
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(halves.tobytes())])


def hash_id(text: str) -> int:
    """As the dbt macro of this name does."""
    return int.from_bytes(md5(text.encode(), usedforsecurity=False).digest()[:8]) & (2**63 - 1)


def cities_and_a_spelling(count: int) -> list[tuple[str, str]]:
    with open(REPOSITORY / "dbt_project/seeds/city_aliases.csv", encoding="utf-8") as file:
        spelling = {row["city_code"]: row["spelling"] for row in csv.DictReader(file)}
    return list(spelling.items())[:count]


def shipped_mccs(count: int) -> list[tuple[int, str]]:
    """`count` codes of the shipped list with their category, evenly over it; airlines and hotels by name left out."""
    with open(REPOSITORY / "infra/ingest/reference/mcc.csv", encoding="utf-8") as file:
        shipped = [(int(row["mcc"]), row["category_code"]) for row in csv.DictReader(file, delimiter=";")]
    codes = [(mcc, category) for mcc, category in shipped if not 3000 <= mcc < 4000]
    return codes[:: len(codes) // count][:count]
