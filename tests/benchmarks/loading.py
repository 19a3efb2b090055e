"""The exactly-once load of a bank's file, beside a bare COPY of the same rows; and the memory that it takes."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from infra.settings import REPOSITORY
from tests.benchmarks.bank import Bank
from tests.benchmarks.warehouse import Warehouse, say, warehouse

HEADER = b"purchdate;amount;mcc;mrchcity;mrchname;cnum\n"
BAD_SHARE = 0.001
CLEARED = "truncate raw.transactions, raw.store_spellings, ingest.quarantine, ingest.file_days, ingest.files"

WORKER = """
import json, sys, time
from pathlib import Path
from infra.ingest import load_file
begun = time.perf_counter()
report = load_file(sys.argv[1], Path(sys.argv[2]), pseudonym_key=b"bench")
seconds = time.perf_counter() - begun
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps({"seconds": seconds, "status": report.status, "rows": report.rows_loaded,
                  "bad": report.rows_quarantined, "memory": int(peak) * 1024}))
"""
"""`ru_maxrss` would begin with the memory of the process that started this one."""


@dataclass(frozen=True)
class Loading:
    """Seconds of each round, and rows; the ratio of a kind is the median of the rounds' bare COPY ÷ load."""

    rows: int
    bare: dict[str, list[float]] = field(default_factory=dict)
    ours: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, kind: str) -> float:
        pairs = zip(self.bare[kind], self.ours[kind], strict=True)
        return statistics.median(bare / ours for bare, ours in pairs)


def measure(rows: int = 3_000_000, rounds: int = 3) -> Loading:
    """Clean, with one bad row in a thousand, and with two connections (two halves of the days, at once).

    One load goes before, untimed: a server's first makes the write-ahead log's files, which later ones use again.
    """
    result = Loading(rows)
    bank = Bank(rows, day_count=60)
    with warehouse() as house:
        files = {kind: house.home / f"{kind}.csv" for kind in ("clean", "bad", "first", "second")}
        write_files(bank, files["clean"], files["bad"], (files["first"], files["second"]))
        load_at_once(house, [files["clean"]], rows)
        for number in range(rounds):
            for kind, loaded in {
                "clean": [files["clean"]],
                "bad": [files["bad"]],
                "two": [files["first"], files["second"]],
            }.items():
                result.bare.setdefault(kind, []).append(bare_copy(house, files["clean"]))
                result.ours.setdefault(kind, []).append(load_at_once(house, loaded, rows))
                say(
                    f"round {number + 1}, {kind}: bare COPY {result.bare[kind][-1]:.2f} s, "
                    f"load {result.ours[kind][-1]:.2f} s"
                )
    return result


def measure_memory(sizes: tuple[int, ...] = (10_000_000, 50_000_000)) -> dict[int, int]:
    """Bytes of the loader's resident memory at its highest, by rows of the file."""
    peaks = {}
    with warehouse() as house:
        for rows in sizes:
            path = house.home / "large.csv"
            write_files(Bank(rows, day_count=731), path)
            _clear(house)
            peaks[rows] = _load(house, path)["memory"]
            say(f"{rows:,} rows: {peaks[rows] / 2**20:.0f} MiB")
    return peaks


def write_files(bank: Bank, clean: Path, bad: Path | None = None, halves: tuple[Path, Path] | None = None) -> None:
    """The bank's export as one file, with every thousandth row broken, and as two files of half the days each."""
    rng = np.random.default_rng(3)
    outputs = [path for path in (clean, bad, *(halves or ())) if path]
    for path in outputs:
        path.write_bytes(HEADER)
    for day, lines in exported(bank):
        _append(clean, lines)
        if bad:
            wrong = pa.array(rng.random(len(lines)) < BAD_SHARE)
            _append(bad, lines.set_column(0, "purchdate", pc.if_else(wrong, "2025-02-31", lines["purchdate"])))
        if halves:
            _append(halves[(day - bank.first_day).days * 2 >= bank.day_count], lines)
    os.sync()  # else the system would write them out during a load


def exported(bank: Bank) -> Iterator[tuple[Any, pa.Table]]:
    """(day, its lines) in the columns of the contract."""
    stores = bank.stores
    order = np.argsort(stores.spelling_id)
    names, cities = pa.array(stores.merchant_name), pa.array(stores.city_spelling)
    for month in bank.months():
        place = pa.array(order[np.searchsorted(stores.spelling_id[order], month["spelling_id"].to_numpy())])
        lines = pa.table(
            {
                "purchdate": month["business_date"].cast(pa.string()).combine_chunks(),
                "amount": month["amount"].cast(pa.string()),
                "mcc": month["mcc"],
                "mrchcity": cities.take(place),
                "mrchname": names.take(place),
                "cnum": pa.array(month["customer_id"].to_numpy() % 10**12).cast(pa.string()),
            }
        )
        days = month["business_date"].to_numpy()
        for day in np.unique(days):
            first, beyond = np.searchsorted(days, [day, day + np.timedelta64(1, "D")])
            yield day.astype(object), lines.slice(first, beyond - first)


def _append(path: Path, lines: pa.Table) -> None:
    options = pacsv.WriteOptions(include_header=False, delimiter=";", quoting_style="none")
    with path.open("ab") as file:
        pacsv.write_csv(lines, file, options)


def bare_copy(house: Warehouse, path: Path) -> float:
    """Seconds that COPY takes to put the file's bytes, as they are, into an unlogged table of the same columns."""
    with psycopg.connect(house.url) as connection:
        connection.execute(
            "create unlogged table raw.bare (purchdate date, amount numeric(18, 2), mcc integer, mrchcity text, "
            "mrchname text, cnum text)"
        )
        connection.commit()
        begun = time.perf_counter()
        command = "copy raw.bare from stdin (format csv, header, delimiter ';')"
        with path.open("rb") as file, connection.cursor().copy(command) as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
        connection.commit()
        seconds = time.perf_counter() - begun
        connection.execute("drop table raw.bare")
    return seconds


def load_at_once(house: Warehouse, paths: list[Path], rows: int) -> float:
    """Seconds of the slowest of the loads, each in a process and over a connection of its own."""
    _clear(house)
    with ThreadPoolExecutor(len(paths)) as pool:
        reports = list(pool.map(lambda path: _load(house, path), paths))
    assert sum(report["rows"] + report["bad"] for report in reports) == rows
    return float(max(report["seconds"] for report in reports))


def _clear(house: Warehouse) -> None:
    house.query(CLEARED)
    with psycopg.connect(house.settings.admin_url, autocommit=True) as admin:
        admin.execute("checkpoint")


def _load(house: Warehouse, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-c", WORKER, house.url, str(path)]
    result = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    report: dict[str, Any] = json.loads(result.stdout)
    assert report["status"] == "loaded", report
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="of the loader, at 10 and 50 million rows")
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(measure_memory()))
        return
    loading = measure(options.rows, options.rounds)
    print(json.dumps({**asdict(loading), "ratios": {kind: loading.ratio(kind) for kind in loading.ours}}, indent=1))


if __name__ == "__main__":
    main()
