"""Generated months of legal groups, as a test writes them into the roll-up."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date

import numpy as np
import psycopg

MONTHS = [date(2025, month, 1) for month in range(1, 7)]
"""Two quarters."""


@dataclass(frozen=True)
class Sale:
    """What a group sold in a month, city and category."""

    month: date
    city: str
    category: str
    group: str
    revenue: float = 1000.0
    receipts: int = 100
    customers: int = 60
    repeat_customers: int = 20
    new_customers: int = 10


def insert(connection: psycopg.Connection, sales: Iterable[Sale]) -> None:
    """Into marts.fct_group_months; a month's receipts are spread over its weekdays."""
    rows = list(sales)
    months = [row.month for row in rows]
    connection.execute("select raw.ensure_months('marts.fct_group_months', %s, %s)", [min(months), max(months)])
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into marts.fct_group_months values (%s, %s, %s, %s, %s, %s, 0, 1, %s, %s, %s, "
            "%s, %s, %s, %s, %s, %s, %s, null, null, null)",
            [(*astuple(row), *_weekdays(row.receipts)) for row in rows],
        )


def _weekdays(receipts: int) -> list[int]:
    week = [receipts // 7] * 7
    week[5] += receipts - sum(week)
    return week


def towns(connection: psycopg.Connection) -> None:
    """Eight towns in three regions and one in none, four categories in two groups."""
    for number in range(8):
        name, region = f"town {number}", f"region {number % 3}"
        connection.execute(
            "insert into marts.dim_cities values (%s, %s, %s, %s, %s)", [name, name, name, region, region]
        )
    for number in range(4):
        name = f"category {number}"
        connection.execute(
            "insert into marts.dim_categories values (%s, %s, %s, %s)", [name, name, name, f"kind {number % 2}"]
        )


def random_market(months: list[date], shops: int = 420, seed: int = 3) -> list[Sale]:
    """Shops of very different size in towns of very different size; a chain in all of them, some close, some open."""
    rng = np.random.default_rng(seed)
    sales = []
    for shop in range(shops):
        town = "town nowhere" if shop < 8 else f"town {min(rng.geometric(0.35) - 1, 7)}"
        group = f"chain {shop % 9}" if rng.random() < 0.2 else f"shop {shop}"
        size, price = rng.lognormal(4.5, 0.5) * (12 if shop % 40 == 0 else 1), rng.lognormal(2.5, 0.4)
        opens, closes = (rng.integers(0, 6), 6) if rng.random() < 0.1 else (0, rng.integers(3, 7))
        for number, month in enumerate(months):
            receipts = int(rng.poisson(size))
            if opens <= number < closes and receipts:
                customers = max(1, int(receipts * rng.uniform(0.4, 0.8)))
                revenue = round(receipts * price * rng.lognormal(0, 0.1), 2)
                sales.append(
                    Sale(month, town, f"category {shop % 4}", group, revenue if shop % 50 else -revenue, receipts,
                         customers, customers // 3, customers // 5)
                )  # fmt: skip
    merged: dict[tuple[date, str, str, str], Sale] = {}
    for sale in sales:
        merged.setdefault((sale.month, sale.city, sale.category, sale.group), sale)
    return list(merged.values())
