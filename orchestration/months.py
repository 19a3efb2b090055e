"""Partitions by month: found in the catalog, so that a new fact needs no entry in a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

MONTHS_AHEAD = 2


@dataclass(frozen=True)
class Partition:
    """A child of a partitioned table, and the days that it holds: from `start` up to the day before `end`."""

    parent: str
    schema: str
    name: str
    start: date
    end: date
    byte_count: int
    """With indexes and what is stored out of line."""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


PARENTS = """
select parents.oid::regclass::text as parent, parents.oid
from pg_partitioned_table as partitioned
join pg_class as parents on parents.oid = partitioned.partrelid
join pg_attribute as key on key.attrelid = parents.oid and key.attnum = partitioned.partattrs[0]
where partitioned.partstrat = 'r' and partitioned.partnatts = 1 and key.atttypid = 'date'::regtype
order by parent
"""
"""Tables that are partitioned by ranges of one date."""

_CHILDREN = f"""
with parents as ({PARENTS}),
children as (
    select parent, namespaces.nspname, children.relname, pg_total_relation_size(children.oid) as byte_count,
        regexp_match(pg_get_expr(children.relpartbound, children.oid), $$FROM \\('(.+)'\\) TO \\('(.+)'\\)$$) as bounds
    from parents
    join pg_inherits on inhparent = parents.oid
    join pg_class as children on children.oid = inhrelid
    join pg_namespace as namespaces on namespaces.oid = children.relnamespace
)
select parent, nspname, relname, bounds[1]::date, bounds[2]::date, byte_count
from children where bounds is not null order by parent, bounds[1]::date
"""


def parents(connection: psycopg.Connection) -> list[str]:
    return [name for name, _ in connection.execute(PARENTS)]


def partitions(connection: psycopg.Connection) -> list[Partition]:
    """Every month of every partitioned table, oldest first within its table."""
    return [Partition(*row) for row in connection.execute(_CHILDREN)]


def month_of(day: date, shift: int = 0) -> date:
    """The first day of `day`'s month, or of the month `shift` months later."""
    month = day.year * 12 + day.month - 1 + shift
    return date(month // 12, month % 12 + 1, 1)


def make_ahead(connection: psycopg.Connection, today: date, ahead: int = MONTHS_AHEAD) -> list[Partition]:
    """Make what is missing of the partitions of `today`'s month and `ahead` more; returns the new ones."""
    before = {str(child) for child in partitions(connection)}
    for parent in parents(connection):
        connection.execute("select raw.ensure_months(%s, %s, %s)", [parent, today, month_of(today, ahead)])
    return [child for child in partitions(connection) if str(child) not in before]


def anchor(connection: psycopg.Connection, today: date) -> date | None:
    """From where months are counted ahead: today, for a closed history its last day; None where nothing is loaded."""
    live = connection.execute("select is_live from ingest.bank").fetchone()
    return today if live and live[0] else newest_day(connection, today)


def newest_day(connection: psycopg.Connection, today: date) -> date | None:
    """The newest loaded day up to `today`: one in the future is an error of a file, and must not move what is kept."""
    row = connection.execute(
        "select max(business_date) from ingest.file_days where business_date <= %s", [today]
    ).fetchone()
    return row[0] if row else None


@dataclass(frozen=True)
class Vacuumed:
    """A partition that was vacuumed: what had changed in it since the last time, and its size before and after."""

    partition: Partition
    dead_rows: int
    changed_rows: int
    byte_count: int


_CHANGED = """
select schemaname || '.' || relname, n_dead_tup, greatest(n_mod_since_analyze, n_ins_since_vacuum)
from pg_stat_user_tables where n_dead_tup > 0 or n_mod_since_analyze > 0 or n_ins_since_vacuum > 0
"""


def vacuum_changed(connection: psycopg.Connection) -> Sequence[Vacuumed]:
    """VACUUM (ANALYZE) of the partitions that changed since the last one: a night costs what the day changed.

    The connection is in autocommit mode: VACUUM runs outside a transaction.
    """
    changed = {name: (dead, rows) for name, dead, rows in connection.execute(_CHANGED)}
    done = []
    for child in partitions(connection):
        if str(child) in changed:
            connection.execute(sql.SQL("vacuum (analyze) {}").format(child.identifier))
            size = connection.execute("select pg_total_relation_size(%s::regclass)", [str(child)]).fetchone()
            done.append(Vacuumed(child, *changed[str(child)], byte_count=size[0] if size else 0))
    return done
