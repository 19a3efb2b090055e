"""Control files, folders that are one delivery, several sources, and loading once more."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from infra.ingest import SourceFormat, UnknownFile
from tests.ingest.conftest import HEADER, Load, Write, amounts_by_day, assert_manifest_holds, row, state

D = Decimal
ROWS = [row("2025-01-01", "10.00"), row("2025-01-01", "-2.50")]
Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """folder(name, is_whole, a=[rows], …) makes a folder of files a.csv, …"""

    def made(name: str, *, is_whole: bool = True, **parts: list[str]) -> Path:
        path = tmp_path / name
        path.mkdir()
        for part, rows in parts.items():
            (path / f"{part}.csv").write_text("\n".join([HEADER, *rows, ""]))
        if is_whole:
            (path / "_SUCCESS").touch()
        return path

    return made


def test_a_file_that_is_what_its_control_file_says_is_loaded(load: Load, write: Write) -> None:
    path = write("a.csv", ROWS)
    path.with_name("a.csv.control").write_text("rows=2\namount=7,50\n")
    assert load(path, source=SourceFormat(control="required")).status == "loaded"


@pytest.mark.parametrize(("control", "says"), [("rows=3", "3 rows, the file has 2"), ("amount=7.51", "7.51")])
def test_a_file_that_is_not_what_its_control_file_says_is_refused(
    control: str, says: str, load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    path = write("a.csv", ROWS)
    path.with_name("a.csv.control").write_text(control)
    report = load(path)
    assert report.status == "refused"
    assert says in (report.reason or "")
    assert amounts_by_day(warehouse) == {}


@pytest.mark.parametrize("amount", ["x", "1.005", "1000000000000"])
def test_a_sum_is_not_compared_where_an_amount_cannot_be_told(amount: str, load: Load, write: Write) -> None:
    path = write("a.csv", [*ROWS * 20, row("2025-01-01", amount)])
    path.with_name("a.csv.control").write_text("rows=41\namount=1.00\n")
    assert load(path).quarantine_reasons


def test_the_sum_counts_rows_that_are_bad_for_another_reason(load: Load, write: Write) -> None:
    path = write("a.csv", [*ROWS * 20, row("no date", "3.00")])
    path.with_name("a.csv.control").write_text("rows=41\namount=153.00\n")
    assert load(path).rows_quarantined == 1


def test_a_file_waits_for_its_control_file_where_the_source_says_so(load: Load, write: Write) -> None:
    report = load(write("a.csv", ROWS), source=SourceFormat(control="required"))
    assert report.status == "refused"
    assert "control file is missing" in (report.reason or "")


def test_a_folder_waits_for_success_and_is_loaded_as_one(
    load: Load, folder: Folder, warehouse: psycopg.Connection
) -> None:
    days = {"a": [row("2025-01-01", "1.00")], "b": [row("2025-01-01", "2.00"), row("2025-01-02", "3.00")]}
    path = folder("export_2025-01-01_2025-01-02", is_whole=False, **days)
    with pytest.raises(UnknownFile, match="_SUCCESS"):
        load(path)
    (path / "_SUCCESS").touch()
    report = load(path)
    assert (report.file, report.rows_loaded, report.amount_loaded) == (path.name, 3, D("6.00"))
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("1.00"), D("2.00")], "2025-01-02": [D("3.00")]}
    assert load(path).status == "unchanged"
    load(folder("corrected_2025-01-01_2025-01-02", a=[row("2025-01-01", "7.00")], b=[row("2025-01-01", "8.00")]))
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("7.00"), D("8.00")]}
    assert_manifest_holds(warehouse)


def test_a_folder_with_one_bad_part_changes_nothing(
    load: Load, write: Write, folder: Folder, warehouse: psycopg.Connection
) -> None:
    load(write("good_2025-01-01.csv", ROWS))
    before = amounts_by_day(warehouse)
    report = load(folder("export_2025-01-01", a=[row("2025-01-01", "1.00")], b=["no date;1;1;CITY;SHOP;C"]))
    assert (report.status, report.file) == ("refused", "b.csv")
    assert amounts_by_day(warehouse) == before
    assert_manifest_holds(warehouse)


def test_a_part_that_was_loaded_alone_is_not_counted_twice(
    load: Load, folder: Folder, warehouse: psycopg.Connection
) -> None:
    path = folder("export", a=[row("2025-01-01", "1.00")], b=[row("2025-01-02", "2.00")])
    load(path / "a.csv")
    assert load(path).rows_loaded == 2
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("1.00")], "2025-01-02": [D("2.00")]}
    assert_manifest_holds(warehouse)


def test_sources_do_not_replace_each_others_days(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    cards, wallet = SourceFormat(name="cards"), SourceFormat(name="wallet")
    path = write("x_2025-01-01.csv", [row("2025-01-01", "1.00")])
    assert load(path, source=cards).status == load(path, source=wallet).status == "loaded"
    load(write("y_2025-01-01.csv", [row("2025-01-01", "3.00")]), source=wallet)
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("1.00"), D("3.00")]}
    assert warehouse.execute("select source, status from ingest.files order by file_id").fetchall() == [
        ("cards", "loaded"),
        ("wallet", "superseded"),
        ("wallet", "loaded"),
    ]
    assert_manifest_holds(warehouse)


def test_again_loads_a_known_file_once_more_in_its_own_place(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    path = write("x_2025-01-01_2025-01-31.csv", [row("2025-01-01", "1.00"), row("2025-01-02", "2.00")])
    load(path)
    before = amounts_by_day(warehouse)
    assert load(path, again=True).status == "loaded"
    assert amounts_by_day(warehouse) == before
    renamed = path.rename(path.with_name("x_2025-01-02.csv"))  # it covers less now, and is the same file none the less
    assert load(renamed, again=True).status == "loaded"
    assert amounts_by_day(warehouse) == before
    assert_manifest_holds(warehouse)


def test_a_late_row_of_two_overlapping_files_is_counted_once(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    late, other = row("2024-12-31", "5.00"), row("2024-12-31", "6.00")
    load(write("a_2025-01-01_2025-01-02.csv", [row("2025-01-01"), row("2025-01-02"), late, late, other]))
    report = load(write("b_2025-01-02_2025-01-03.csv", [row("2025-01-02", "2.00"), row("2025-01-03"), late]))
    assert amounts_by_day(warehouse) == {
        "2024-12-31": [D("5.00"), D("5.00"), D("6.00")],  # the first had two equal rows: the second of them stays
        "2025-01-01": [D("10.00")],
        "2025-01-02": [D("2.00")],
        "2025-01-03": [D("10.00")],
    }
    assert [str(day) for day in report.days] == ["2024-12-31", "2025-01-02", "2025-01-03"]
    assert_manifest_holds(warehouse)


def test_a_file_none_of_whose_rows_are_of_the_days_in_its_name_empties_nothing(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    load(write("a_2025-01-01.csv", ROWS))
    before = amounts_by_day(warehouse)
    report = load(write("b_2025-01-01.csv", [row("2025-02-01")]))
    assert report.status == "refused"
    assert amounts_by_day(warehouse) == before


def test_equal_parts_are_one_too_many(load: Load, folder: Folder, warehouse: psycopg.Connection) -> None:
    with pytest.raises(UnknownFile, match="same bytes"):
        load(folder("export", a=ROWS, b=ROWS))
    assert state(warehouse) == []
