"""Files and days start runs, each state once."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from tests.orchestration.conftest import Chain


@pytest.fixture
def landing(chain: Chain) -> Iterator[Path]:
    folder = chain.settings.landing
    folder.mkdir(exist_ok=True)
    yield folder
    for path in folder.iterdir():
        path.unlink()


def drop(folder: Path, name: str, text: str = "x", age: float = 60) -> Path:
    path = folder / name
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return path


def look(cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    from orchestration.sensors import landing_folder

    found = landing_folder(dg.build_sensor_context(cursor=cursor))
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_a_new_file_is_asked_for_once(landing: Path) -> None:
    drop(landing, "transactions_2026-10-31.csv")
    first = look(None)
    assert isinstance(first, dg.SensorResult)
    assert len(first.run_requests or []) == 1
    assert isinstance(look(first.cursor), dg.SkipReason)


def test_a_file_that_was_written_again_is_asked_for_again(landing: Path) -> None:
    drop(landing, "transactions_2026-10-31.csv")
    first = look(None)
    assert isinstance(first, dg.SensorResult)
    drop(landing, "transactions_2026-10-31.csv", "longer")
    second = look(first.cursor)
    assert isinstance(second, dg.SensorResult)
    assert second.run_requests
    assert second.run_requests[0].run_key != (first.run_requests or [])[0].run_key


def test_a_file_that_is_still_written_to_is_waited_for(landing: Path) -> None:
    drop(landing, "transactions_2026-10-31.csv", age=0)
    assert isinstance(look(None), dg.SkipReason)


def test_days_are_left_to_the_command_that_is_about_to_compute_them(chain: Chain) -> None:
    from orchestration.resources import COMMAND_LOCK
    from orchestration.sensors import loaded_days

    with psycopg.connect(chain.url, autocommit=True) as command:
        command.execute("select pg_advisory_lock(%s)", [COMMAND_LOCK])
        waiting = loaded_days(dg.build_sensor_context())
    assert isinstance(waiting, dg.SkipReason)
    assert "under way" in str(waiting.skip_message)
