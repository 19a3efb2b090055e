"""The candidate of the next releases, beside everything that was released before, as an attacker would have them."""

import pandas as pd
import psycopg
from psycopg.types.numeric import FloatLoader

from infra.disclosure.attack import AttackReport, attack
from infra.disclosure.published import MIX_COLUMNS, MIX_COUNTS_COLUMNS, PublishedRules, Release

TABLES = {
    "peer_figures": "peer_figures where peer_group_id is not null",  # who waits for the next quarter sees nothing
    "peer_members": "peer_members",
    "group_months": "group_months",
}


MIX = """
with numbered (release_id, period_start) as ({numbered})
select release_id, peer_group_id, legal_group, dimension_code, member_code, others_percent
from benchmark_candidate.peer_mix inner join numbered using (period_start)
inner join benchmarks.due_months using (period_start)
where due_months.supersedes is null and status = 'published'
"""
"""A correction leaves the mix as it was released and attacked."""
MIX_COUNTS = """
with numbered (release_id, period_start) as ({numbered})
select
    release_id, peer_group_id, legal_group, dimension_code || ':' || coalesce(member_code, '*') as kind,
    sum(customer_count) as customer_count
from benchmark_candidate.mix_counts inner join numbered using (period_start)
group by grouping sets (
    (release_id, peer_group_id, legal_group, dimension_code, member_code),
    (release_id, peer_group_id, legal_group, dimension_code)
)
"""


def attack_release(connection: psycopg.Connection, rules: PublishedRules | None = None) -> AttackReport:
    """Attacks schema `benchmark_candidate` (as it would be released) together with schema `benchmarks`."""
    return attack(read_release(connection), rules or told_rules(connection))


def told_rules(connection: psycopg.Connection) -> PublishedRules:
    """The thresholds that are in force, as everybody is told them. A threshold that holds nothing back is no rule."""
    with connection.cursor() as cursor:
        cursor.execute("select rule_code, threshold from staging.disclosure_rules")
        told = {code: float(threshold) for code, threshold in cursor.fetchall()}
    digits = told.get("significant_digits", 3)
    return PublishedRules(
        dominance=told["dominance"] if 0 < told["dominance"] < 1 else None,
        p_percent=told["p_percent"] if told["p_percent"] > 0 else None,
        significant_digits=int(digits) if digits < 10 else None,
        values_in_a_quartile=int(told.get("order_statistic_values", 3)),
        matched_growth=told.get("matched_growth", 1) > 0,
    )


def read_release(connection: psycopg.Connection) -> Release:
    """Earlier releases and the candidate as one; the candidate's months get the next numbers, oldest first."""
    released = _read(connection, "select release_id, period_start, assignment_start from benchmarks.releases")
    due = _read(connection, "select period_start, assignment_start from benchmarks.due_months order by period_start")
    first = int(released["release_id"].max()) + 1 if len(released) else 1
    due = due.assign(release_id=range(first, first + len(due)))
    numbers = dict(zip(due["period_start"], due["release_id"], strict=True)) if len(due) else {}
    before = {name: _read(connection, f"select * from benchmarks.{table}") for name, table in TABLES.items()}
    new = {name: _read(connection, f"select * from benchmark_candidate.{table}") for name, table in TABLES.items()}
    for name, month in (("peer_figures", "period_start"), ("group_months", "month_start")):
        table = new[name]
        if len(table):
            due_rows = table[table[month].isin(numbers)]
            new[name] = due_rows.assign(release_id=due_rows[month].map(numbers))
    tables = {name: _both(before[name], new[name]) for name in TABLES}
    numbered = "values " + ", ".join(f"({number}, date '{month}')" for month, number in numbers.items())
    mix, mix_counts = (
        _read(connection, query.format(numbered=numbered)) if numbers else pd.DataFrame(columns=columns)
        for query, columns in ((MIX, MIX_COLUMNS), (MIX_COUNTS, MIX_COUNTS_COLUMNS))
    )
    return Release(
        tables["peer_figures"],
        tables["peer_members"].drop_duplicates(ignore_index=True),
        _both(released, due),
        tables["group_months"],
        mix,
        mix_counts,
    )


def _both(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    filled = [table for table in (first, second) if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else first


def _read(connection: psycopg.Connection, query: str) -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.adapters.register_loader("numeric", FloatLoader)
        cursor.execute(query)
        names = [column.name for column in cursor.description or []]
        return pd.DataFrame(cursor.fetchall(), columns=names)
