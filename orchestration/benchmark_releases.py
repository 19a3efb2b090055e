"""Which months' figures about competitors are due, and how a candidate becomes a release: append-only."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from orchestration.months import month_of

KEPT_MONTHS = 13
"""A month and the same month of the year before: older ones are not released any more."""

ASSIGNMENT_MONTHS = 3
NOISE = 0.02
"""The most by which a cell key moves a figure, as a share of it."""


RELEASED = {
    "group_months": "month_start",
    "peer_figures": "period_start",
    "peer_mix": "period_start",
    "audience_figures": "period_start",
}
"""Tables of the candidate that are appended to those of a release, and the column of the month."""


@dataclass(frozen=True)
class DueMonth:
    """A month whose figures are to be made, by which quarter's peer groups, and the release that it corrects.

    It is compared only with months that have a release or get one beside it: what a growth rests on is frozen, too.
    """

    period_start: date
    assignment_start: date
    previous_start: date | None
    last_year_start: date | None
    supersedes: int | None


@dataclass(frozen=True)
class Plan:
    """`assignment_start` is the quarter whose peer groups are to be chosen, from `assignment_months`; or nothing."""

    months: tuple[DueMonth, ...]
    assignment_start: date | None = None
    assignment_months: tuple[date, ...] = ()


def closed_months(connection: psycopg.Connection) -> list[date]:
    """The months of which every day up to the last is loaded from the first on; oldest first."""
    first, last = connection.execute(
        "select min(business_date), max(business_date) from marts.fct_bank_days"
    ).fetchone() or (None, None)
    if first is None:
        return []
    month = month_of(first) if first.day == 1 else month_of(first, 1)
    months = []
    while month_of(month, 1) <= _day_after(last):
        months.append(month)
        month = month_of(month, 1)
    return months


def plan(connection: psycopg.Connection, closed: Sequence[date]) -> Plan:
    """What is due of the closed months: those without a release, and those whose inputs have changed since."""
    if not closed:
        return Plan(())
    released = {
        month: (release_id, assignment)
        for month, release_id, assignment in connection.execute(
            "select period_start, release_id, assignment_start from benchmarks.current_releases"
        )
    }
    recent = closed[-KEPT_MONTHS:]
    missing = [month for month in recent if month not in released]
    corrected = [month for month in recent if month in released and _has_changed(connection, month)]
    kept = {*recent, *released}
    quarters = [
        start for (start,) in connection.execute("select distinct assignment_start from benchmarks.peer_members")
    ]
    newest = quarter_of(closed[-1])
    is_new = closed[-1] in missing and (not quarters or newest > max(quarters))
    known = sorted([*quarters, *([newest] if is_new else [])])

    def due(month: date) -> DueMonth:
        release_id, assignment = released.get(month, (None, None))
        before, year_before = month_of(month, -1), month_of(month, -12)
        return DueMonth(
            month,
            assignment or max((start for start in known if start <= quarter_of(month)), default=known[0]),
            before if before in kept else None,
            year_before if year_before in kept else None,
            release_id,
        )

    return Plan(
        tuple(due(month) for month in sorted([*missing, *corrected])),
        newest if is_new else None,
        tuple(closed[-ASSIGNMENT_MONTHS:]) if is_new else (),
    )


def write_plan(connection: psycopg.Connection, planned: Plan) -> None:
    """Tell dbt what to build."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("delete from benchmarks.due_months")
        cursor.execute("delete from benchmarks.due_assignment")
        cursor.executemany(
            "insert into benchmarks.due_months values (%s, %s, %s, %s, %s)",
            [(m.period_start, m.assignment_start, m.previous_start, m.last_year_start, m.supersedes)
             for m in planned.months],
        )  # fmt: skip
        if planned.assignment_start:
            cursor.execute(
                "insert into benchmarks.due_assignment (assignment_start, first_month, last_month) values (%s, %s, %s)",
                [planned.assignment_start, planned.assignment_months[0], planned.assignment_months[-1]],
            )


def fill_noise(connection: psycopg.Connection, key: bytes) -> int:
    """A factor of 1 ± NOISE for each viewer, the same whenever it is compared with the same others.

    Its cell key is an HMAC over the sorted names of the peer group and the viewer's; the key never enters the database.
    Returns the number of factors. Source: the cell-key method of the Australian Bureau of Statistics.
    """
    rows = connection.execute(
        "select distinct assignment_start, peer_group_id, legal_group "
        "from benchmark_candidate.peer_memberships order by 1, 2, 3"
    ).fetchall()
    factors = []
    for (assignment, peer_group), members in groupby(rows, key=lambda row: row[:2]):
        names = [name for *_, name in members]
        everybody = hashlib.sha256("\0".join(names).encode()).digest()
        for name in names:
            digest = hmac.digest(key, everybody + name.encode(), "sha256")
            uniform = int.from_bytes(digest[:8]) / 2**64
            factors.append((assignment, peer_group, name, 1 + NOISE * (2 * uniform - 1)))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("delete from benchmarks.cell_noise")
        with cursor.copy("copy benchmarks.cell_noise from stdin") as copy:
            for row in factors:
                copy.write_row(row)
    return len(factors)


class NotAttacked(Exception):
    """Figures about competitors that no attack was held on, or on which one succeeded, are not released."""


