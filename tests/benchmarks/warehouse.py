"""A throw-away PostgreSQL with the product's own settings, and a bank in it as the loader would have left it."""

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from infra.database.bootstrap import prepare
from infra.local.postgres import Cluster
from infra.settings import REPOSITORY, Settings
from tests.benchmarks.bank import Bank

LONG_AGO = date(2023, 12, 31)
"""The day of the one file of clients, stores and codes."""


class BuildFailed(RuntimeError):
    """dbt did not do its work; the message holds the end of what it said."""


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


@contextmanager
def warehouse(folder: Path | None = None) -> Iterator["Warehouse"]:
    """An empty migrated warehouse of a cluster that is gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="lyra-bench-", dir=folder))
    home.chmod(0o755)  # PostgreSQL runs as another user when the bench runs as root
    settings = Settings(home=home, port_base=_free_port() - 3, database_url=None, secrets_dir=None)
    settings.secrets.generate_missing()
    server = Cluster(home / "postgres" / "data", settings.port("postgres"), settings.secrets["postgres_password"])
    server.start()
    try:
        prepare(settings)
        yield Warehouse(settings, home)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True)
class Warehouse:
    """Where the bench's bank lies."""

    settings: Settings
    home: Path

    @property
    def url(self) -> str:
        return self.settings.url("warehouse")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def dbt(self, *arguments: str) -> float:
        """Run dbt; returns the seconds of wall clock. Raises BuildFailed."""
        return dbt(self.url, self.home, *arguments)

    def model_seconds(self) -> dict[str, float]:
        """Seconds of each model and test of the last dbt run, by name."""
        results = json.loads((self.home / "dbt" / "run_results.json").read_text())["results"]
        return {result["unique_id"].split(".")[2]: result["execution_time"] for result in results}


def dbt(url: str, home: Path, *arguments: str) -> float:
    """Run dbt on the warehouse at `url`; returns the seconds of wall clock. Raises BuildFailed."""
    given = psycopg.conninfo.conninfo_to_dict(url)
    names = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "database"}
    project = str(REPOSITORY / "dbt_project")
    begun = time.perf_counter()
    result = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *arguments, "--project-dir", project, "--profiles-dir", project],
        env={
            **os.environ,
            **{f"LYRA_PG_{name.upper()}": str(given[key]) for key, name in names.items()},
            "DBT_TARGET_PATH": str(home / "dbt"),
            "DBT_LOG_PATH": str(home / "dbt"),
        },
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        raise BuildFailed(result.stdout[-4000:])
    return time.perf_counter() - begun


def fill(house: Warehouse, bank: Bank, first_day: date | None = None, parquet: Path | None = None) -> None:
    """The bank's days from `first_day` on into raw, ingest and security; its facts also as Parquet, a file a month."""
    with psycopg.connect(house.url) as connection:
        connection.execute("insert into ingest.bank values (true, 'Bench', 'Проба', 'RUB', true, false)")
        _fill_reference(connection, bank)
        for month in bank.months(first_day):
            _fill_month(connection, month)
            connection.commit()
            if parquet:
                parquet.mkdir(exist_ok=True)
                pa.parquet.write_table(_facts(month, bank), parquet / f"{month['business_date'][0]}.parquet")
    with psycopg.connect(house.url, autocommit=True) as connection:
        connection.execute("analyze raw.transactions, raw.store_spellings, raw.clients, ingest.files, ingest.file_days")
    if parquet:
        stores = bank.stores
        pa.parquet.write_table(
            pa.table(
                {
                    "store_id": stores.store_id,
                    "city_code": stores.city_code,
                    "legal_group": [
                        group or f"store:{store}"
                        for group, store in zip(stores.legal_group, stores.store_id.tolist(), strict=True)
                    ],
                }
            ),
            parquet / "stores.parquet",
        )


