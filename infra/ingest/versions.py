"""Reference data in versions: what one file says of its day, put among what the files of other days said.

A version is a row with the stretch of days valid_from … last_stated, on which files said the same of one key. Files may
come in any order: a stretch that holds the day of a file that says otherwise is cut, equal neighbours become one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import psycopg


@dataclass(frozen=True)
class Versions:
    """A table of versions. Only the first column of the key is never null."""

    table: str
    key: Sequence[str]
    described: Sequence[str]
    is_whole: bool
    """A file says all there is: a key that it does not have has ended. Else it may bring only what changed."""

    def columns(self, of: str = "") -> str:
        """The key and what is said of it, as a list for a query."""
        return ", ".join(f"{of}{name}" for name in (*self.key, *self.described))

    def same_key(self, one: str, other: str) -> str:
        first, *rest = self.key
        conditions = [f"{one}.{first} = {other}.{first}"]
        return " and ".join(conditions + [f"{one}.{name} is not distinct from {other}.{name}" for name in rest])

    def says(self, who: str) -> str:
        return f"({', '.join(f'{who}.{name}' for name in self.described)})"


def put(connection: psycopg.Connection, versions: Versions, day: date, other_days: Sequence[date]) -> int:
    """Put the rows of the temporary table `stage` in force from `day` on; returns how many keys they have.

    Of rows with one key the last line counts. `other_days` are the days of the files that were loaded before.
    """
    days = {
        "day": day,
        "previous": max((other for other in other_days if other < day), default=None),
        "following": min((other for other in other_days if other > day), default=None),
    }
    stated = connection.execute(
        f"create temporary table said on commit drop as select distinct on ({', '.join(versions.key)}) "
        f"{versions.columns()} from stage order by {', '.join(versions.key)}, line_number desc"
    ).rowcount
    connection.execute("analyze said")
    _cut(connection, versions, days)
    _join(connection, versions, days)
    return stated


def _cut(connection: psycopg.Connection, versions: Versions, days: dict[str, date | None]) -> None:
    """Take the day out of every stretch of which the file says otherwise; what lies behind begins at the next file."""
    table, at = versions.table, f"{versions.same_key('held', 'cut')} and held.valid_from = cut.valid_from"
    connection.execute(
        f"create temporary table cut on commit drop as select held.* from {table} as held "
        f"{'left' if versions.is_whole else 'inner'} join said on {versions.same_key('held', 'said')} "
        "where held.valid_from <= %(day)s and held.last_stated >= %(day)s "
        f"and {versions.says('held')} is distinct from {versions.says('said')}",
        days,
    )
    connection.execute(
        f"insert into {table} ({versions.columns()}, valid_from, last_stated) "
        f"select {versions.columns()}, %(following)s, last_stated from cut where last_stated > %(day)s",
        days,
    )
    connection.execute(
        f"update {table} as held set last_stated = %(previous)s from cut where {at} and cut.valid_from < %(day)s", days
    )
    connection.execute(f"delete from {table} as held using cut where {at} and cut.valid_from = %(day)s", days)


def _join(connection: psycopg.Connection, versions: Versions, days: dict[str, date | None]) -> None:
    """Add the day to an equal stretch before or behind it, or to both, which become one; else it begins its own."""
    table = versions.table
    connection.execute(_placed(versions), days)
    connection.execute("analyze placed")
    connection.execute(
        f"delete from {table} as held using placed where {versions.same_key('held', 'placed')} "
        "and held.valid_from = placed.behind_from and placed.before_from is not null"
    )
    connection.execute(
        f"update {table} as held set last_stated = coalesce(placed.behind_last, %(day)s) from placed "
        f"where {versions.same_key('held', 'placed')} and held.valid_from = placed.before_from",
        days,
    )
    connection.execute(
        f"update {table} as held set valid_from = %(day)s from placed where {versions.same_key('held', 'placed')} "
        "and held.valid_from = placed.behind_from and placed.before_from is null",
        days,
    )
    connection.execute(
        f"insert into {table} ({versions.columns()}, valid_from, last_stated) "
        f"select {versions.columns()}, %(day)s, %(day)s from placed "
        "where before_from is null and behind_from is null",
        days,
    )


def _placed(versions: Versions) -> str:
    """What is said of the day and is in no stretch yet, with the equal stretches that it can be added to.

    Where files are whole, a stretch has no holes: only that of the file before or behind is a neighbour.
    """
    key = ", ".join(versions.key)
    before, behind = (
        f"{versions.says(who)} is not distinct from {versions.says('said')}" for who in ("before", "behind")
    )
    if versions.is_whole:
        before += " and before.last_stated = %(previous)s"
        behind += " and behind.valid_from = %(following)s"
    return (
        "create temporary table placed on commit drop as "
        f"with before as (select distinct on ({key}) * from {versions.table} where valid_from <= %(day)s "
        f"order by {key}, valid_from desc), "
        f"behind as (select distinct on ({key}) * from {versions.table} where valid_from > %(day)s "
        f"order by {key}, valid_from) "
        f"select {versions.columns('said.')}, case when {before} then before.valid_from end as before_from, "
        f"case when {behind} then behind.valid_from end as behind_from, "
        f"case when {behind} then behind.last_stated end as behind_last "
        f"from said left join before on {versions.same_key('before', 'said')} "
        f"left join behind on {versions.same_key('behind', 'said')} "
        "where before.last_stated is null or before.last_stated < %(day)s"
    )
