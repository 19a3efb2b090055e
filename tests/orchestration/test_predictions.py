"""Predictions are appended, and the same ones only once."""

from datetime import date

import pandas as pd
import psycopg

from orchestration.predict import append_scoring

SCORES = pd.DataFrame(
    {
        "as_of": date(2026, 1, 31), "horizon_days": 30, "customer_id": [1, 2], "expected_amount": [10.5, 20.0],
        "p10_amount": [1.0, 2.0], "p50_amount": [9.0, 19.0], "p90_amount": [30.0, 40.0],
        "model_name": "purchasing-power", "model_version": 1, "run_id": "r",
    }
)  # fmt: skip


def rows(connection: psycopg.Connection) -> tuple[int, int]:
    found = connection.execute(
        "select count(*), count(distinct scored_at) from predictions.purchasing_power"
    ).fetchone()
    assert found is not None
    return found[0], found[1]


def test_the_same_scoring_twice_is_written_once(warehouse: psycopg.Connection) -> None:
    warehouse.autocommit = True
    assert append_scoring(warehouse, "purchasing_power", SCORES) == 2
    assert append_scoring(warehouse, "purchasing_power", SCORES) == 0
    assert rows(warehouse) == (2, 1)


def test_a_scoring_on_corrected_data_stands_beside_the_old_one(warehouse: psycopg.Connection) -> None:
    warehouse.autocommit = True
    append_scoring(warehouse, "purchasing_power", SCORES)
    assert append_scoring(warehouse, "purchasing_power", SCORES.assign(expected_amount=[11.0, 20.0])) == 2
    assert rows(warehouse) == (4, 2)


def test_a_missing_store_is_written_as_null(warehouse: psycopg.Connection) -> None:
    warehouse.autocommit = True
    demand = pd.DataFrame(
        {
            "as_of": [date(2026, 1, 31)], "legal_group": ["g"], "city_code": ["*"], "category_code": ["*"],
            "store_id": pd.array([None], dtype="Int64"), "grain_code": ["day"], "period_start": [date(2026, 2, 1)],
            "expected_amount": [5.0], "p10_amount": [4.0], "p25_amount": [4.5], "p75_amount": [5.5],
            "p90_amount": [6.0], "p95_amount": [6.0], "model_name": ["demand"],
            "model_version": [1], "run_id": ["r"],
        }
    )  # fmt: skip
    assert append_scoring(warehouse, "demand", demand) == 1
    assert append_scoring(warehouse, "demand", demand) == 0
    assert warehouse.execute("select store_id from predictions.demand").fetchall() == [(None,)]
