"""Any split, order, repetition and kill point of the same purchases gives the same tables as one clean load."""

import contextlib
import itertools
import tempfile
from pathlib import Path

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.ingest import load_file
from tests.ingest.conftest import KEY, assert_manifest_holds
from tests.ingest.deliveries import BEFORE, DAY_COUNT, Export, Purchase, exports, purchases, written

CLEARED = "truncate raw.transactions, raw.store_spellings, ingest.quarantine, ingest.file_days, ingest.files"
CONTENT = (
    "select business_date, amount, mcc, customer_id, merchant_name, city, count(*) from raw.transactions "
    "join raw.store_spellings using (spelling_id) group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4"
)


class Killed(Exception):
    """Raised in the middle of a load."""


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bought=purchases(), order=exports(), kills=st.sets(st.integers(0, 8)), base_at=st.integers(0, 5))
def test_any_split_order_repetition_and_kill_point_gives_the_same_tables(
    warehouse_url: str,
    warehouse: psycopg.Connection,
    bought: list[Purchase],
    order: list[Export],
    kills: set[int],
    base_at: int,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = written(
            folder / f"earlier_{BEFORE[0]}_{BEFORE[1]}", [Purchase(0, True, cents, 1).line for cents in (8, 9)], "csv"
        )
        clean = Export(0, DAY_COUNT - 1, 1, "csv").write(_made(folder / "clean"), bought)
        expected = _loaded(warehouse_url, warehouse, [base, clean], set())
        written_once = {export: export.write(_made(folder / str(n)), bought) for n, export in enumerate(set(order))}
        paths = [written_once[export] for export in order]
        paths.insert(base_at, base)
        assert _loaded(warehouse_url, warehouse, paths, kills) == expected
        assert_manifest_holds(warehouse)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _loaded(url: str, warehouse: psycopg.Connection, paths: list[Path], kills: set[int]) -> list[tuple[object, ...]]:
    """What raw holds after the paths were loaded into an empty warehouse; a load of `kills` breaks off first."""
    warehouse.execute(CLEARED)
    warehouse.commit()
    for number, path in enumerate(paths):
        if number in kills:
            _break_off(url, path, number)
        report = load_file(url, path, pseudonym_key=KEY)
        assert report.status in ("loaded", "unchanged"), report.reason
    rows = warehouse.execute(CONTENT).fetchall()
    warehouse.rollback()
    return rows


def _break_off(url: str, path: Path, number: int) -> None:
    blocks = itertools.count()

    def kill(_name: str, _share: float) -> None:
        if next(blocks) == number % 2:
            raise Killed

    with contextlib.suppress(Killed):
        load_file(url, path, pseudonym_key=KEY, on_progress=kill)
