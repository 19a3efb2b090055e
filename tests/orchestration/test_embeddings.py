"""Embeddings are written for whom there is something new, once, and nobody outside the pipeline may read them."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from infra.settings import REPOSITORY
from orchestration.embeddings import Points, customer_embeddings, customers_due, keep
from orchestration.resources import Warehouse

DAY = date(2026, 3, 31)
MODEL = ("purchasing-power", 5)


@pytest.fixture
def bank(warehouse: psycopg.Connection) -> psycopg.Connection:
    """Customers 1 and 2 bought lately, 3 long ago, 4 only brought something back."""
    warehouse.autocommit = True
    warehouse.execute(
        "create table marts.all_days partition of marts.fct_customer_category_days default; "
        "insert into marts.fct_customer_category_days values "
        "('2026-03-31', 1, 'fuel', 5, 1, 0), ('2026-02-01', 2, 'fuel', 5, 1, 0), "
        "('2025-10-01', 3, 'fuel', 5, 1, 0), ('2026-03-01', 4, 'fuel', -5, 0, 5)"
    )
    computed(warehouse, DAY, date(2026, 2, 1))
    return warehouse


def computed(connection: psycopg.Connection, *days: date) -> None:
    for day in days:
        connection.execute(
            "insert into monitor.reconciled_days values (%s, 1, 1, 1, 'run') "
            "on conflict (business_date, file_id) do update set reconciled_at = clock_timestamp()",
            [day],
        )


def written(connection: psycopg.Connection, as_of: date = DAY, version: int = 5) -> list[int]:
    """Customers who were due, once they are written with points of their own."""
    asked_at, due = customers_due(connection, as_of, 90, MODEL[0], version)
    points = np.column_stack([due, np.full(len(due), 0.5)]).astype(np.float32)
    parts = ((due[k : k + 1], points[k : k + 1]) for k in range(len(due)))
    assert keep(connection, as_of, MODEL[0], version, asked_at, parts) == len(due)
    return due.tolist()


def test_only_who_has_new_purchases_is_written_again(bank: psycopg.Connection) -> None:
    assert written(bank) == [1, 2], "the active customers"
    assert written(bank) == [], "nothing is new"
    tomorrow = DAY + timedelta(days=1)
    bank.execute("insert into marts.fct_customer_category_days values (%s, 1, 'fuel', 7, 1, 0)", [tomorrow])
    computed(bank, tomorrow)
    assert written(bank, tomorrow) == [1]
    computed(bank, date(2026, 2, 1))
    assert written(bank, tomorrow) == [2], "a day of his was corrected"
    found = bank.execute("select customer_id, as_of, embedding from predictions.customer_embeddings order by 1, 2")
    assert found.fetchall() == [
        (1, DAY, [1.0, 0.5]), (1, tomorrow, [1.0, 0.5]), (2, DAY, [2.0, 0.5]), (2, tomorrow, [2.0, 0.5]),
    ]  # fmt: skip


def test_a_day_twice_is_a_day_once_and_a_new_encoder_writes_all_anew(bank: psycopg.Connection) -> None:
    written(bank)
    computed(bank, DAY)
    assert written(bank) == [1], "in place of his row of the same day"
    assert written(bank, version=6) == [1, 2]
    left = bank.execute("select customer_id, model_version from predictions.customer_embeddings order by 1")
    assert left.fetchall() == [(1, 6), (2, 6)], "points of two encoders cannot be compared"


def test_a_part_that_fails_leaves_what_was_written_before(bank: psycopg.Connection) -> None:
    written(bank)
    moment, due = customers_due(bank, DAY, 90, MODEL[0], 6)

    def parts() -> Iterator[Points]:
        yield due[:1], np.ones((1, 2), np.float32)
        raise ValueError("unreadable")

    with pytest.raises(ValueError, match="unreadable"):
        keep(bank, DAY, MODEL[0], 6, moment, parts())
    assert bank.execute("select distinct model_version from predictions.customer_embeddings").fetchall() == [(5,)]


def test_where_nobody_is_due_no_model_is_loaded(bank: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow comes with it."""
    written(bank)
    monkeypatch.setattr("orchestration.embeddings.newest_day", lambda _: DAY)
    monkeypatch.setattr("ml_assets.contest.registry.newest_version_or_none", lambda *_: MODEL[1])
    monkeypatch.setattr("orchestration.embeddings._points", lambda *_: pytest.fail("somebody is embedded"))
    house = Warehouse()
    house._connection = bank
    asset: Any = customer_embeddings.op.compute_fn
    result = asset.decorated_fn(None, house, None)
    assert result.metadata["dagster/row_count"] == 0


def test_asking_for_the_version_loads_no_network_library() -> None:
    told = subprocess.run(
        [
            sys.executable, "-c",
            "import sys, orchestration.embeddings, ml_assets.contest.registry, ml_assets.purchasing_power; "
            "print({'tensorflow', 'keras'} & set(sys.modules))",
        ],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == "set()"


@pytest.mark.parametrize("role", ["bi_tenant", "bi_gate", "bi_staff"])
def test_nobody_who_looks_at_pages_may_read_an_embedding(warehouse: psycopg.Connection, role: str) -> None:
    asked = "select has_table_privilege(%s, 'predictions.customer_embeddings', 'select')"
    assert warehouse.execute(asked, [role]).fetchone() == (False,)
