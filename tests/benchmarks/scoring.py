"""Scoring of very many customers: how much memory and time it takes, and what the second day costs."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
from pyarrow import parquet

from infra.settings import REPOSITORY
from ml_assets.bench import PAGE, Say, write_between
from ml_assets.contest import ScoringModel, run_contest
from ml_assets.purchasing_power import QUESTION, ContestConfig
from orchestration.features import EVENT_TYPES
from orchestration.scoring import score
from tests.benchmarks.__main__ import machine
from tests.benchmarks.warehouse import warehouse

CUSTOMERS = 1_000_000
DAYS = 540
A_YEAR = 40
"""Rows of a customer, on average: days with a purchase in a category."""
TAUGHT = 3_000
"""Customers whom the models learn from; what scoring costs does not depend on it."""
LEARNERS = ("lightgbm", "encoder")
ACTIVE_SHARE = 0.05
"""Customers who buy on the second day."""
AS_OF = date(2026, 8, 31)
LIMIT = 2048
"""MiB."""


def bench_scoring(birmingham: Path | None, say: Say, is_written: bool, customers: int = CUSTOMERS) -> str:
    """The table of docs/models.md; each row is a process of its own, and a real PostgreSQL beside it."""
    lines = [
        "| model | day | customers scored | carried | rows added | seconds | peak memory, MiB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    with warehouse() as house, tempfile.TemporaryDirectory(dir=house.home) as name:
        folder = Path(name)
        days = {"first": AS_OF, f"second, {ACTIVE_SHARE:.0%} bought": AS_OF + timedelta(days=1)}
        for number, as_of in enumerate(days.values()):
            rows = write_histories(folder / f"{as_of}.parquet", customers, is_second=bool(number))
            say(f"scoring: {rows:,} rows of {customers:,} customers up to {as_of}")
        for version, learner in enumerate(LEARNERS, 1):
            _taught(learner).save(folder / learner)
            for day, as_of in days.items():
                told = _in_a_process(house.url, folder / learner, version, as_of, folder / f"{as_of}.parquet")
                say(f"scoring: {learner}, {day}: {told}")
                lines.append(
                    f"| {learner} | {day} | {told['scored']:,} | {told['carried']:,} | {told['rows_added']:,} "
                    f"| {told['seconds']:.0f} | **{told['peak_mib']:.0f}** |"
                )
    text = "\n".join(
        [
            *lines,
            "",
            f"{customers:,} customers with {rows:,} rows in {DAYS} days, on {machine()}. Target: ≤ {LIMIT:,} MiB.",
        ]
    )
    if is_written:
        write_between(PAGE, "scoring", text)
    return text


def write_histories(path: Path, customers: int, *, is_second: bool = False) -> int:
    """A snapshot of generated customers, sorted by their number; returns its rows. On the second day some have bought
    once more, the others are who they were."""
    rows = 0
    with parquet.ParquetWriter(path, pa.schema(list(EVENT_TYPES.items())), compression="zstd") as writer:
        for table in _histories(customers, is_second):
            writer.write_table(table)
            rows += table.num_rows
    return rows


def _histories(customers: int, is_second: bool) -> Iterator[pa.Table]:
    at_once = 50_000
    for begin in range(0, customers, at_once):
        count = min(at_once, customers - begin)
        random = np.random.default_rng([5, begin])
        mean = A_YEAR * DAYS / 365
        row_counts = random.poisson(random.gamma(1.0, mean, count))
        customer = np.repeat(np.arange(count), row_counts)
        level = random.lognormal(6, 0.6, count)
        day = random.integers(0, DAYS, len(customer))
        amount = (level[customer] * random.lognormal(0, 0.8, len(customer))).round(2)
        category = random.integers(0, 20, len(customer))
        if is_second:
            buyers = np.flatnonzero(np.random.default_rng([6, begin]).random(count) < ACTIVE_SHARE)
            customer, day = np.append(customer, buyers), np.append(day, np.full(len(buyers), DAYS))
            amount, category = np.append(amount, level[buyers].round(2)), np.append(category, buyers % 20)
        order = np.argsort(customer, kind="stable")
        yield pa.table(
            {
                "business_date": (np.datetime64(AS_OF) - (DAYS - 1) + day[order]).astype("datetime64[D]"),
                "customer_id": (begin + customer[order]) * 7919 + 1,
                "category_code": np.char.add("category_", category[order].astype(str)),
                "spend_amount": amount[order],
                "receipt_count": np.ones(len(order), np.int64),
            },
            schema=pa.schema(list(EVENT_TYPES.items())),
        )


def _taught(learner: str) -> ScoringModel:
    events = pd.concat([table.to_pandas() for table in _histories(TAUGHT, is_second=False)])
    config = ContestConfig(contenders=(learner,))
    little = replace(config.encoder, pretraining_epochs=1, epochs_at_most=1)
    return run_contest(QUESTION, events, AS_OF, replace(config, encoder=little)).contenders[0].model


def _in_a_process(url: str, model: Path, version: int, as_of: date, snapshot: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.scoring", url, str(model), str(version), str(as_of)]
    done = subprocess.run([*command, str(snapshot)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(url: str, model: str, version: str, as_of: str, snapshot: str) -> None:
    begun = time.perf_counter()
    loaded = ScoringModel.load(Path(model)).registered(int(version), "bench")
    with psycopg.connect(url, autocommit=True) as connection:
        scored = score(connection, "purchasing_power", loaded, date.fromisoformat(as_of), Path(snapshot))
    told = {
        **scored.as_metadata(),
        "seconds": time.perf_counter() - begun,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
