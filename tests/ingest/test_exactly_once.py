"""Twice is once; a corrected file takes the place of its days; a killed load leaves everything as it was."""

import os
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import psycopg

from infra.ingest import LoadReport, load_file
from infra.settings import REPOSITORY
from tests.ingest.conftest import KEY, Load, Write, amounts_by_day, assert_manifest_holds, row, state

D = Decimal


def test_loading_the_same_file_twice_changes_nothing(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    path = write("transactions_2025-01-01.csv", [row("2025-01-01"), row("2025-01-01")])
    first = load(path)
    before = state(warehouse)
    second = load(path)
    assert (first.status, second.status) == ("loaded", "unchanged")
    assert second.rows_loaded == first.rows_loaded == 2  # equal rows of one file are distinct purchases
    assert second.days == ()
    assert state(warehouse) == before


def test_the_same_bytes_under_another_name_change_nothing(load: Load, write: Write) -> None:
    rows = [row("2025-01-01")]
    load(write("a.csv", rows))
    assert load(write("b.csv", rows)).status == "unchanged"


def test_a_corrected_file_takes_the_place_of_its_days(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    load(write("transactions_2025-01-01_2025-01-31.csv", [row("2025-01-01"), row("2025-01-02")]))
    load(write("transactions_2025-02-01.csv", [row("2025-02-01")]))
    report = load(write("corrected_2025-01-01_2025-01-31.csv", [row("2025-01-01", "7.00")]))
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("7.00")], "2025-02-01": [D("10.00")]}
    assert [str(day) for day in report.days] == ["2025-01-01", "2025-01-02"]
    statuses = warehouse.execute("select status from ingest.files order by file_id").fetchall()
    assert statuses == [("superseded",), ("loaded",), ("loaded",)]
    assert_manifest_holds(warehouse)


def test_late_rows_are_added_and_go_with_their_file(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    load(write("transactions_2025-01-01.csv", [row("2025-01-01")]))
    load(write("transactions_2025-01-02.csv", [row("2025-01-02"), row("2025-01-01", "3.00")]))
    assert amounts_by_day(warehouse)["2025-01-01"] == [D("3.00"), D("10.00")]
    load(write("again_2025-01-01.csv", [row("2025-01-01", "11.00")]))  # its days only: the late row is another file's
    assert amounts_by_day(warehouse)["2025-01-01"] == [D("3.00"), D("11.00")]
    report = load(write("again_2025-01-02.csv", [row("2025-01-02", "4.00")]))
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("11.00")], "2025-01-02": [D("4.00")]}
    assert [str(day) for day in report.days] == ["2025-01-01", "2025-01-02"]
    assert_manifest_holds(warehouse)


