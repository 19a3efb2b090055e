"""What is in quarantine can be listed, and leaves it when the file is loaded again under mended settings."""

from pathlib import Path

import psycopg
import pytest

from infra import quarantine
from infra.ingest import SourceFormat
from tests.ingest.conftest import HEADER, Load, Write, assert_manifest_holds, row, state

LINES = [f"{row('2025-01-01')};RUB"] * 40


def test_bad_rows_and_refused_files_are_listed_and_shown(load: Load, write: Write, warehouse_url: str) -> None:
    load(write("bad_2025-01-01.csv", [*[row("2025-01-01")] * 40, row("never"), row("2025-01-01", "x")]))
    load(write("worse_2025-01-02.csv", [row("2025-01-02"), row("never")]))
    refused, *bad = quarantine.entries(warehouse_url)
    assert (refused.name, refused.reason_code) == ("worse_2025-01-02.csv", "refused")
    assert "1 of 2 rows are bad" in refused.example
    assert [(entry.reason_code, entry.rows) for entry in bad] == [("amount_invalid", 1), ("date_invalid", 1)]
    (found,) = quarantine.bad_rows(warehouse_url, bad[0].file_id, "date_invalid", 5)
    assert (found.line_number, found.raw_text[:5]) == (42, "never")
    with pytest.raises(quarantine.NotInQuarantine, match="quarantine list"):
        quarantine.bad_rows(warehouse_url, 12345, None, 5)


def test_loading_again_after_a_mend_empties_the_quarantine(
    load: Load, write: Write, warehouse: psycopg.Connection, warehouse_url: str
) -> None:
    path = write("a_2025-01-01.csv", [*LINES, f"{row('2025-01-01')};USD", row("never") + ";RUB"], HEADER + ";currency")
    warehouse.execute("insert into ingest.bank values (true, 'B', 'Б', 'RUB', true, true)")
    warehouse.commit()
    assert load(path).quarantine_reasons == {"currency_other": 1, "date_invalid": 1}
    first_seen = [entry.first_seen_at for entry in quarantine.entries(warehouse_url)]
    paths, gone = quarantine.deliveries(quarantine.entries(warehouse_url))
    assert (paths, gone) == ([path], [])
    mended = SourceFormat(columns={"currency": "nothing"}, drop=("currency",))
    report = load(path, source=mended, again=True)
    assert (report.rows_loaded, report.quarantine_reasons) == (41, {"date_invalid": 1})
    (left,) = quarantine.entries(warehouse_url)
    assert left.first_seen_at in first_seen
    assert_manifest_holds(warehouse)
    before = state(warehouse)
    assert load(path).status == "unchanged"
    assert state(warehouse) == before


def test_a_file_that_is_gone_is_named(load: Load, write: Write, warehouse_url: str) -> None:
    path = write("a_2025-01-01.csv", [*[row("2025-01-01")] * 40, row("never")])
    load(path)
    path.unlink()
    paths, gone = quarantine.deliveries(quarantine.entries(warehouse_url))
    assert paths == []
    assert [entry.path for entry in gone] == [str(path)]


def test_a_part_of_a_folder_is_retried_with_its_folder(
    load: Load, write: Write, tmp_path: Path, warehouse_url: str
) -> None:
    folder = tmp_path / "2025-01-01"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    write("2025-01-01/part-0.csv", [row("2025-01-01")])
    write("2025-01-01/part-1.csv", [*[row("2025-01-01", "5.00")] * 40, row("never")])
    report = load(folder)
    assert (report.rows_read, report.rows_loaded, report.rows_quarantined) == (42, 41, 1)
    assert quarantine.deliveries(quarantine.entries(warehouse_url))[0] == [folder]
