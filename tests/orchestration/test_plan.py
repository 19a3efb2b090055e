"""What runs next is read off the warehouse."""

from datetime import date

import psycopg
import pytest

from orchestration.ledger import close_days, pending_days
from orchestration.partitions import Window
from orchestration.plan import Due, chosen_days, state_key, what_is_due


@pytest.fixture
def ledger(warehouse: psycopg.Connection) -> psycopg.Connection:
    """One file with three days: two neighbours and one months later; none is computed."""
    warehouse.autocommit = True
    load(warehouse, "a", "2026-01-01", "2026-01-02", "2026-06-01")
    return warehouse


def load(connection: psycopg.Connection, sha256: str, *days: str) -> None:
    connection.execute(
        "insert into ingest.files (sha256, kind, name, byte_count, rows_read, rows_loaded, rows_quarantined, "
        "rows_repeated, amount_loaded, status) values (%s, 'transactions', 'x.csv', 1, 1, 1, 0, 0, 5, 'loaded')",
        [sha256],
    )
    for day in days:
        connection.execute("delete from ingest.file_days where business_date = %s", [day])
        connection.execute("insert into ingest.file_days select max(file_id), %s, 1, 5 from ingest.files", [day])


def deploy(connection: psycopg.Connection) -> None:
    connection.execute(
        "insert into predictions.deployments (model_name, model_version, learner, alias, run_id, as_of, metrics, "
        "reason, deployed_by) values ('purchasing-power', 1, 'rate', 'champion', 'r', '2026-01-01', '{}', '', '')"
    )


WINTER, SUMMER = Window(date(2026, 1, 1), date(2026, 1, 3)), Window(date(2026, 6, 1), date(2026, 6, 2))


def test_far_apart_days_are_computed_apart_and_published_once(ledger: psycopg.Connection) -> None:
    assert what_is_due(ledger) == [Due("compute_days", WINTER), Due("refresh_and_train", SUMMER)]


def test_a_champion_is_not_trained_again_unless_asked(ledger: psycopg.Connection) -> None:
    deploy(ledger)
    assert what_is_due(ledger)[-1] == Due("refresh", SUMMER)
    assert what_is_due(ledger, train=True)[-1] == Due("refresh_and_train", SUMMER)


def test_a_computed_day_is_due_no_more_until_its_file_is_corrected(ledger: psycopg.Connection) -> None:
    close_days(ledger, Window(date(2026, 1, 1), date(2027, 1, 1)), "run")
    assert pending_days(ledger) == []
    load(ledger, "b", "2026-01-02")
    assert pending_days(ledger) == [date(2026, 1, 2)]


def test_a_day_that_lost_its_rows_is_due(ledger: psycopg.Connection) -> None:
    close_days(ledger, Window(date(2026, 1, 1), date(2027, 1, 1)), "run")
    ledger.execute("delete from ingest.file_days where business_date = '2026-06-01'")
    assert pending_days(ledger) == [date(2026, 6, 1)]


def test_new_categories_make_every_day_due(ledger: psycopg.Connection) -> None:
    close_days(ledger, Window(date(2026, 1, 1), date(2027, 1, 1)), "run")
    ledger.execute(
        "insert into ingest.files (sha256, kind, name, byte_count, rows_read, rows_loaded, rows_quarantined, "
        "rows_repeated, amount_loaded, status) values ('m', 'mcc', 'mcc.csv', 1, 1, 1, 0, 0, 0, 'loaded')"
    )
    assert len(pending_days(ledger)) == 3


def test_a_late_list_of_clients_makes_the_days_from_its_own_due_and_the_first_list_every_day(
    ledger: psycopg.Connection,
) -> None:
    for listed, due in (("2026-03-01", 3), ("2026-04-01", 1), ("2026-07-01", 0), ("2025-12-01", 3)):
        close_days(ledger, Window(date(2026, 1, 1), date(2027, 1, 1)), "run")
        assert pending_days(ledger) == []
        ledger.execute(
            "insert into ingest.files (sha256, kind, name, byte_count, covers_until, rows_read, rows_loaded, "
            "rows_quarantined, rows_repeated, amount_loaded, status) "
            "values (%s, 'clients', 'clients.csv', 1, %s, 1, 1, 0, 0, 0, 'loaded')",
            [listed, listed],
        )
        assert len(pending_days(ledger)) == due, listed


def test_a_chosen_day_does_not_leave_other_days_behind(ledger: psycopg.Connection) -> None:
    assert chosen_days(ledger, SUMMER) == [Due("compute_days", WINTER), Due("refresh_and_train", SUMMER)]


def test_computed_but_unpublished_is_due_and_published_is_not(ledger: psycopg.Connection) -> None:
    close_days(ledger, Window(date(2026, 1, 1), date(2027, 1, 1)), "run")
    assert what_is_due(ledger) == [Due("refresh_and_train", SUMMER)]
    ledger.execute("insert into monitor.releases (table_count, row_count, dagster_run_id) values (1, 1, 'r')")
    assert what_is_due(ledger) == []


def test_one_state_has_one_key(ledger: psycopg.Connection) -> None:
    due = what_is_due(ledger)[0]
    before = state_key(ledger, due)
    assert state_key(ledger, due) == before
    load(ledger, "c", "2026-01-02")
    assert state_key(ledger, due) != before
