"""A load that is killed by SIGKILL, at whatever moment, leaves the days as they were, and the next load goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from infra.settings import REPOSITORY
from tests.ingest.conftest import KEY, Write, assert_manifest_holds, row

KILLS = 10
ROWS = 6_000

WORKER = f"""
import sys
from pathlib import Path
from infra.ingest import load_file
print("ready", flush=True)
for name in sys.argv[2:]:
    load_file(sys.argv[1], Path(name), pseudonym_key={KEY!r})
print("done", flush=True)
"""


def test_ten_kills_at_random_moments_lose_nothing_and_double_nothing(
    write: Write, warehouse: psycopg.Connection, warehouse_url: str
) -> None:
    paths = bank_files(write)
    seconds = work(warehouse_url, paths, kill_after=None)
    assert seconds
    expected = content(warehouse)
    warehouse.execute(
        "truncate raw.transactions, raw.store_spellings, ingest.quarantine, ingest.file_days, ingest.files"
    )
    warehouse.commit()
    moments = random.Random(5)
    killed = 0
    while killed < KILLS:
        if work(warehouse_url, paths, kill_after=moments.uniform(0, seconds)):
            warehouse.execute("truncate raw.transactions, ingest.quarantine, ingest.file_days, ingest.files")
            warehouse.commit()
            continue
        killed += 1
        assert_manifest_holds(warehouse)
        assert warehouse.execute("select count(*) from ingest.files where status = 'loading'").fetchone() == (0,)
    assert work(warehouse_url, paths, kill_after=None)
    assert content(warehouse) == expected


def bank_files(write: Write) -> list[Path]:
    """Four days, a correction of one of them, and an overlapping export of two."""

    def day(number: int, amount: str, name: str = "") -> Path:
        lines = [row(f"2025-01-0{number}", amount, f"SHOP {n % 50}", f"C{n % 900}") for n in range(ROWS)]
        return write(f"{name or 'day'}_2025-01-0{number}.csv", lines)

    days = [day(number, "10.00") for number in range(1, 5)]
    both = [row(f"2025-01-0{3 + n % 2}", "7.00", f"SHOP {n % 50}", f"C{n % 900}") for n in range(ROWS)]
    return [*days, day(2, "11.00", "corrected"), write("both_2025-01-03_2025-01-04.csv", both)]


def work(url: str, paths: list[Path], kill_after: float | None) -> float | None:
    """Load all files in a process of its own; the seconds that it took, or None when it was killed before its end."""
    command = [sys.executable, "-c", WORKER, url, *map(str, paths)]
    with subprocess.Popen(command, cwd=REPOSITORY, env={**os.environ}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        begun = time.monotonic()
        if kill_after is not None:
            try:
                process.wait(kill_after)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
        return time.monotonic() - begun if process.stdout.readline() == "done\n" else None


def content(warehouse: psycopg.Connection) -> list[tuple[object, ...]]:
    """Rows by day, store and customer, and what is in force."""
    warehouse.rollback()
    return [
        *warehouse.execute(
            "select business_date, spelling_id, customer_id, count(*), sum(amount) from raw.transactions "
            "group by 1, 2, 3 order by 1, 2, 3"
        ).fetchall(),
        *warehouse.execute(
            "select name, rows_loaded from ingest.files where status = 'loaded' order by name"
        ).fetchall(),
        *warehouse.execute("select * from raw.store_spellings order by 1").fetchall(),
    ]
