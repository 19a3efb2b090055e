"""`ingest.files`: what was loaded when, and the lock that makes loads wait for each other."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg

from infra.ingest.detect import Shape
from infra.ingest.report import Kind, LoadReport


def lock(connection: psycopg.Connection) -> None:
    """Wait until no other load changes raw data; held to the end of the transaction."""
    connection.execute("select pg_advisory_xact_lock(hashtext('lyra.ingest'))")


def unchanged(connection: psycopg.Connection, name: str, sha256: str, kind: Kind) -> LoadReport | None:
    """The report of a file that is already in force, or None. Of reference data only the last file is in force."""
    row = connection.execute(
        "select sha256, rows_read, rows_loaded, rows_quarantined, rows_repeated, amount_loaded, reason "
        "from ingest.files where kind = %(kind)s and status = 'loaded' "
        "and (sha256 = %(sha256)s or %(kind)s <> 'transactions') order by file_id desc limit 1",
        {"sha256": sha256, "kind": kind},
    ).fetchone()
    if row is None or row[0] != sha256:
        return None
    rows_read, loaded, quarantined, repeated, amount, reason = row[1:]
    return LoadReport(name, sha256, kind, "unchanged", rows_read, loaded, quarantined, repeated, amount, reason=reason)


def write(
    connection: psycopg.Connection,
    shape: Shape,
    report: LoadReport,
    covers: tuple[date, date] | None,
) -> int:
    """Add the file's row and return its file_id. An earlier refusal of the same bytes gives way."""
    connection.execute(
        "delete from ingest.files where sha256 = %s and kind = %s and status = 'refused'", [shape.sha256, report.kind]
    )
    first, last = covers or (None, None)
    row = connection.execute(
        "insert into ingest.files (sha256, kind, name, byte_count, encoding, delimiter, covers_from, covers_until, "
        "rows_read, rows_loaded, rows_quarantined, rows_repeated, amount_loaded, status, reason) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning file_id",
        [
            *(shape.sha256, report.kind, report.file, shape.byte_count),
            *("utf-8" if shape.encoding == "utf-8-sig" else shape.encoding, shape.delimiter, first, last),
            *(report.rows_read, report.rows_loaded, report.rows_quarantined, report.rows_repeated),
            *(report.amount_loaded, report.status, report.reason),
        ],
    ).fetchone()
    assert row is not None
    return int(row[0])


def days_and_totals(rows: Sequence[tuple[Any, ...]]) -> tuple[tuple[date, ...], int, Decimal]:
    """(days, rows, amount) of (day, rows, amount) triples."""
    return tuple(row[0] for row in rows), sum(row[1] for row in rows), sum((row[2] for row in rows), Decimal("0.00"))
