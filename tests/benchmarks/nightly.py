"""One night, at the end of a long and of a short history of the same bank; and one corrected day amid 24 months."""

import argparse
import json
import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import psycopg

from infra.database.reconciliation import CHECKS, days_that_differ, files_that_do_not_add_up
from tests.benchmarks.bank import LAST_DAY, Bank
from tests.benchmarks.warehouse import Warehouse, fill, say, warehouse

MARTS = ["--exclude", "lyra.serving", "source:predictions.*+"]
"""What Dagster's asset `marts` runs."""
NOT_UNIT_TESTS = ["--exclude-resource-type", "unit_test"]


@dataclass(frozen=True)
class Nights:
    """Seconds of wall clock of a night's dbt build with its tests and the reconciliation, by rows of history."""

    seconds: dict[int, list[float]]
    step_seconds: dict[int, dict[str, float]]
    """Of each model and test, in the last round."""

    @property
    def ratio(self) -> float:
        """Longest history by shortest: the median of the rounds' ratios."""
        rounds = zip(self.seconds[max(self.seconds)], self.seconds[min(self.seconds)], strict=True)
        return statistics.median(long / short for long, short in rounds)


@dataclass(frozen=True)
class Correction:
    """Rows that a corrected day wrote, by table, and the days or months that the run left untouched but rewrote."""

    day: date
    rows_written: dict[str, int]
    rows_outside: dict[str, int]
    """Rewritten rows of other days (daily tables) or other months (monthly tables): none."""


def measure(rows: int = 50_000_000, shorter_by: int = 10, rounds: int = 3) -> Nights:
    """The night of LAST_DAY after 24 months of `rows` purchases, and after the last of them: rows / shorter_by."""
    bank = Bank(rows)
    starts = {rows: bank.first_day, rows // shorter_by: LAST_DAY - timedelta(days=bank.day_count // shorter_by - 1)}
    seconds: dict[int, list[float]] = {size: [] for size in starts}
    steps: dict[int, dict[str, float]] = {}
    with ExitStack() as stack:
        houses = {size: stack.enter_context(warehouse()) for size in starts}
        for size, house in houses.items():
            fill(house, bank, starts[size])
            say(f"{size:,} rows: built in {build_all(house):.0f} s")
        for number in range(rounds):
            for size, house in houses.items():
                seconds[size].append(night(house, LAST_DAY))
                steps[size] = house.model_seconds()
                say(f"round {number + 1}, {size:,} rows: {seconds[size][-1]:.1f} s")
    return Nights(seconds, steps)


def measure_correction(rows: int = 10_000_000, day: date = date(2024, 12, 18)) -> Correction:
    """Compute one day again amid 24 months, and see by the rows' transaction numbers what was written."""
    with warehouse() as house:
        fill(house, Bank(rows))
        build_all(house)
        before = house.query("select pg_current_xact_id()::xid::text::bigint")[0][0]
        night(house, day)
        written, outside = {}, {}
        for table, column in windowed_tables(house):
            own = f"{column} = '{day if column == 'business_date' else day.replace(day=1)}'"
            young = f"xmin::text::bigint > {before}"
            written[table], outside[table] = house.query(
                f"select count(*), count(*) filter (where not {own}) from marts.{table} where {young}"
            )[0]
            say(f"{table}: {written[table]:,} rows written, {outside[table]:,} of them of other days or months")
    return Correction(day, written, outside)


def windowed_tables(house: Warehouse) -> list[tuple[str, str]]:
    """The tables that are replaced by window, and the column of the window."""
    manifest = json.loads((house.home / "dbt" / "manifest.json").read_text())
    nodes = manifest["nodes"].values()
    found = [(node["name"], node["config"]["meta"]["window"][0]) for node in nodes if "window" in _meta(node)]
    return sorted((table, column) for table, column in found if column != "before_month")


def _meta(node: dict[str, dict[str, dict[str, object]]]) -> dict[str, object]:
    return node["config"].get("meta") or {}


def build_all(house: Warehouse) -> float:
    return house.dbt("build", *MARTS, "--exclude-resource-types", "unit_test", "test")


def night(house: Warehouse, day: date) -> float:
    """What Dagster's night does with the marts: build and test the day's window, then reconcile it."""
    beyond = day + timedelta(days=1)
    window = {"window_start": day.isoformat(), "window_end": beyond.isoformat()}
    seconds = house.dbt("build", *NOT_UNIT_TESTS, *MARTS, "--vars", json.dumps(window))
    begun = time.perf_counter()
    with psycopg.connect(house.url) as connection:
        wrong = files_that_do_not_add_up(connection, day, beyond)
        wrong += [line for check in CHECKS for line in days_that_differ(connection, day, beyond, check)]
    if wrong:
        raise RuntimeError("; ".join(wrong))
    return seconds + time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--correction", action="store_true", help="count the rows that one corrected day rewrites")
    given = parser.parse_args()
    if given.correction:
        print(json.dumps(asdict(measure_correction(given.rows)), indent=2, default=str))
        return
    found = measure(given.rows, rounds=given.rounds)
    json.dump({**asdict(found), "ratio": found.ratio}, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