def test_an_overlapping_file_replaces_only_the_days_that_both_cover(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    load(write("transactions_2025-01-01_2025-01-03.csv", [row(f"2025-01-0{day}", f"{day}.00") for day in (1, 2, 3)]))
    load(write("transactions_2025-01-03_2025-01-04.csv", [row("2025-01-03", "33.00"), row("2025-01-04", "44.00")]))
    assert amounts_by_day(warehouse) == {
        "2025-01-01": [D("1.00")],
        "2025-01-02": [D("2.00")],
        "2025-01-03": [D("33.00")],
        "2025-01-04": [D("44.00")],
    }
    assert_manifest_holds(warehouse)


def test_a_file_without_days_in_its_name_covers_the_days_that_occur(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    load(write("first.csv", [row("2025-01-01"), row("2025-01-02"), row("2025-01-20")]))
    load(write("second.csv", [row("2025-01-01", "1.00"), row("2025-01-20", "2.00")]))
    assert amounts_by_day(warehouse) == {
        "2025-01-01": [D("1.00")],
        "2025-01-02": [D("10.00")],  # within the span of the second file, but no day of it
        "2025-01-20": [D("2.00")],
    }


def test_going_back_to_an_older_file_is_loading_it_again(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    older = write("older_2025-01-01.csv", [row("2025-01-01")])
    load(older)
    load(write("newer_2025-01-01.csv", [row("2025-01-01", "2.00")]))
    assert load(older).status == "loaded"
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("10.00")]}


def test_a_file_some_of_whose_days_were_replaced_is_loaded_again(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    third, fourth = (write(f"of_2025-01-0{day}.csv", [row(f"2025-01-0{day}", "1.00")]) for day in (3, 4))
    both = write("both_2025-01-03_2025-01-04.csv", [row("2025-01-03", "2.00"), row("2025-01-04", "2.00")])
    for path in (third, fourth, both, third, fourth):
        assert load(path).status == "loaded"
    assert amounts_by_day(warehouse) == {"2025-01-03": [D("1.00")], "2025-01-04": [D("1.00")]}
    assert load(both).status == "loaded"
    assert amounts_by_day(warehouse) == {"2025-01-03": [D("2.00")], "2025-01-04": [D("2.00")]}
    assert load(both).status == "unchanged"
    assert_manifest_holds(warehouse)


def test_what_only_lies_in_a_folder_does_not_come_back(
    load: Load, write: Write, warehouse: psycopg.Connection, tmp_path: Path
) -> None:
    month = write("a_2025-01-01_2025-01-31.csv", [row("2025-01-01", "1.00"), row("2025-01-02", "1.00")])
    day = write("b_2025-01-01.csv", [row("2025-01-01", "2.00")])
    corrected = write("c_2025-01-01.csv", [row("2025-01-01", "3.00")])
    undated = [write(f"stores_{n}.csv", [f"SHOP;Shop {n}"], header="MerchantName;StoreName") for n in (1, 2)]
    folder = tmp_path / "parts_2025-01-02"
    folder.mkdir()
    for name in ("1.csv", "2.csv"):
        write(f"{folder.name}/{name}", [row("2025-01-02", f"{name[0]}.00")])
    (folder / "_SUCCESS").touch()
    newest = write("z_2025-01-02.csv", [row("2025-01-02", "9.00")])
    everything = [month, day, corrected, *undated, folder, newest]
    for path in everything:
        assert load(path, looked_through=True).status == "loaded"
    before = state(warehouse)
    for path in everything:
        assert load(path, looked_through=True).status == "unchanged"
    assert state(warehouse) == before
    os.utime(day, (0, 0))  # sent once more
    assert load(day, looked_through=True).status == "loaded"
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("2.00")], "2025-01-02": [D("9.00")]}
    assert load(month).status == "loaded"  # and a file that is named is loaded, wherever it lies
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("1.00")], "2025-01-02": [D("1.00")]}
    assert_manifest_holds(warehouse)


def test_a_load_killed_half_way_leaves_everything_as_it_was(
    load: Load, write: Write, warehouse: psycopg.Connection, warehouse_url: str
) -> None:
    load(write("transactions_2025-01-01.csv", [row("2025-01-01")]))
    before = state(warehouse)
    path = write("corrected_2025-01-01.csv", [row("2025-01-01", "5.00")] * 1000)
    with psycopg.connect(warehouse_url) as blocker:  # the victim stops before it may delete anything, or in the middle
        blocker.execute("lock table raw.transactions in share mode")
        victim = subprocess.Popen(
            [sys.executable, "-c", _LOAD, warehouse_url, str(path)], cwd=REPOSITORY, env={**os.environ}
        )
        _wait_until(lambda: _waits_for_a_lock(blocker))
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    _wait_until(lambda: _is_alone(warehouse))
    assert state(warehouse) == before
    assert load(path).status == "loaded"
    assert amounts_by_day(warehouse) == {"2025-01-01": [D("5.00")] * 1000}


def test_two_loads_at_once_wait_for_each_other(
    write: Write, warehouse: psycopg.Connection, warehouse_url: str, tmp_path: Path
) -> None:
    paths = [write(f"transactions_{name}_2025-01-01.csv", [row("2025-01-01", f"{name}.00")]) for name in (1, 2, 3)]
    reports: list[LoadReport] = []
    threads = [
        threading.Thread(target=lambda path=path: reports.append(load_file(warehouse_url, path, pseudonym_key=KEY)))
        for path in [*paths, paths[0]]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 4
    assert len(amounts_by_day(warehouse)["2025-01-01"]) == 1  # the last of them, not a mixture
    assert_manifest_holds(warehouse)


_LOAD = f"""
import sys
from pathlib import Path
from infra.ingest import load_file
load_file(sys.argv[1], Path(sys.argv[2]), pseudonym_key={KEY!r})
"""


def _waits_for_a_lock(connection: psycopg.Connection) -> bool:
    waiting = connection.execute(
        "select 1 from pg_locks where not granted and relation = 'raw.transactions'::regclass "
    ).fetchone()
    return waiting is not None


def _is_alone(connection: psycopg.Connection) -> bool:
    connection.rollback()
    others = connection.execute(
        "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
        "and state is not null and backend_type = 'client backend'"
    ).fetchone()
    return others is None


def _wait_until(condition: object) -> None:
    deadline = time.monotonic() + 30
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.05)
