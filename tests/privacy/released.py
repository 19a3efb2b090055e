"""Generated markets released by the SQL of dbt."""

from collections.abc import Mapping
from datetime import date

import pandas as pd
import psycopg

from tests.privacy.compiled import build_candidate, prepare, set_rule

COLUMNS = (
    *("month_start", "city_code", "category_code", "legal_group", "revenue_amount", "receipt_count", "refund_amount"),
    *("store_count", "customer_count", "repeat_customer_count", "new_customer_count"),
    *(f"weekday_{day}_receipt_count" for day in range(1, 8)),
)


def candidate_of(
    connection: psycopg.Connection,
    months: pd.DataFrame,
    rules: Mapping[str, float] | None = None,
    cities: pd.DataFrame | None = None,
    closed_count: int | None = None,
) -> list[date]:
    """The candidate of all months of `months` (a row per month, city, category and legal group) in an empty warehouse,
    or of the first `closed_count` of them. Returns all months.

    Each category is a category group of its own, so that markets stay apart unless they share a category.
    """
    prepare(connection)
    categories = pd.DataFrame({"category_code": sorted(months["category_code"].unique())})
    names = dict.fromkeys(("name_en", "name_ru", "category_group"), categories["category_code"])
    write(connection, "marts.dim_categories", categories.assign(**names))
    for code, threshold in (rules or {}).items():
        set_rule(connection, code, threshold)
    if cities is not None:
        write(connection, "marts.dim_cities", cities)
    closed = sorted(pd.to_datetime(months["period_start"]).dt.date.unique())
    connection.execute("select raw.ensure_months('marts.fct_group_months', %s, %s)", [closed[0], closed[-1]])
    write(connection, "marts.fct_group_months", group_rows(months))
    build_candidate(connection, closed[:closed_count])
    return closed


def group_rows(months: pd.DataFrame) -> pd.DataFrame:
    rows = months.rename(columns={"period_start": "month_start"}).assign(
        month_start=lambda table: pd.to_datetime(table["month_start"]).dt.date, refund_amount=0, store_count=1
    )
    return rows[list(COLUMNS)]


def write(connection: psycopg.Connection, table: str, rows: pd.DataFrame) -> None:
    columns = ", ".join(rows.columns)
    query = f"copy {table} ({columns}) from stdin"
    with connection.cursor() as cursor, cursor.copy(query) as copy:  # type: ignore[arg-type]
        for row in rows.itertuples(index=False, name=None):
            copy.write_row(row)
