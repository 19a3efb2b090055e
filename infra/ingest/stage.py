"""The staging tables of one load: temporary, so not logged, and gone with the transaction whatever happens."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv

from infra.ingest.check import Checked
from infra.ingest.detect import shown
from infra.ingest.read import Block

Made = TypeVar("Made")

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
    """Make the table `stage` by `definition`, check every block and COPY it there; returns the rows read."""
    connection.execute(definition)
    connection.execute(_QUARANTINE)
    rows = 0
    for block in ahead(source):
        checked = check(block)
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


def ahead(source: Iterator[Made]) -> Iterator[Made]:
    """The same, each item made in another thread while the one before is used."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, source, None)
        while (ready := coming.result()) is not None:
            coming = thread.submit(next, source, None)
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
        return "The file has a header and no rows: a day without a purchase is not credible. Export it again."
    if total <= limit * rows_read:
        return None
    examples = {
        code: shown(f"e.g. line {number}: {reason} [{text}]")
        for code, number, reason, text in connection.execute(
            "select distinct on (reason_code) reason_code, line_number, reason, left(raw_text, 120) "
            "from stage_quarantine order by reason_code, line_number"
        )
    }
    lines = [
        f"{total} of {rows_read} rows are bad ({total / rows_read:.1%}, allowed {limit:.1%}); nothing was changed."
    ]
    return "\n".join(lines + [f"{code}: {count} rows, {examples[code]}" for code, count in list(bad.items())[:3]])


def keep_quarantine(connection: psycopg.Connection, file_id: int) -> None:
    """Keep the staged bad rows under their file; a row that was bad before keeps the moment when it was first seen."""
    connection.execute(
        "insert into ingest.quarantine (file_id, line_number, reason_code, column_name, reason, raw_text, "
        "first_seen_at) "
        "select %(file_id)s, stage.line_number, stage.reason_code, stage.column_name, stage.reason, stage.raw_text, "
        "coalesce(seen.first_seen_at, now()) from stage_quarantine as stage "
        "left join (select line_number, min(first_seen_at) as first_seen_at from ingest.quarantine "
        "join ingest.files as older using (file_id) join ingest.files as this on this.file_id = %(file_id)s "
        "and (older.sha256, older.kind, older.source) = (this.sha256, this.kind, this.source) group by line_number"
        ") as seen on seen.line_number = stage.line_number",
        {"file_id": file_id},
    )
