"""`ingest.files`: what was loaded when, and the lock that makes loads wait for each other."""

from datetime import date
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from infra.ingest.detect import Shape, shown_name
from infra.ingest.report import Kind, LoadReport, and_nothing_changed
from infra.ingest.source_format import SourceFormat


def lock(connection: psycopg.Connection) -> None:
    """Wait until no other load changes what is in force; held to the end of the transaction."""
    connection.execute("select pg_advisory_xact_lock(hashtext('lyra.ingest'))")


def unchanged(connection: psycopg.Connection, name: str, sha256: str, source: str) -> LoadReport | None:
    """The report of a file of transactions that is wholly in force already, or None."""
    return _known(
        connection,
        name,
        "kind = 'transactions' and status = 'loaded' and not is_partly_replaced and (source, sha256) = (%s, %s)",
        [source, sha256],
    )


def still_lies(connection: psycopg.Connection, path: Path, source: str, sha256: str | None = None) -> LoadReport | None:
    """The report of a file that was loaded from `path` and not written to since, or None.

    It says nothing new, also where later files have its days by now. Time and size tell; the file is not read.
    """
    found = path.stat()
    return _known(
        connection,
        shown_name(path),
        "status in ('loaded', 'superseded') and (source, path) = (%s, %s) and sha256 = coalesce(%s, sha256) "
        "and (byte_count, written_at) = (%s, to_timestamp(%s))",
        [source, text_of_path(path), sha256, found.st_size, found.st_mtime],
    )


def _known(connection: psycopg.Connection, name: str, condition: LiteralString, values: list[Any]) -> LoadReport | None:
    row = connection.execute(
        "select sha256, kind, rows_read, rows_loaded, rows_quarantined, rows_repeated, amount_loaded, reason "
        "from ingest.files where " + condition + " order by file_id desc limit 1",
        values,
    ).fetchone()
    if row is None:
        return None
    sha256, kind, rows_read, loaded, quarantined, repeated, amount, reason = row
    return LoadReport(name, sha256, kind, "unchanged", rows_read, loaded, quarantined, repeated, amount, reason=reason)


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
        "insert into ingest.files (sha256, kind, source, name, path, byte_count, written_at, rows_read, rows_loaded, "
        "rows_quarantined, rows_repeated, amount_loaded, status) "
        "values (%s, %s, %s, %s, %s, %s, to_timestamp(%s), 0, 0, 0, 0, 0, 'loading') returning file_id",
        [
            *(shape.sha256, kind, source.name, shape.name, text_of_path(shape.path), shape.byte_count),
            shape.path.stat().st_mtime,
        ],
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


def text_of_path(path: Path) -> str | None:
    """The absolute path, where it can be written as text."""
    text = str(path.absolute())
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text


def written_dialect(encoding: str | None, delimiter: str | None, notes: Any = ()) -> str:
    """For a person: `windows-1251, ';', dd.mm.yyyy, decimal comma`."""
    if delimiter is None:
        return "Parquet"
    shown = {"cp1251": "windows-1251", "utf-8": "UTF-8"}.get(encoding or "", encoding or "UTF-8")
    return ", ".join([shown, "tab" if delimiter == "\t" else repr(delimiter), *sorted(notes)])
