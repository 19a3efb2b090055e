"""What the pipeline writes down about itself in schema `monitor`: which days are computed, what may be published.

Runs are driven by this state, not by memory: a killed run leaves its days pending, and the next takes them up.
"""

from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from orchestration.partitions import Window


@dataclass(frozen=True)
class Release:
    """One publication of the serving tables."""

    release_id: int
    published_at: datetime
    loaded_until: date | None
    predicted_as_of: date | None


def pending_days(connection: psycopg.Connection) -> list[date]:
    """Days that were loaded, changed or taken away since marts were last computed for them; oldest first."""
    return [day for (day,) in connection.execute("select business_date from monitor.pending_days order by 1")]


def reopen_days(connection: psycopg.Connection, window: Window) -> None:
    """From here on the window's days count as not computed, until `close_days` says otherwise."""
    connection.execute(
        "delete from monitor.reconciled_days where business_date >= %s and business_date < %s",
        [window.start, window.end],
    )


def close_days(connection: psycopg.Connection, window: Window, run_id: str) -> int:
    """Write down that marts hold the window's days as they are in raw; returns the number of days with rows."""
    with connection.transaction():
        reopen_days(connection, window)
        connection.execute(
            "insert into monitor.reconciled_days (business_date, file_id, row_count, amount, dagster_run_id) "
            "select business_date, file_id, row_count, amount, %s from ingest.file_days "
            "where business_date >= %s and business_date < %s",
            [run_id, window.start, window.end],
        )
    row = connection.execute(
        "select count(distinct business_date) from monitor.reconciled_days "
        "where business_date >= %s and business_date < %s",
        [window.start, window.end],
    ).fetchone()
    return row[0] if row else 0


def withdraw_candidate(connection: psycopg.Connection) -> None:
    """The tables of serving_candidate are about to change: until they are tested again nothing may be published."""
    connection.execute("delete from monitor.candidate")


def approve_candidate(connection: psycopg.Connection, run_id: str) -> None:
    connection.execute(
        "insert into monitor.candidate (dagster_run_id) values (%s) "
        "on conflict (is_only_row) do update "
        "set dagster_run_id = excluded.dagster_run_id, tested_at = clock_timestamp()",
        [run_id],
    )


def last_release(connection: psycopg.Connection) -> Release | None:
    row = connection.execute(
        "select release_id, published_at, loaded_until, predicted_as_of from monitor.releases order by 1 desc limit 1"
    ).fetchone()
    return Release(*row) if row else None


def is_published(connection: psycopg.Connection) -> bool:
    """Is there nothing loaded, computed or let in as a tenant since the last release?"""
    row = connection.execute(
        "select (select max(published_at) from monitor.releases) >= greatest("
        "(select max(reconciled_at) from monitor.reconciled_days), "
        "(select max(scored_at) from predictions.scorings where question = 'purchasing_power'), "
        "(select max(loaded_at) from ingest.files where status = 'loaded'), "
        "(select max(created_at) from security.tenants))"
    ).fetchone()
    return bool(row and row[0])


def loaded_until(connection: psycopg.Connection) -> date | None:
    """The newest business date of the loaded files."""
    row = connection.execute("select max(business_date) from ingest.file_days").fetchone()
    return row[0] if row else None


def has_champion(connection: psycopg.Connection) -> bool:
    """Was a purchasing-power model ever put in charge? Without one a run has to train first."""
    row = connection.execute("select exists(select from predictions.deployments where model_name = 'purchasing-power')")
    found = row.fetchone()
    return bool(found and found[0])
