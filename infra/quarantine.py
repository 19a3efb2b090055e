"""What was set apart: bad rows of files in force, and files that were refused whole."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from infra.ingest.control import SUCCESS


@dataclass(frozen=True)
class Entry:
    """The bad rows of a file with one reason; of a refused file `reason_code` is `refused` and `rows` is 0."""

    file_id: int
    source: str
    name: str
    path: str | None
    reason_code: str
    rows: int
    first_seen_at: datetime
    example: str


@dataclass(frozen=True)
class BadRow:
    line_number: int
    reason_code: str
    reason: str
    raw_text: str
    first_seen_at: datetime


class NotInQuarantine(ValueError):
    """No such file has anything in quarantine."""


def entries(dsn: str) -> list[Entry]:
    """Newest file first, its commonest reason first."""
    with psycopg.connect(dsn, row_factory=class_row(Entry)) as connection:
        return connection.execute(
            "select file_id, source, name, path, reason_code, count(*) as rows, min(first_seen_at) as first_seen_at, "
            "(array_agg('line ' || line_number || ': ' || quarantine.reason order by line_number))[1] as example "
            "from ingest.quarantine join ingest.files using (file_id) where status = 'loaded' "
            "group by file_id, source, name, path, reason_code "
            "union all select file_id, source, name, path, 'refused', 0, loaded_at, reason from ingest.files "
            "where status = 'refused' order by file_id desc, rows desc, reason_code"
        ).fetchall()


def bad_rows(dsn: str, file_id: int, reason_code: str | None, limit: int) -> list[BadRow]:
    """The first `limit` bad rows of a file, by line. Raises NotInQuarantine."""
    with psycopg.connect(dsn, row_factory=class_row(BadRow)) as connection:
        rows = connection.execute(
            "select line_number, reason_code, reason, raw_text, first_seen_at from ingest.quarantine "
            "where file_id = %s and (%s::text is null or reason_code = %s) order by line_number limit %s",
            [file_id, reason_code, reason_code, limit],
        ).fetchall()
    if not rows:
        raise NotInQuarantine(f"File {file_id} has no such rows in quarantine: `./lyra quarantine list` names those.")
    return rows


def deliveries(chosen: list[Entry]) -> tuple[list[Path], list[Entry]]:
    """What to load again to retry these entries, and the entries whose files are not where they lay."""
    gone = [entry for entry in chosen if entry.path is None or not Path(entry.path).is_file()]
    paths = [Path(entry.path) for entry in chosen if entry.path and entry not in gone]
    return list(dict.fromkeys(_delivery(path) for path in paths)), gone


def _delivery(path: Path) -> Path:
    """The folder, for a file of a folder that is one delivery."""
    folder = path.parent
    is_source = any((folder / settings).exists() for settings in ("bank.toml", "source.toml"))
    return folder if (folder / SUCCESS).exists() and not is_source else path
