"""Months that are kept no longer: dropped whole, oldest first, and remembered so that no late file brings them back."""

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from orchestration.months import Partition, month_of, newest_day, parents, partitions

LOCK_TIMEOUT = "30s"
"""A load that holds a month makes its next partition on another connection: to wait for it for ever would stop both."""


class WarehouseInUse(RuntimeError):
    """A load is under way outside of Dagster: nothing of this month was dropped."""


@dataclass(frozen=True)
class Dropped:
    """One month that went."""

    month: date
    partitions: int
    rows: int
    """Of raw."""
    byte_count: int
    quarantined: int
    """Rows of quarantine that went with their files' last days."""


def kept_from(newest: date, keep_months: int) -> date:
    """First day that is kept: `keep_months` whole months, that of the newest loaded day included."""
    return month_of(newest, 1 - keep_months)


def expire(connection: psycopg.Connection, keep_months: int | None, today: date) -> list[Dropped]:
    """Drop the months before the kept ones, each in one transaction; None keeps all, also what is loaded from now on.

    Raises WarehouseInUse. What was dropped until then is dropped; the next call goes on.
    """
    newest = newest_day(connection, today)
    if keep_months is None or newest is None:
        connection.execute("delete from monitor.retention")
        return []
    first_kept = kept_from(newest, keep_months)
    gone = [_drop(connection, month) for month in _expired_months(connection, first_kept)]
    _remember(connection, first_kept)
    return gone


def _expired_months(connection: psycopg.Connection, first_kept: date) -> list[date]:
    """Months with a partition or with days in the books."""
    booked = connection.execute(
        "select distinct date_trunc('month', business_date)::date from ("
        "select business_date from ingest.file_days union all select business_date from monitor.reconciled_days"
        ") as days where business_date < %s",
        [first_kept],
    )
    held = {child.start for child in partitions(connection) if child.end <= first_kept}
    return sorted({month for (month,) in booked} | held)


def _drop(connection: psycopg.Connection, month: date) -> Dropped:
    """The month's partitions and all that the books say of it, in one transaction."""
    end = month_of(month, 1)
    with connection.transaction():
        children = [child for child in partitions(connection) if (child.start, child.end) == (month, end)]
        _wait_for_loads(connection)
        for child in children:
            _drop_partition(connection, child)
        lost = connection.execute(
            "delete from ingest.file_days where business_date >= %s and business_date < %s "
            "returning file_id, row_count",
            [month, end],
        ).fetchall()
        connection.execute(
            "delete from monitor.reconciled_days where business_date >= %s and business_date < %s", [month, end]
        )
        quarantined = connection.execute(_QUARANTINE, {"lost": [file_id for file_id, _ in lost], "end": end}).rowcount
        _remember(connection, end)
    return Dropped(
        month, len(children), sum(rows for _, rows in lost), sum(child.byte_count for child in children), quarantined
    )


def _wait_for_loads(connection: psycopg.Connection) -> None:
    """First the tables, then the books: the order in which a load takes them."""
    connection.execute(f"set local lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        for parent in parents(connection):
            connection.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.SQL(parent)))
        connection.execute("select pg_advisory_xact_lock(hashtext('lyra.ingest'))")
    except psycopg.errors.LockNotAvailable as error:
        raise WarehouseInUse(
            f"Waited {LOCK_TIMEOUT} for a load or a reader to end: the old months stay until the next run of upkeep."
        ) from error


def _drop_partition(connection: psycopg.Connection, child: Partition) -> None:
    connection.execute(sql.SQL("alter table {} detach partition {}").format(sql.SQL(child.parent), child.identifier))
    connection.execute(sql.SQL("drop table {}").format(child.identifier))


def _remember(connection: psycopg.Connection, first_kept: date) -> None:
    connection.execute(
        "insert into monitor.retention (kept_from) values (%s) "
        "on conflict (is_only_row) do update set kept_from = excluded.kept_from",
        [first_kept],
    )


_QUARANTINE = """
delete from ingest.quarantine using ingest.files
where files.file_id = quarantine.file_id and files.kind = 'transactions'
and (files.file_id = any(%(lost)s) or coalesce(files.covers_until, files.loaded_at::date) < %(end)s)
and not exists (select from ingest.file_days where file_days.file_id = files.file_id)
"""
"""Of files that lost their last day now, and of those that never had one or were replaced, once they are as old."""
