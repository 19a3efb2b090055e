"""A day turns red in Dagster when its hour passes, and nothing else waits for it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import psycopg
import pytest

from tests.unit.test_freshness import deliver

NOON = datetime(2026, 10, 31, 9, tzinfo=UTC)  # 12:00 in Moscow


@pytest.fixture
def living_bank(
    environment: dict[str, str], warehouse_url: str, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> psycopg.Connection:
    """A warehouse of its own, whose bank sends yesterday's file by noon; the last came for 29 October 2026."""
    monkeypatch.setenv("LYRA_PG_DATABASE", urlsplit(warehouse_url).path[1:])
    warehouse.autocommit = True
    warehouse.execute("insert into ingest.bank values (true, 'B', 'Б', 'RUB', true, true)")
    warehouse.execute("insert into ingest.sources values ('bank', '12:00', 'Europe/Moscow')")
    deliver(warehouse, "bank", "2026-10-27", "2026-10-29")
    return warehouse


def results() -> dict[str, dg.AssetCheckEvaluation]:
    """Of the job that looks, as Dagster keeps them."""
    from orchestration.definitions import lyra

    run = lyra().resolve_job_def("freshness").execute_in_process(raise_on_error=False)
    assert run.success, "a check that is red does not fail the run"
    return {each.check_name: each for each in run.get_asset_check_evaluations()}


def text(value: Any) -> str:
    return str(value.value)


def test_an_overdue_source_is_an_error_that_blocks_nothing(living_bank: psycopg.Connection) -> None:
    fresh = results()["is_fresh"]
    assert (fresh.passed, fresh.severity, fresh.blocking) == (False, dg.AssetCheckSeverity.ERROR, False)
    assert text(fresh.metadata["overdue"]) == "bank"
    assert "| bank | 2026-10-29 |" in text(fresh.metadata["sources"])


def test_a_hole_is_a_warning_with_its_days(living_bank: psycopg.Connection) -> None:
    whole = results()["no_day_is_missing"]
    assert (whole.passed, whole.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "| bank | 2026-10-28 | 2026-10-28 | 1 |" in text(whole.metadata["holes"])


def test_both_are_green_for_a_closed_history_without_holes(living_bank: psycopg.Connection) -> None:
    living_bank.execute("update ingest.bank set is_live = false")
    deliver(living_bank, "bank", "2026-10-28")
    assert all(each.passed for each in results().values())


def test_a_red_source_is_seen_while_a_long_run_holds_the_right_to_write(living_bank: psycopg.Connection) -> None:
    from orchestration.resources import WRITERS_LOCK

    living_bank.execute("select pg_advisory_lock(%s)", [WRITERS_LOCK])
    assert not results()["is_fresh"].passed


def test_the_hour_is_looked_at_again_only_when_something_changed(living_bank: psycopg.Connection) -> None:
    from orchestration.monitor import state_of_sources

    before = state_of_sources(living_bank, NOON - timedelta(hours=2))
    assert state_of_sources(living_bank, NOON - timedelta(hours=1)) == before
    overdue = state_of_sources(living_bank, NOON)
    assert overdue != before, "no file came, and the hour passed"
    deliver(living_bank, "bank", "2026-10-30")
    assert state_of_sources(living_bank, NOON) not in (before, overdue)


def test_a_load_is_judged_in_its_own_run(environment: dict[str, str]) -> None:
    from orchestration.definitions import lyra

    checks = {key.name for key in lyra().resolve_job_def("ingest").asset_layer.asset_graph.asset_check_keys}
    assert {"is_fresh", "no_day_is_missing"} <= checks
