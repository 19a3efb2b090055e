"""Small files of the bank, and the loader with one key."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.ingest import LoadReport, load_file

KEY = b"only for tests"
HEADER = "purchdate;amount;mcc;mrchcity;mrchname;cnum"

Load = Callable[..., LoadReport]
Write = Callable[..., Path]


@pytest.fixture
def load(warehouse_url: str) -> Load:
    """load_file into the fresh warehouse."""
    return lambda path, **more: load_file(warehouse_url, path, pseudonym_key=KEY, **more)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write(name, rows, header=…, encoding=…) makes a file of lines."""

    def made(name: str, rows: Sequence[str], header: str = HEADER, encoding: str = "utf-8", end: str = "\n") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(line + end for line in (header, *rows)).encode(encoding))
        return path

    return made


def row(day: str, amount: str = "10.00", merchant: str = "SHOP", customer: str = "C1") -> str:
    return f"{day};{amount};5411;MOSKVA;{merchant};{customer}"


def state(warehouse: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Everything that a load may change, but for file numbers and moments."""
    warehouse.rollback()
    return [
        *warehouse.execute(
            "select name, line_number, business_date, purchased_at, amount, mcc, city, merchant_name, customer_id "
            "from raw.transactions join ingest.files using (file_id) join raw.store_spellings using (spelling_id) "
            "order by 1, 2"
        ).fetchall(),
        *warehouse.execute("select name, status, rows_loaded from ingest.files order by file_id").fetchall(),
        *warehouse.execute(
            "select name, business_date, row_count, amount from ingest.file_days "
            "join ingest.files using (file_id) order by 1, 2"
        ).fetchall(),
        *warehouse.execute("select line_number, reason_code from ingest.quarantine order by 1").fetchall(),
    ]


def amounts_by_day(warehouse: psycopg.Connection) -> dict[str, list[Decimal]]:
    warehouse.rollback()
    return dict(
        warehouse.execute(
            "select business_date::text, array_agg(amount order by amount) from raw.transactions group by 1"
        ).fetchall()
    )


def assert_manifest_holds(warehouse: psycopg.Connection) -> None:
    """file_days is what raw holds, and every loaded file's rows add up."""
    warehouse.rollback()
    in_raw = warehouse.execute(
        "select file_id, business_date, count(*), sum(amount) from raw.transactions group by 1, 2 order by 1, 2"
    ).fetchall()
    in_manifest = warehouse.execute(
        "select file_id, business_date, row_count, amount from ingest.file_days order by 1, 2"
    ).fetchall()
    assert in_raw == in_manifest
    assert warehouse.execute(
        "select count(*) from ingest.files where status <> 'refused' "
        "and rows_read <> rows_loaded + rows_quarantined + rows_repeated"
    ).fetchone() == (0,)
