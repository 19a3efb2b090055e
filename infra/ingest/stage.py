"""The staging tables of one load: temporary, so not logged, and gone with the transaction whatever happens."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv

from infra.ingest import manifest
from infra.ingest.check import Checked
from infra.ingest.detect import Shape
from infra.ingest.read import Block
from infra.ingest.report import Kind, LoadReport

_QUARANTINE = """
create temporary table stage_quarantine (
    line_number bigint, reason_code text, column_name text, reason text, raw_text text
) on commit drop
"""


def fill(
    connection: psycopg.Connection,
    definition: str,
    source: Iterator[Block],
    check: Callable[[Block], Checked],
    done: Callable[[Block], None],
) -> int:
    """Make the table `stage` by `definition`, check every block and COPY it there; returns the rows read.

    The next block is read and checked while PostgreSQL takes the last one.
    """
    connection.execute(definition)
    connection.execute(_QUARANTINE)
    rows = 0
    with ThreadPoolExecutor(1) as ahead:
        for block, checked in _one_ahead(ahead, source, check):
            rows += block.row_count
            copy_in(connection, "stage", checked.good)
            copy_in(connection, "stage_quarantine", checked.bad)
            done(block)
    return rows


def copy_in(connection: psycopg.Connection, table: str, rows: Any) -> None:
    """COPY a pyarrow table whose columns are those of `table`, in its order."""
    if rows.num_rows == 0:
        return
    sink = pa.BufferOutputStream()
    pacsv.write_csv(rows, sink, pacsv.WriteOptions(include_header=False))
    with connection.cursor().copy(f"copy {table} from stdin (format csv)") as copy:
        copy.write(sink.getvalue())


def _one_ahead(
    ahead: ThreadPoolExecutor, source: Iterator[Block], check: Callable[[Block], Checked]
) -> Iterator[tuple[Block, Checked]]:
    def following() -> tuple[Block, Checked] | None:
        block = next(source, None)
        return None if block is None else (block, check(block))

    coming = ahead.submit(following)
    while (ready := coming.result()) is not None:
        coming = ahead.submit(following)
        yield ready


def reasons(connection: psycopg.Connection) -> dict[str, int]:
    """Rows in quarantine by reason code, the commonest first."""
    return dict(
        connection.execute(
            "select reason_code, count(*) from stage_quarantine group by 1 order by 2 desc, 1"
        ).fetchall()
    )


def why_refused(connection: psycopg.Connection, rows_read: int, limit: float) -> str | None:
    """None, or why the file is refused: how many rows are bad, the three commonest reasons, a line of each."""
    bad = reasons(connection)
    total = sum(bad.values())
    if rows_read == 0:
        return "The file has a header and no rows; nothing was changed."
    if total <= limit * rows_read:
        return None
    examples = {
        code: f"e.g. line {number}: {reason} [{text}]"
        for code, number, reason, text in connection.execute(
            "select distinct on (reason_code) reason_code, line_number, reason, left(raw_text, 120) "
            "from stage_quarantine order by reason_code, line_number"
        )
    }
    lines = [
        f"{total} of {rows_read} rows are bad ({total / rows_read:.1%}, allowed {limit:.1%}); nothing was changed."
    ]
    return "\n".join(lines + [f"{code}: {count} rows, {examples[code]}" for code, count in list(bad.items())[:3]])


def refuse(connection: psycopg.Connection, shape: Shape, kind: Kind, rows_read: int, reason: str) -> LoadReport:
    """Record the refusal of a file: the only thing that it changes."""
    report = LoadReport(shape.path.name, shape.sha256, kind, "refused", rows_read, reason=reason)
    manifest.lock(connection)
    manifest.write(connection, shape, report, None)
    return report


def keep_quarantine(connection: psycopg.Connection, file_id: int) -> None:
    """Keep the staged bad rows under their file."""
    connection.execute(
        "insert into ingest.quarantine (file_id, line_number, reason_code, column_name, reason, raw_text) "
        "select %s, line_number, reason_code, column_name, reason, raw_text from stage_quarantine",
        [file_id],
    )
