"""All roll-ups of 10 M purchases: dbt on PostgreSQL, and DuckDB from Parquet, taking turns on one machine."""

import argparse
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.benchmarks.bank import Bank
from tests.benchmarks.warehouse import Warehouse, fill, say, warehouse

THREADS = 2
MEMORY = "8GB"

SUMS = """
    cast(sum(amount) as numeric(18, 2)) as {money},
    cast(count(*) filter (not is_refund) as bigint) as receipt_count,
    cast(sum(case when is_refund then -amount else 0 end) as numeric(18, 2)) as refund_amount"""
MONTH = "cast(date_trunc('month', business_date) as date) as month_start"
DATES = """
    min(business_date) filter (not is_refund) as first_purchase_date,
    max(business_date) filter (not is_refund) as last_purchase_date"""
BILLS = """
    cast(bills[1] as numeric(18, 2)) as lower_quartile_bill_amount,
    cast(bills[2] as numeric(18, 2)) as median_bill_amount,
    cast(bills[3] as numeric(18, 2)) as upper_quartile_bill_amount"""
QUARTILES = "quantile_cont(cast(amount as double), [0.25, 0.5, 0.75]) filter (not is_refund) as bills"
WEEKDAYS = ", ".join(
    f"count(*) filter (not is_refund and isodow(business_date) = {day}) as weekday_{day}_receipt_count"
    for day in range(1, 8)
)
OF_SPEND, OF_REVENUE = SUMS.format(money="spend_amount"), SUMS.format(money="revenue_amount")

QUERIES = {
    "fct_store_category_days": f"select business_date, store_id, category_code, {OF_REVENUE} from facts group by all",
    "fct_bank_days": f"select business_date, {OF_REVENUE} from facts group by all",
    "fct_customer_category_days": (
        f"select business_date, customer_id, category_code, {OF_SPEND} from facts group by all"
    ),
    "fct_customer_category_months": f"select {MONTH}, customer_id, category_code, {OF_SPEND} from facts group by all",
    "fct_customer_city_months": (
        f"select {MONTH}, customer_id, city_code, sum(amount) as spend_amount, "
        f"count(*) filter (not is_refund) as receipt_count, {DATES} "
        "from facts join stores using (store_id) group by all"
    ),
    "fct_store_customer_months": (
        f"select {MONTH}, store_id, customer_id, {OF_REVENUE}, {DATES} from facts group by all"
    ),
    "fct_store_months": f"""
        with customers as (
            select {MONTH}, store_id, customer_id, count(*) as receipts from facts where not is_refund group by all
        ), counts as (
            select month_start, store_id, count(*) as customer_count,
            count(*) filter (receipts > 1) as repeat_customer_count
            from customers group by all
        ), sums as (
            select {MONTH}, store_id, {OF_REVENUE}, {QUARTILES} from facts group by all
        )
        select sums.* exclude (bills), coalesce(customer_count, 0) as customer_count,
        coalesce(repeat_customer_count, 0) as repeat_customer_count, {BILLS}
        from sums left join counts using (month_start, store_id)""",
    "fct_group_months": f"""
        with sales as (
            select {MONTH}, * from facts join stores using (store_id)
        ), visits as (
            select distinct month_start, legal_group, customer_id from sales where not is_refund
        ), seen as (
            select *, lag(month_start) over (partition by legal_group, customer_id order by month_start) as before_month
            from visits
        ), customers as (
            select month_start, city_code, category_code, legal_group, customer_id, count(*) as receipts from sales
            where not is_refund group by all
        ), counts as (
            select month_start, city_code, category_code, legal_group, count(*) as customer_count,
            count(*) filter (receipts > 1) as repeat_customer_count,
            count(*) filter (before_month is null or before_month < month_start - 92) as new_customer_count
            from customers join seen using (month_start, legal_group, customer_id) group by all
        ), sums as (
            select month_start, city_code, category_code, legal_group, {OF_REVENUE}, {WEEKDAYS},
            count(distinct store_id) filter (not is_refund) as store_count, {QUARTILES}
            from sales group by all
        )
        select sums.* exclude (bills), coalesce(customer_count, 0) as customer_count,
        coalesce(repeat_customer_count, 0) as repeat_customer_count, case when month_start
            >= (select min(business_date) + interval '3 months' from facts)
            then coalesce(new_customer_count, 0) end as new_customer_count, {BILLS}
        from sums left join counts using (month_start, city_code, category_code, legal_group)""",
}
"""What dbt makes of the transactions, each said once more for DuckDB, from the transactions alone."""


