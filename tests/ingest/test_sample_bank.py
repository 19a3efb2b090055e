"""The sample bank knows what it broke: the quarantine must hold these lines and no others."""

from pathlib import Path

import pandas as pd
import psycopg

from infra.ingest import load_source_folder
from infra.sample_bank.make import make_sample_bank
from tests.ingest.conftest import KEY, assert_manifest_holds


def test_the_quarantine_is_exactly_what_the_sample_bank_broke(
    warehouse: psycopg.Connection, warehouse_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "bank"
    make_sample_bank(folder, "small")
    reports = load_source_folder(warehouse_url, folder, pseudonym_key=KEY)
    assert {report.status for report in reports} == {"loaded"}
    dirt = pd.read_parquet(folder / "truth" / "dirt.parquet")
    broken = dirt[dirt.kind.str.startswith("broken:")]
    found = warehouse.execute(
        "select name, line_number from ingest.quarantine join ingest.files using (file_id)"
    ).fetchall()
    assert set(found) == set(zip(broken.file, broken.line_number, strict=True))
    late = warehouse.execute(
        "select count(*) from raw.transactions join ingest.files using (file_id) "
        "where business_date not between covers_from and covers_until"
    ).fetchone()
    assert late == (int((dirt.kind == "late_row").sum()),)
    assert_manifest_holds(warehouse)
