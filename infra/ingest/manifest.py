"""`ingest.files`: what was loaded when, and the lock that makes loads wait for each other."""

from datetime import date
from typing import Any

import psycopg

from infra.ingest.detect import Shape
from infra.ingest.report import Kind, LoadReport, and_nothing_changed
from infra.ingest.source_format import SourceFormat


def lock(connection: psycopg.Connection) -> None:
    """Wait until no other load changes what is in force; held to the end of the transaction."""
    connection.execute("select pg_advisory_xact_lock(hashtext('lyra.ingest'))")


def unchanged(connection: psycopg.Connection, name: str, sha256: str, source: str) -> LoadReport | None:
    """The report of a file of transactions that is already in force, or None."""
    row = connection.execute(
        "select rows_read, rows_loaded, rows_quarantined, rows_repeated, amount_loaded, reason from ingest.files "
        "where kind = 'transactions' and status = 'loaded' and source = %s and sha256 = %s",
        [source, sha256],
    ).fetchone()
    if row is None:
        return None
    rows_read, loaded, quarantined, repeated, amount, reason = row
    return LoadReport(
        name, sha256, "transactions", "unchanged", rows_read, loaded, quarantined, repeated, amount, reason=reason
    )


def begin(connection: psycopg.Connection, shape: Shape, kind: Kind, source: SourceFormat) -> int:
    """The file's row, with its file_id; `finish` says what became of it. An earlier refusal of its bytes gives way."""
    settings = {"name": source.name, "due_time": source.due_time, "time_zone": source.time_zone}
    connection.execute(
        "insert into ingest.sources values (%(name)s, %(due_time)s, %(time_zone)s) on conflict do nothing", settings
    )
    connection.execute(  # `on conflict do update` would lock the row until the load ends, whatever its condition says
        "update ingest.sources set due_time = %(due_time)s, time_zone = %(time_zone)s where source = %(name)s "
        "and (due_time, time_zone) is distinct from (%(due_time)s, %(time_zone)s)",
        settings,
    )
    row = connection.execute(
        "insert into ingest.files (sha256, kind, source, name, path, byte_count, rows_read, rows_loaded, "
        "rows_quarantined, rows_repeated, amount_loaded, status) "
        "values (%s, %s, %s, %s, %s, %s, 0, 0, 0, 0, 0, 'loading') returning file_id",
        [shape.sha256, kind, source.name, shape.name, str_of_path(shape), shape.byte_count],
    ).fetchone()
    assert row is not None
    return int(row[0])


def finish(
    connection: psycopg.Connection,
    file_id: int,
    report: LoadReport,
    covers: tuple[date, date] | None = None,
    dialect: tuple[str | None, str | None] = (None, None),
) -> None:
    """Fill in the file's row: its figures, the days in its name, its encoding and delimiter."""
    connection.execute(
        "delete from ingest.files as older using ingest.files as this where this.file_id = %s "
        "and older.status = 'refused' and older.file_id <> this.file_id "
        "and (older.sha256, older.kind, older.source) = (this.sha256, this.kind, this.source)",
        [file_id],
    )
    first, last = covers or (None, None)
    connection.execute(
        "update ingest.files set covers_from = %s, covers_until = %s, encoding = %s, delimiter = %s, rows_read = %s, "
        "rows_loaded = %s, rows_quarantined = %s, rows_repeated = %s, amount_loaded = %s, status = %s, reason = %s "
        "where file_id = %s",
        [
            *(first, last, *dialect, report.rows_read, report.rows_loaded, report.rows_quarantined),
            *(report.rows_repeated, report.amount_loaded, report.status, report.reason, file_id),
        ],
    )


def refuse(
    connection: psycopg.Connection, shape: Shape, kind: Kind, source: SourceFormat, rows_read: int, reason: str
) -> LoadReport:
    """Record the refusal of a file: the only thing that it changes. What the load did so far is rolled back."""
    connection.rollback()
    reason = and_nothing_changed(reason.replace("\x00", "\ufffd"))
    report = LoadReport(shape.name, shape.sha256, kind, "refused", rows_read, reason=reason)
    lock(connection)
    finish(connection, begin(connection, shape, kind, source), report)
    return report


def str_of_path(shape: Shape) -> str | None:
    """The absolute path, where it can be written as text."""
    path = str(shape.path.absolute())
    try:
        path.encode()
    except UnicodeEncodeError:
        return None
    return path


def written_dialect(encoding: str | None, delimiter: str | None, notes: Any = ()) -> str:
    """For a person: `windows-1251, ';', dd.mm.yyyy, decimal comma`."""
    if delimiter is None:
        return "Parquet"
    shown = {"cp1251": "windows-1251", "utf-8": "UTF-8"}.get(encoding or "", encoding or "UTF-8")
    return ", ".join([shown, "tab" if delimiter == "\t" else repr(delimiter), *sorted(notes)])