@dataclass(frozen=True)
class Build:
    """Seconds of wall clock of each round, and what was built."""

    row_count: int
    rows_written: int
    postgres_seconds: list[float]
    duckdb_seconds: list[float]
    postgres_table_seconds: dict[str, float]
    duckdb_table_seconds: dict[str, float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: both of a round ran on the same machine in the same minutes."""
        return statistics.median(
            ours / theirs for ours, theirs in zip(self.postgres_seconds, self.duckdb_seconds, strict=True)
        )


class TablesDiffer(RuntimeError):
    """dbt and DuckDB made different tables of the same rows."""


def measure(rows: int = 10_000_000, rounds: int = 3) -> Build:
    """Build all roll-ups `rounds` times with each. Raises TablesDiffer unless rows, money and counts are equal."""
    with warehouse() as house:
        parquet = house.home / "parquet"
        fill(house, Bank(rows), parquet=parquet)
        house.dbt(
            "build", "--select", "+fct_transactions", "+dim_stores", "--exclude-resource-types", "unit_test", "test"
        )
        ours, theirs = [], []
        for number in range(rounds):
            theirs.append(_build_in_duckdb(parquet))
            ours.append((house.dbt("run", "--select", *QUERIES), house.model_seconds()))
            say(f"round {number + 1}: PostgreSQL {ours[-1][0]:.1f} s, DuckDB {theirs[-1][0]:.1f} s")
        rows_written = _compare(house, parquet)
    return Build(
        row_count=rows,
        rows_written=rows_written,
        postgres_seconds=[seconds for seconds, _ in ours],
        duckdb_seconds=[seconds for seconds, _ in theirs],
        postgres_table_seconds=ours[-1][1],
        duckdb_table_seconds=theirs[-1][1],
    )


def _build_in_duckdb(parquet: Path) -> tuple[float, dict[str, float]]:
    import duckdb

    path = parquet.parent / "rollups.duckdb"
    path.unlink(missing_ok=True)
    seconds = {}
    with duckdb.connect(str(path), config={"threads": THREADS, "memory_limit": MEMORY}) as connection:
        connection.execute(f"create view facts as select * from read_parquet('{parquet}/2*.parquet')")
        connection.execute(f"create view stores as select * from read_parquet('{parquet}/stores.parquet')")
        begun = time.perf_counter()
        for table, query in QUERIES.items():
            before = time.perf_counter()
            connection.execute(f"create table {table} as {query}")
            seconds[table] = time.perf_counter() - before
        return time.perf_counter() - begun, seconds


def _compare(house: Warehouse, parquet: Path) -> int:
    """Rows and the sum of every number column of every table; returns the number of rows of all tables."""
    import duckdb

    total = 0
    with duckdb.connect(str(parquet.parent / "rollups.duckdb"), read_only=True) as connection:
        for table in QUERIES:
            described = connection.execute(f"describe {table}").fetchall()
            numbers = [name for name, kind, *_ in described if name.endswith(("_amount", "_count"))]
            sums = f"select count(*), {', '.join(f'sum({name})' for name in numbers)} from"
            ours = [Decimal(value) for value in house.query(f"{sums} marts.{table}")[0]]
            found: Any = connection.execute(f"{sums} {table}").fetchone()
            theirs = [Decimal(value) for value in found]
            # A quartile between two cents is rounded by PostgreSQL as a decimal and by DuckDB as a double.
            wrong = [
                f"{table}.{name}: {mine} and {yours}"
                for name, mine, yours in zip(["rows", *numbers], ours, theirs, strict=True)
                if abs(mine - yours) > (ours[0] / 100 if "bill" in name else 0)
            ]
            if wrong:
                raise TablesDiffer("; ".join(wrong))
            total += int(ours[0])
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    found = measure(**vars(parser.parse_args()))
    json.dump({**asdict(found), "ratio": found.ratio}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
