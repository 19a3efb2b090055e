"""All serving tables in one transaction, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from orchestration.ledger import pending_days
from orchestration.wall import faults_of_the_wall


class PublicationRefused(RuntimeError):
    """Something is not as it must be: `serving` was left as it is. The message lists every point."""


@dataclass(frozen=True)
class Release:
    """What was published."""

    release_id: int
    rows: dict[str, int]
    loaded_until: Any
    predicted_as_of: Any


def publish(connection: psycopg.Connection, tables: Sequence[str], run_id: str) -> Release:
    """Move `tables` from serving_candidate to serving in one transaction and write the release down.

    Raises PublicationRefused, with the last published tables whole, when days are loaded but not computed, when the
    candidate is incomplete or did not pass its tests, or when row level security, policies or grants are not exactly as
    they must be.
    """
    with connection.transaction():
        # A reader must see yesterday's tables or today's, and two publications must not meet half-way.
        connection.execute("select pg_advisory_xact_lock(hashtext('lyra.publish'))")
        _refuse(_not_ready(connection, tables))
        for table in tables:
            old, new = sql.Identifier("serving", table), sql.Identifier("serving_candidate", table)
            connection.execute(sql.SQL("drop table if exists {}").format(old))
            connection.execute(sql.SQL("alter table {} set schema serving").format(new))
        for left_over in set(_tables(connection, "serving")) - set(tables):
            connection.execute(sql.SQL("drop table {}").format(sql.Identifier("serving", left_over)))
        _refuse(faults_of_the_wall(connection))
        return _write_down(connection, tables, run_id)


def _not_ready(connection: psycopg.Connection, tables: Sequence[str]) -> list[str]:
    days, present = pending_days(connection), _tables(connection, "serving_candidate")
    approved = connection.execute(
        "select tested_at >= coalesce((select max(reconciled_at) from monitor.reconciled_days), tested_at) "
        "from monitor.candidate"
    ).fetchone()
    return [
        *([f"{len(days)} days are loaded but not computed: {days[0]} … {days[-1]}."] if days else []),
        *(f"serving_candidate.{name} is missing." for name in tables if name not in present),
        *(f"serving_candidate.{name} is none of dbt's serving models." for name in present if name not in tables),
        *(
            ["The candidate tables did not pass their tests, or are older than the marts."]
            if not (approved and approved[0])
            else []
        ),
    ]


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise PublicationRefused("Nothing was published. " + " ".join(faults))


def _tables(connection: psycopg.Connection, schema: str) -> list[str]:
    rows = connection.execute(
        "select relname from pg_class where relnamespace = %s::regnamespace and relkind = 'r' order by 1",
        [schema],
    )
    return [name for (name,) in rows]


def _write_down(connection: psycopg.Connection, tables: Sequence[str], run_id: str) -> Release:
    rows: dict[str, int] = {}
    for table in tables:
        counted = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("serving", table)))
        rows[table] = (counted.fetchone() or (0,))[0]
    connection.execute("delete from monitor.candidate")
    written = connection.execute(
        "insert into monitor.releases (loaded_until, predicted_as_of, table_count, row_count, dagster_run_id) values ("
        "(select max(business_date) from ingest.file_days), (select max(as_of) from predictions.scorings "
        "where question = 'purchasing_power'), "
        "%s, %s, %s) "
        "returning release_id, loaded_until, predicted_as_of",
        [len(rows), sum(rows.values()), run_id],
    ).fetchone()
    assert written is not None
    release_id, loaded_until, predicted_as_of = written
    return Release(release_id, rows, loaded_until, predicted_as_of)
