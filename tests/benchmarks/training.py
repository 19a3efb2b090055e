"""How long all models take to train on a sample bank: its files loaded, its marts built, and then the clock starts."""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from infra.ingest import load_source_folder
from infra.sample_bank import make_sample_bank
from ml_assets.bench import PAGE, Say, write_between
from ml_assets.histories import read_snapshot
from orchestration.features import (
    CUSTOMER_EVENTS,
    DEMAND_SERIES,
    EVENT_TYPES,
    SERIES_TYPES,
    STORE_VISITS,
    VISIT_TYPES,
    newest_day,
    write_snapshot,
)
from tests.benchmarks.__main__ import machine
from tests.benchmarks.nightly import build_all
from tests.benchmarks.warehouse import Warehouse, warehouse

SIZES = {"small": 180, "demo": 600}
"""By size of the sample bank: the seconds that training of everything may take on two cores."""

Train = Callable[[], Any]


def bench_training(birmingham: Path | None, say: Say, is_written: bool) -> str:
    """The table of docs/models.md: seconds of each question's contest, with all contenders and the defaults."""
    found = {}
    for size in SIZES:
        with warehouse() as house, tempfile.TemporaryDirectory() as folder:
            say(f"training: the sample bank {size} is made and loaded")
            found[size] = seconds_by_question(_snapshots(house, Path(folder), size), say)
    text = "\n".join([as_table(found), "", f"Measured on {machine()}."])
    if is_written:
        write_between(PAGE, "training", text)
    return text


def as_table(found: dict[str, dict[str, float]]) -> str:
    lines = ["| seconds | " + " | ".join(f"bank `{size}`" for size in found) + " |", "| --- " * (1 + len(found)) + "|"]
    for name in next(iter(found.values())):
        lines.append(f"| {name} | " + " | ".join(f"{seconds[name]:.0f}" for seconds in found.values()) + " |")
    totals = [f"**{sum(seconds.values()):.0f}**" for seconds in found.values()]
    lines += [f"| all | {' | '.join(totals)} |", f"| target | {' | '.join(f'≤ {SIZES[size]}' for size in found)} |"]
    return "\n".join(lines)


def seconds_by_question(snapshots: tuple[date, dict[str, Path]], say: Say) -> dict[str, float]:
    """Reading of the snapshot included, logging to MLflow not."""
    seconds = {}
    for name, train in _trainings(*snapshots, say):
        begun = time.perf_counter()
        train()
        seconds[name] = time.perf_counter() - begun
        say(f"training: {name} took {seconds[name]:.0f} s")
    return seconds


def _trainings(as_of: date, paths: dict[str, Path], say: Say) -> Iterator[tuple[str, Train]]:
    from ml_assets import category_priority, demand, purchasing_power, retention
    from ml_assets.contest import run_contest
    from ml_assets.segments import fit_segments

    def events() -> pd.DataFrame:
        return read_snapshot(paths["customer_events"]).events

    def visits() -> pd.DataFrame:
        return retention.units_of(pd.read_parquet(paths["store_visits"])).events

    spend, returns = purchasing_power.ContestConfig(), retention.ContestConfig()
    yield "purchasing power", lambda: run_contest(purchasing_power.QUESTION, events(), as_of, spend, say)
    yield "retention", lambda: run_contest(retention.QUESTION, visits(), as_of, returns, say)
    yield (
        "category priority",
        lambda: category_priority.run_contest(events(), as_of, category_priority.ContestConfig(), say),
    )
    series = paths["demand_series"]
    yield (
        "demand",
        lambda: demand.run_contest(demand.read_series(series), as_of, demand.DemandConfig(country="RU"), say),
    )
    yield "segments", lambda: fit_segments(events(), as_of)


def _snapshots(house: Warehouse, folder: Path, size: str) -> tuple[date, dict[str, Path]]:
    """The newest day, and the snapshots by name, taken as Dagster takes them."""
    make_sample_bank(folder / "bank", size)
    load_source_folder(house.url, folder / "bank", pseudonym_key=b"only for the bench")
    queries = {
        "customer_events": (CUSTOMER_EVENTS.format(people=""), EVENT_TYPES),
        "store_visits": (STORE_VISITS.format(people=""), VISIT_TYPES),
        "demand_series": (DEMAND_SERIES, SERIES_TYPES),
    }
    with psycopg.connect(house.url, autocommit=True) as connection:
        _let_in(connection, folder / "bank" / "tenants.csv")
        build_all(house)
        for name, (query, types) in queries.items():
            write_snapshot(connection, query, types, folder / f"{name}.parquet")
        return newest_day(connection), {name: folder / f"{name}.parquet" for name in queries}


def _let_in(connection: psycopg.Connection, tenants: Path) -> None:
    """Their rows are enough here: nobody logs in."""
    for number, line in enumerate(tenants.read_bytes().decode("windows-1251").splitlines()[1:]):
        name, group, language, login = line.split(";")
        connection.execute(
            "insert into security.tenants (name, legal_group, language, login, role_name) values (%s, %s, %s, %s, %s)",
            [name, group, language, login, f"t_{number:012x}"],
        )
