"""Purchases written into the facts, so that a test says in a line who bought what from whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd
import psycopg

from tests.privacy.released import write

MONTHS = [date(2025, month, 1) for month in range(1, 9)]
MONTH = MONTHS[-1]
MINE, SMALL = "mine", "small"
"""The viewers."""
TOWN = "town 0"


@dataclass(frozen=True)
class Bought:
    """Each of these customers bought once, for this amount; a negative one is a refund."""

    group: str
    category: str
    customers: Iterable[int]
    city: str = TOWN
    month: date = MONTH
    amount: float = 100.0


def by_turns(category: str, customers: Iterable[int], groups: int = 5, city: str = TOWN, **more: float) -> list[Bought]:
    """Each of the customers at one of so many other groups."""
    everybody = list(customers)
    return [Bought(f"other {at}", category, everybody[at::groups], city, **more) for at in range(groups)]  # type: ignore[arg-type]


def fill(connection: psycopg.Connection, bought: Iterable[Bought], viewers: Iterable[str] = (MINE, SMALL)) -> None:
    """Into marts.fct_transactions, with the stores and the viewers; every day of MONTHS counts as loaded."""
    columns = ["day", "customer", "group", "city", "category", "amount"]
    rows = [
        (one.month, customer, one.group, one.city, one.category, one.amount)
        for one in bought
        for customer in one.customers
    ]
    fill_rows(connection, pd.DataFrame(rows, columns=columns), viewers)


def fill_rows(connection: psycopg.Connection, rows: pd.DataFrame, viewers: Iterable[str]) -> None:
    """`rows`: day, customer, group, city, category, amount; a store for each group and city."""
    stores = rows[["group", "city"]].drop_duplicates(ignore_index=True)
    stores["store_id"] = stores.index + 1
    write(
        connection,
        "marts.dim_stores",
        stores.assign(legal_group=stores["group"]).rename(columns={"city": "city_code", "group": "competitor_group"}),
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into marts.dim_peer_viewers values (%s, %s, %s)",
            [(number, name, name) for number, name in enumerate(viewers, 1)],
        )
    ends = pd.Timestamp(MONTHS[0]).date(), (pd.Timestamp(MONTH) + pd.offsets.MonthEnd()).date()
    connection.execute("select raw.ensure_months('marts.fct_transactions', %s, %s)", ends)
    connection.execute(
        "insert into marts.fct_bank_days select day, 1, 1, 0 from generate_series(%s::date, %s, '1 day') as day",
        ends,
    )
    facts = rows.merge(stores, on=["group", "city"])
    write(
        connection,
        "marts.fct_transactions",
        pd.DataFrame(
            {
                "business_date": facts["day"],
                "customer_id": facts["customer"],
                "store_id": facts["store_id"],
                "category_code": facts["category"],
                "mcc": 1,
                "amount": facts["amount"],
                "is_refund": facts["amount"] < 0,
                "file_id": 1,
                "line_number": range(len(facts)),
            }
        ),
    )