def _fill_reference(connection: psycopg.Connection, bank: Bank) -> None:
    stores = bank.stores
    folder = REPOSITORY / "infra/ingest/reference"
    with open(folder / "categories.csv", encoding="utf-8") as file:
        categories = list(csv.reader(file, delimiter=";"))[1:]
    _copy_versions(connection, "raw.categories", "category_code, name_en, name_ru, category_group", categories)
    with open(folder / "mcc.csv", encoding="utf-8") as file:
        codes = [(row["mcc"], row["description"], row["category_code"]) for row in csv.DictReader(file, delimiter=";")]
    _copy_versions(connection, "raw.mcc", "mcc, description, category_code", codes)
    spellings = zip(stores.spelling_id.tolist(), stores.merchant_name, stores.city_spelling, strict=True)
    _copy_rows(connection, "raw.store_spellings", list(spellings))
    chained = [
        (name, name.title(), group)
        for name, group in zip(stores.merchant_name, stores.legal_group, strict=True)
        if group is not None
    ]
    _copy_versions(connection, "raw.stores", "merchant_name, store_name, legal_group", chained)
    for number, group in enumerate(sorted({group for _, _, group in chained})):
        connection.execute(
            "insert into security.tenants (name, legal_group, login, role_name) values (%s, %s, %s, %s)",
            [group, group, f"login{number}", f"t_{number:012x}"],
        )
    described = [
        (customer, ("SOC", "STD", "PRM")[row % 3], "FM"[row % 2], 18 + row % 60, "YN"[row % 2], "R")
        for row, customer in enumerate(bank.customers.customer_id.tolist())
    ]
    columns = "customer_id, bank_category, gender, age, marital_status, residency"
    _copy_versions(connection, "raw.clients", columns, described)


def _fill_month(connection: psycopg.Connection, month: pa.Table) -> None:
    days = month.group_by(["file_id", "business_date"], use_threads=False)
    totals = days.aggregate([("amount", "count"), ("amount", "sum")]).to_pylist()
    connection.execute(
        "select raw.ensure_months('raw.transactions', %s, %s)",
        [totals[0]["business_date"], totals[-1]["business_date"]],
    )
    files = [
        (row["file_id"], str(row["file_id"]), row["business_date"], row["amount_count"], row["amount_sum"])
        for row in totals
    ]
    for file_id, name, day, rows, amount in files:
        connection.execute(
            "insert into ingest.files (file_id, sha256, kind, name, byte_count, covers_from, covers_until, rows_read, "
            "rows_loaded, rows_quarantined, rows_repeated, amount_loaded, status) overriding system value "
            "values (%s, %s, 'transactions', %s, 0, %s, %s, %s, %s, 0, 0, %s, 'loaded')",
            [file_id, name, name, day, day, rows, rows, amount],
        )
        connection.execute("insert into ingest.file_days values (%s, %s, %s, %s)", [file_id, day, rows, amount])
    raw = month.drop_columns(["store_id"])
    lines = BytesIO()
    pa.csv.write_csv(raw, lines, pa.csv.WriteOptions(include_header=False))
    with connection.cursor().copy(f"copy raw.transactions ({', '.join(raw.column_names)}) from stdin csv") as copy:
        copy.write(lines.getbuffer())
    say(f"filled {month['business_date'][0]}, {len(month):,} rows")


def _copy_versions(connection: psycopg.Connection, table: str, columns: str, rows: list[Any]) -> None:
    """Rows as they were described once, on the first day."""
    stated = [(*row, LONG_AGO, LONG_AGO) for row in rows]
    _copy_rows(connection, f"{table} ({columns}, valid_from, last_stated)", stated)


def _copy_rows(connection: psycopg.Connection, target: str, rows: list[Any]) -> None:
    with connection.cursor().copy(f"copy {target} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _facts(month: pa.Table, bank: Bank) -> pa.Table:
    """The columns of marts.fct_transactions that a roll-up needs."""
    category = dict(zip(bank.stores.mcc.tolist(), bank.stores.category_code, strict=True))
    codes = month["mcc"].combine_chunks().dictionary_encode()
    categories = [category[code] for code in codes.dictionary.to_pylist()]
    category_code = pa.DictionaryArray.from_arrays(codes.indices, categories)
    return pa.table(
        {
            "business_date": month["business_date"],
            "customer_id": month["customer_id"],
            "store_id": month["store_id"],
            "category_code": category_code.cast(pa.string()),
            "amount": month["amount"],
            "is_refund": pa.compute.less(month["amount"], pa.scalar(0)),
        }
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
