"""A release of the figures about competitors for 20,000 stores, 35 categories and 12 months, and the next month's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Event, Thread

import psutil
import psycopg

from orchestration.benchmark_releases import append, plan, write_plan
from orchestration.months import month_of
from tests.benchmarks.warehouse import Warehouse, say, warehouse
from tests.privacy.compiled import prepare

FIRST = date(2025, 1, 1)
DIMENSIONS = """
insert into marts.dim_cities
select 'city ' || n, 'city ' || n, 'city ' || n, 'region ' || n %% 15, 'region ' || n %% 15
from generate_series(0, 39) as n;
insert into marts.dim_categories
select 'category ' || n, 'category ' || n, 'category ' || n, 'group ' || n %% 12 from generate_series(0, 34) as n;
create table marts.bench_cells as
select
    'city ' || floor(40 * pow(random(), 2)) as city_code,
    case when random() < 0.3 then 'chain ' || floor(200 * random()) else 'shop ' || store end as legal_group,
    floor(35 * random()) as main_category,
    exp(5 + random() + random() + random()) as size,
    store
from generate_series(1, %(stores)s) as store;
"""
"""Cities of falling size, a third of the stores in 200 chains."""

MONTH = """
insert into marts.fct_group_months
select
    %(month)s, city_code, 'category ' || category, legal_group, sum(receipts * bill), sum(receipts), 0, count(*),
    sum(ceil(receipts * 0.6)), sum(floor(receipts * 0.2)), sum(floor(receipts * 0.1)), {weekdays}, avg(bill) * 0.6,
    avg(bill), avg(bill) * 1.4
from (
    select
        city_code, legal_group, category, ceil(size / %(spread)s * (0.8 + 0.4 * random())) as receipts,
        round((300 + 40 * category * random())::numeric, 2) as bill
    from marts.bench_cells
    cross join generate_series(0, 34) as category
    where (category - main_category + 35)::integer %% 35 < %(spread)s
) as sales
group by city_code, category, legal_group
""".format(weekdays=", ".join(["sum(floor(receipts / 7))"] * 7))
"""`spread`: in how many of the 35 categories each store sells."""


@dataclass(frozen=True)
class Measured:
    """Seconds of plan, dbt and append together; the most memory that PostgreSQL's processes held, in bytes."""

    row_count: int
    """Of the roll-up's first twelve months."""
    figure_count: int
    seconds: float
    next_seconds: float
    peak_bytes: int
    rungs: dict[str, float]
    """Share of the viewers' cells by rung, and of the withheld ones by reason."""


def measure(stores: int = 20_000, spread: int = 2) -> Measured:
    """Release twelve months at once, then one more."""
    with warehouse() as house, psycopg.connect(house.url, autocommit=True) as connection:
        months = [month_of(FIRST, n) for n in range(13)]
        prepare(connection)
        connection.execute("select setseed(0.5)")
        psycopg.ClientCursor(connection).execute(DIMENSIONS, {"stores": stores})
        connection.execute("select raw.ensure_months('marts.fct_group_months', %s, %s)", [months[0], months[-1]])
        for month in months[:-1]:
            connection.execute(MONTH, {"month": month, "spread": spread})
        connection.execute("analyze marts.fct_group_months")
        with _peak_memory(house) as peak:
            seconds = _release(house, connection, months[:-1])
        row_count, figure_count = _counts(connection)
        connection.execute(MONTH, {"month": months[-1], "spread": spread})
        connection.execute("analyze marts.fct_group_months")
        next_seconds = _release(house, connection, months)
        say(f"{row_count:,} rows: {seconds:.0f} s, next month {next_seconds:.0f} s, {peak[0] / 2**20:.0f} MiB")
        return Measured(row_count, figure_count, seconds, next_seconds, peak[0], _shares(connection))


def _release(house: Warehouse, connection: psycopg.Connection, closed: list[date]) -> float:
    begun = time.perf_counter()
    write_plan(connection, plan(connection, closed))
    house.dbt("run", "--select", "lyra.benchmarks")
    append(connection, "bench", {})
    return time.perf_counter() - begun


def _counts(connection: psycopg.Connection) -> tuple[int, int]:
    row = connection.execute(
        "select (select count(*) from benchmarks.group_months), (select count(*) from benchmarks.peer_figures)"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _shares(connection: psycopg.Connection) -> dict[str, float]:
    rows = connection.execute(
        "select coalesce(reason_code, rung), count(*) / sum(count(*)) over () from benchmarks.peer_figures "
        "group by 1 order by 2 desc"
    )
    return {name: float(share) for name, share in rows}


@contextmanager
def _peak_memory(house: Warehouse) -> Iterator[list[int]]:
    """The most that the server's processes hold at once, shared pages once each, looked at every 100 ms."""
    pid = int((Path(house.home) / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0])
    peak, is_over = [0], Event()

    def watch() -> None:
        while not is_over.wait(0.1):
            held = 0
            for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
                try:
                    held += process.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            peak[0] = max(peak[0], held)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()