def is_due(connection: psycopg.Connection) -> bool:
    row = connection.execute("select exists(select from benchmarks.due_months)").fetchone()
    return bool(row and row[0])


def is_blurred(connection: psycopg.Connection) -> bool:
    """Are figures multiplied by cell keys?"""
    row = connection.execute("select exists(select from benchmarks.cell_noise)").fetchone()
    return bool(row and row[0])


def keep_attack(connection: psycopg.Connection, attack: dict[str, Any]) -> None:
    """Write down that the candidate withstood the attack. It holds until the next candidate is planned."""
    connection.execute("update benchmarks.due_months set attack = %s", [Jsonb(attack)])


def kept_attack(connection: psycopg.Connection) -> dict[str, Any]:
    """What the attack on the candidate found, {} where nothing is due; NotAttacked where it does not withstand one."""
    rows = connection.execute("select attack from benchmarks.due_months").fetchall()
    if any(attack is None for (attack,) in rows):
        raise NotAttacked(
            "The figures about competitors were not attacked since they were built, or an attack succeeded: "
            "materialize benchmark_candidate again, with its check no_competitor_can_be_told."
        )
    return dict(rows[0][0]) if rows else {}


def append(connection: psycopg.Connection, run_id: str, attack: dict[str, Any]) -> list[int]:
    """The candidate becomes a release of each due month, all in one transaction; returns their ids, oldest month first.

    A correction that changed too few groups of every peer group is none: the old release stands.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('lyra.benchmarks'))")
        connection.execute(
            "insert into benchmarks.peer_members select members.* from benchmark_candidate.peer_members as members "
            "where members.assignment_start in (select assignment_start from benchmarks.due_assignment)"
        )
        due = connection.execute(
            "select period_start, assignment_start, supersedes from benchmarks.due_months order by 1"
        ).fetchall()
        releases = []
        for month, assignment, supersedes in due:
            if supersedes is not None and not _differs(connection, "benchmark_candidate.group_months", month):
                continue
            releases.append(_append_month(connection, month, assignment, supersedes, run_id, attack))
        connection.execute("delete from benchmarks.due_months")
        connection.execute("delete from benchmarks.due_assignment")
        return releases


def quarter_of(day: date) -> date:
    """First day of the quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _append_month(
    connection: psycopg.Connection,
    month: date,
    assignment: date,
    supersedes: int | None,
    run_id: str,
    attack: dict[str, Any],
) -> int:
    row = connection.execute(
        "insert into benchmarks.releases "
        "(period_start, rules_version, assignment_start, supersedes, dagster_run_id, attack) values ("
        "%s, (select md5(string_agg(rule_code || '=' || threshold, ',' order by rule_code)) "
        "from staging.disclosure_rules), %s, %s, %s, %s) returning release_id",
        [month, assignment, supersedes, run_id, Jsonb(attack)],
    ).fetchone()
    assert row is not None
    for table, day in RELEASED.items():
        columns = sql.SQL(", ").join(map(sql.Identifier, _columns(connection, table)))
        connection.execute(
            sql.SQL(
                "insert into {target} (release_id, {columns}) select %s, {columns} from {candidate} where {day} = %s"
            ).format(
                target=sql.Identifier("benchmarks", table),
                columns=columns,
                candidate=sql.Identifier("benchmark_candidate", table),
                day=sql.Identifier(day),
            ),
            [row[0], month],
        )
    return int(row[0])


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    rows = connection.execute(
        "select column_name from information_schema.columns "
        "where table_schema = 'benchmarks' and table_name = %s and column_name <> 'release_id' "
        "order by ordinal_position",
        [table],
    )
    return [name for (name,) in rows]


def _has_changed(connection: psycopg.Connection, month: date) -> bool:
    """Was a day of the released month computed since, and do more groups differ now than may be told?"""
    row = connection.execute(
        "select max(reconciled_at) > (select released_at from benchmarks.current_releases where period_start = %s) "
        "from monitor.reconciled_days where business_date >= %s and business_date < %s",
        [month, month, month_of(month, 1)],
    ).fetchone()
    return bool(row and row[0]) and _differs(connection, "marts.fct_group_months", month, more_than_rule=True)


def _differs(
    connection: psycopg.Connection, table: LiteralString, month: date, *, more_than_rule: bool = False
) -> bool:
    columns = sql.SQL(", ").join(map(sql.Identifier, _columns(connection, "group_months")))
    schema, name = table.split(".")
    row = connection.execute(
        sql.SQL(
            "with old as (select {columns} from benchmarks.group_months where release_id = "
            "(select release_id from benchmarks.current_releases where period_start = %(month)s)), "
            "new as (select {columns} from {table} where month_start = %(month)s) "
            "select count(distinct legal_group) from ((table old except table new) union all "
            "(table new except table old)) as changed"
        ).format(columns=columns, table=sql.Identifier(schema, name)),
        {"month": month},
    ).fetchone()
    changed = row[0] if row else 0
    return bool(changed > (_minimum_corrected(connection) if more_than_rule else 0))


def _minimum_corrected(connection: psycopg.Connection) -> float:
    row = connection.execute(
        "select threshold from staging.disclosure_rules where rule_code = 'minimum_corrected_groups'"
    ).fetchone()
    assert row is not None
    return float(row[0])


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
