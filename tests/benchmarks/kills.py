"""Load and build, killed by SIGKILL at random moments and taken up again: the tables equal those of a run in peace."""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa

from infra.ingest import load_file
from infra.settings import REPOSITORY
from orchestration.ledger import close_days, pending_days
from orchestration.partitions import windows_of
from tests.benchmarks.bank import Bank
from tests.benchmarks.loading import HEADER, _append, exported
from tests.benchmarks.nightly import MARTS
from tests.benchmarks.warehouse import Warehouse, dbt, say, warehouse

DAYS, ROWS = 14, 60_000


@dataclass(frozen=True)
class Kills:
    """Where the kills fell; `differences`: tables that are not as they must be."""

    while_loading: int
    while_building: int
    differences: list[str]


def measure(kills: int = 100, seed: int = 7) -> Kills:
    """Kill the worker `kills` times; whenever it came to its end, a new bank is begun."""
    moments, fell = random.Random(seed), {"loading": 0, "building": 0}
    differences: list[str] = []
    with warehouse() as house:
        folder = house.home / "files"
        write_days(folder)
        begun = time.monotonic()
        assert work(house, folder, None) == "done"
        seconds = time.monotonic() - begun
        expected = digests(house)
        say(f"in peace: {seconds:.0f} s, {len(expected)} tables")
        _clear(house, expected)
        while sum(fell.values()) < kills:
            # Most of a worker's life is behind it when it is killed; otherwise none would ever come to its end.
            state = work(house, folder, moments.uniform(0, 1.2 * seconds))
            if state == "done":
                differences += _compare(house, expected)
                _clear(house, expected)
            else:
                fell[state] += 1
                say(f"kill {sum(fell.values())} while {state}")
        assert work(house, folder, None) == "done"
        differences += _compare(house, expected)
    return Kills(fell["loading"], fell["building"], differences)


def write_days(folder: Path) -> None:
    """An export a week, and corrections of two of them."""
    folder.mkdir()
    bank = Bank(ROWS, DAYS, store_count=1_000, customer_count=5_000)
    weeks: dict[int, list[pa.Table]] = {}
    for day, lines in exported(bank):
        weeks.setdefault((day - bank.first_day).days // 7, []).append(lines)
    for number, days in weeks.items():
        for name, share in ((f"{number}0_week", 1.0), *([(f"{number}5_corrected", 0.9)] if number % 2 else [])):
            table = pa.concat_tables(days)
            kept = table.filter(pa.array(np.random.default_rng(number).random(len(table)) < share))
            first, last = kept["purchdate"][0].as_py(), kept["purchdate"][-1].as_py()
            path = folder / f"{name}_{first}_{last}.csv"
            path.write_bytes(HEADER)
            _append(path, kept)


def work(house: Warehouse, folder: Path, kill_after: float | None) -> str:
    """Let a worker do what is left, and kill its process group after so many seconds: done, loading or building."""
    command = [sys.executable, "-m", "tests.benchmarks.kills", "--work", house.url, str(folder), str(house.home)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            said, _ = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
    lines = said.split()
    return lines[-1] if lines else "loading"


def do_the_work(url: str, folder: Path, home: Path) -> None:
    """Load each file that is not in force, then build the days that are pending, as the pipeline does."""
    with psycopg.connect(url, autocommit=True) as connection:
        for path in sorted(folder.iterdir()):
            print("loading", flush=True)
            if not _was_loaded(connection, path.name):
                load_file(url, path, pseudonym_key=b"bench")
            for window in windows_of(pending_days(connection)):
                print("building", flush=True)
                variables = f"{{window_start: '{window.start}', window_end: '{window.end}'}}"
                dbt(url, home, "build", *MARTS, "--exclude-resource-types", "unit_test", "test", "--vars", variables)
                close_days(connection, window, "bench")
    print("done", flush=True)


def _was_loaded(connection: psycopg.Connection, name: str) -> bool:
    found = connection.execute("select 1 from ingest.files where name = %s and status <> 'refused'", [name])
    return found.fetchone() is not None


def digests(house: Warehouse) -> dict[str, str]:
    """A digest of the rows of each table of raw and marts, in any order; file numbers and moments left out."""
    tables = house.query(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('raw', 'marts') "
        "and not exists (select from pg_inherits where inhrelid = format('%I.%I', schemaname, tablename)::regclass)"
    )
    return {
        table: house.query(
            "select md5(string_agg(row_digest, '' order by row_digest)) from "
            f"(select md5((to_jsonb(rows) - 'file_id')::text) as row_digest from {table} as rows) as digests"
        )[0][0]
        for (table,) in tables
    }


def _compare(house: Warehouse, expected: dict[str, str]) -> list[str]:
    found = digests(house)
    return [table for table in expected if found.get(table) != expected[table]]


def _clear(house: Warehouse, tables: Sequence[str] | dict[str, str]) -> None:
    own = ", ".join(tables)
    house.query(f"truncate {own}, ingest.quarantine, ingest.file_days, ingest.files, monitor.reconciled_days")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--work", nargs=3, metavar=("URL", "FOLDER", "HOME"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        url, folder, home = options.work
        do_the_work(url, Path(folder), Path(home))
    else:
        print(measure(options.kills))


if __name__ == "__main__":
    main()
