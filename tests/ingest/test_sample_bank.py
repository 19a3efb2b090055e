"""The sample bank knows what it broke and whom it changed: the quarantine and the versions must hold just that."""

from pathlib import Path

import pandas as pd
import psycopg
import pyarrow as pa

from infra.ingest import load_file, load_source_folder
from infra.ingest.parse import Text
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.source_folder import files_of
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


def test_the_lists_of_clients_give_the_versions_of_the_truth_in_any_order(
    warehouse: psycopg.Connection, warehouse_url: str, tmp_path: Path
) -> None:
    make_sample_bank(tmp_path / "bank", "small")
    lists = [path for path, kind in files_of(tmp_path / "bank") if kind == "clients"]
    assert len(lists) == 2
    for path in reversed(lists):
        assert load_file(warehouse_url, path, pseudonym_key=KEY).status == "loaded"
    said = pd.concat(
        pd.read_csv(path, sep=";", encoding="cp1251", dtype=str, keep_default_na=False).assign(day=path.stem[-10:])
        for path in lists
    )
    known = said[(said != "").all(axis=1)].groupby("cnum_").filter(lambda rows: len(rows) == len(lists))
    truth = pd.read_parquet(tmp_path / "bank" / "truth" / "client_versions.parquet")
    customers = Pseudonyms(KEY).of(Text(pa.array(truth["cnum"], pa.string()), None))
    expected = truth.assign(
        customer_id=customers,
        valid_from=truth["valid_from"].astype(str),
        marital_status=truth["is_married"].map({True: "Y", False: "N"}),
    )[truth["cnum"].isin(known["cnum_"])]
    columns = ["customer_id", "valid_from", "bank_category", "age", "marital_status"]
    with warehouse.cursor() as cursor:
        cursor.execute(
            "select customer_id, valid_from::text, bank_category, age, marital_status from raw.clients "
            "where customer_id = any(%s) order by 1, 2",
            [sorted(set(expected["customer_id"].tolist()))],
        )
        assert cursor.fetchall() == sorted(expected[columns].itertuples(index=False, name=None))
