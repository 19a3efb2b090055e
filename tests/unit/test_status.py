"""What `lyra status` calls red, yellow and good."""

import json
from datetime import date

import psycopg
import pytest
from dagster_postgres.event_log import PostgresEventLogStorage
from dagster_postgres.run_storage import PostgresRunStorage

from infra.cli.status import _show_sources
from infra.freshness import SourceFreshness, freshness_of
from infra.local.observe import Run, StackStatus, _dagster
from infra.settings import Settings, sqlalchemy_url

OVERDUE = freshness_of("atm", [date(2026, 10, 26), date(2026, 10, 29)], date(2026, 10, 30))
FRESH = freshness_of("bank", [date(2026, 10, 30)], date(2026, 10, 30))
FAILED = Run("r", "upkeep", "FAILURE", None, None, None)


def status(*sources: SourceFreshness, upkeep: Run | None = None) -> StackStatus:
    return StackStatus([], None, None, None, list(sources), None, upkeep, [], [])


def test_an_overdue_source_is_red_and_a_hole_is_not() -> None:
    assert status(FRESH, freshness_of("atm", [date(2026, 10, 26), date(2026, 10, 30)], date(2026, 10, 30))).is_good
    assert not status(FRESH, OVERDUE).is_good


def test_failed_upkeep_is_red() -> None:
    assert not status(FRESH, upkeep=FAILED).is_good


def test_programs_get_every_source_with_its_days_and_holes() -> None:
    atm, bank = json.loads(status(OVERDUE, FRESH).as_json())["sources"]
    assert (atm["loaded_until"], atm["due_day"], atm["is_overdue"]) == ("2026-10-29", "2026-10-30", True)
    assert atm["holes"] == [{"first": "2026-10-27", "last": "2026-10-28", "day_count": 2}]
    assert bank["holes"] == []


def test_people_get_the_overdue_day_the_holes_and_where_sources_part(capsys: pytest.CaptureFixture[str]) -> None:
    _show_sources([OVERDUE, FRESH])
    said = " ".join(capsys.readouterr().out.split())
    assert "Source atm: loaded until 2026-10-29, OVERDUE: 2026-10-30 should have come" in said
    assert "HOLES atm: 2 days missing: 2026-10-27 … 2026-10-28 (2 days)" in said
    assert "Complete until 2026-10-29 only: atm ends there" in said


def test_the_hourly_look_and_upkeep_do_not_stand_in_for_the_last_run(cluster: Settings) -> None:
    url = sqlalchemy_url(cluster.url("dagster"))
    PostgresRunStorage.create_clean_storage(url)
    PostgresEventLogStorage.create_clean_storage(url)
    with psycopg.connect(cluster.url("dagster")) as connection:
        for number, job in enumerate(("refresh", "upkeep", "freshness", "freshness")):
            connection.execute(
                "insert into runs (run_id, pipeline_name, status, run_body) values (%s, %s, 'SUCCESS', '')",
                [f"{number}", job],
            )
        for check in ("is_fresh", "predictions_are_sane"):
            connection.execute(
                "insert into asset_check_executions (asset_key, check_name, execution_status, run_id) "
                "values ('[\"a\"]', %s, 'FAILED', '0')",
                [check],
            )
    runs, red = _dagster(cluster)
    assert (runs["pipeline"].job, runs["upkeep"].job) == ("refresh", "upkeep")
    assert [check.check for check in red] == ["predictions_are_sane"]
