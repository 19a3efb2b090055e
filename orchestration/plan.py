"""Which job has to run next, for which days: read off the warehouse, whoever asks and whoever was killed."""

import hashlib
from dataclasses import dataclass

import psycopg

from orchestration.ledger import has_champion, is_published, loaded_until, pending_days
from orchestration.partitions import Window, windows_of


@dataclass(frozen=True)
class Due:
    """A job and the days that it is to compute."""

    job: str
    window: Window


def what_is_due(connection: psycopg.Connection, train: bool | None = None) -> list[Due]:
    """The runs that bring what is loaded to the dashboards, in order; empty when the last release holds everything.

    train: hold the contest of models; None: only where there is no champion yet.
    """
    windows = windows_of(pending_days(connection))
    if not windows:
        if is_published(connection):
            return []
        return newest_day_again(connection, train)
    *before, last = windows
    return [*(Due("compute_days", window) for window in before), Due(_publishing_job(connection, train), last)]


def newest_day_again(connection: psycopg.Connection, train: bool | None = None) -> list[Due]:
    """Compute the newest day, score and publish, whether or not anything changed; nothing where nothing is loaded."""
    newest = loaded_until(connection)
    return [Due(_publishing_job(connection, train), Window.of_days(newest, newest))] if newest else []


def chosen_days(connection: psycopg.Connection, window: Window, train: bool | None = None) -> list[Due]:
    """The days that a person asked for, after those that are due anyway: no release with holes."""
    rest = [day for day in pending_days(connection) if not window.start <= day < window.end]
    before = [Due("compute_days", other) for other in windows_of(rest)]
    return [*before, Due(_publishing_job(connection, train), window)]


def state_key(connection: psycopg.Connection, due: Due) -> str:
    """Changes when what was loaded or computed changes: the same state is asked for once."""
    row = connection.execute(
        "select array(select (business_date, file_id)::text from ingest.file_days order by 1), "
        "(select max(reconciled_at) from monitor.reconciled_days), "
        "(select max(loaded_at) from ingest.files where status = 'loaded'), "
        "(select max(created_at) from security.tenants)"
    ).fetchone()
    return hashlib.sha256(repr((due, row)).encode()).hexdigest()


def _publishing_job(connection: psycopg.Connection, train: bool | None) -> str:
    if train is None:
        train = not has_champion(connection)
    return "refresh_and_train" if train else "refresh"
