"""Transactions: staged, checked as a whole, then put in the place of the days they cover, in one transaction."""

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg

from infra.ingest import contract, manifest, stage
from infra.ingest.check import TransactionCheck
from infra.ingest.coverage import days_in_name
from infra.ingest.detect import Shape
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.read import Block, blocks
from infra.ingest.repeats import drop_repeats
from infra.ingest.report import LoadReport
from infra.ingest.source_format import SourceFormat

_STAGE = """
create temporary table stage (
    line_number bigint, business_date date, purchased_at timestamp, amount numeric(18, 2), mcc integer,
    city text, merchant_name text, customer_id bigint, transaction_id text
) on commit drop
"""

_COVERED = """
create temporary table covered on commit drop as
select unnest(%(days)s::date[]) as business_date where %(first)s::date is null
union all
select generate_series(%(first)s::date, %(last)s::date, interval '1 day')::date where %(first)s::date is not null
"""

# What an older file covers: the days in its name, else the days that it has rows of.
_REPLACED = """
create temporary table replaced on commit drop as
select files.file_id, bool_and(covered.business_date is not null) as is_whole,
    array_agg(days.business_date) filter (where covered.business_date is not null) as days
from ingest.files
cross join lateral (
    select generate_series(covers_from, covers_until, interval '1 day')::date as business_date
    where covers_from is not null
    union all
    select business_date from ingest.file_days
    where file_days.file_id = files.file_id and files.covers_from is null
) as days
left join covered using (business_date)
where files.kind = 'transactions' and files.status = 'loaded'
group by files.file_id
having bool_or(covered.business_date is not null)
"""

_TAKEN_AWAY = """
create temporary table taken_away on commit drop as
select file_days.file_id, file_days.business_date
from ingest.file_days join replaced using (file_id)
where replaced.is_whole or file_days.business_date = any(replaced.days)
"""


def load(
    connection: psycopg.Connection,
    shape: Shape,
    pseudonyms: Pseudonyms,
    source: SourceFormat,
    progress: Callable[[Block], None],
) -> LoadReport:
    """Load one file of transactions; the caller commits."""
    header = contract.match(shape.names, "transactions", source.columns)
    if header.missing:
        return stage.refuse(connection, shape, "transactions", 0, f"Columns missing: {', '.join(header.missing)}.")
    try:
        covers = days_in_name(shape.path)
    except ValueError as error:
        return stage.refuse(connection, shape, "transactions", 0, f"{error} Nothing was changed.")
    check = TransactionCheck(header, pseudonyms, source.time_zone, _currency(connection))
    rows_read = stage.fill(connection, _STAGE, blocks(shape, header), check, progress)
    repeated = drop_repeats(connection) if "transaction_id" in header.positions else 0
    if fault := stage.why_refused(connection, rows_read, source.max_bad_share):
        return stage.refuse(connection, shape, "transactions", rows_read, fault)
    manifest.lock(connection)
    if done := manifest.unchanged(connection, shape.path.name, shape.sha256, "transactions"):
        return done  # the same file was loaded while this load waited
    totals = connection.execute(
        "select business_date, count(*), sum(amount) from stage group by business_date order by business_date"
    ).fetchall()
    days, rows_loaded, amount = manifest.days_and_totals(totals)
    changed = _take_away(connection, days, covers)
    bad = stage.reasons(connection)
    report = LoadReport(
        file=shape.path.name,
        sha256=shape.sha256,
        kind="transactions",
        status="loaded",
        rows_read=rows_read,
        rows_loaded=rows_loaded,
        rows_quarantined=sum(bad.values()),
        rows_repeated=repeated,
        amount_loaded=amount,
        days=tuple(sorted({*days, *changed})),
        reason=header.dropped_sentence(),
        quarantine_reasons=bad,
    )
    file_id = manifest.write(connection, shape, report, covers)
    _put(connection, file_id, days, totals)
    return report


def _take_away(
    connection: psycopg.Connection, occurring: tuple[date, ...], covers: tuple[date, date] | None
) -> set[date]:
    """Remove what older files said of the days `covers`, else of those occurring; returns the days that lost rows."""
    first, last = covers or (None, None)
    connection.execute(_COVERED, {"first": first, "last": last, "days": list(occurring)})
    connection.execute(_REPLACED)
    connection.execute(_TAKEN_AWAY)
    days = {day for (day,) in connection.execute("select distinct business_date from taken_away")}
    if days:
        # The two literal bounds let PostgreSQL leave out the other months.
        connection.execute(
            "delete from raw.transactions as old using taken_away where old.business_date between %s and %s "
            "and old.file_id = taken_away.file_id and old.business_date = taken_away.business_date",
            [min(days), max(days)],
        )
        connection.execute(
            "delete from ingest.file_days as old using taken_away "
            "where old.file_id = taken_away.file_id and old.business_date = taken_away.business_date"
        )
    connection.execute(
        "update ingest.files set status = 'superseded' from replaced "
        "where replaced.file_id = files.file_id and is_whole"
    )
    return days


def _put(connection: psycopg.Connection, file_id: int, days: tuple[date, ...], totals: list[tuple[Any, ...]]) -> None:
    """Write the staged rows, the days and the quarantine of the file."""
    for month in sorted({day.replace(day=1) for day in days}):
        connection.execute("select raw.ensure_months('raw.transactions', %s, %s)", [month, month])
    connection.execute(
        "insert into raw.transactions (file_id, line_number, business_date, purchased_at, amount, mcc, city, "
        "merchant_name, customer_id) select %s, line_number, business_date, purchased_at, amount, mcc, city, "
        "merchant_name, customer_id from stage",
        [file_id],
    )
    with connection.cursor().copy("copy ingest.file_days from stdin") as copy:
        for row in totals:
            copy.write_row([file_id, *row])
    stage.keep_quarantine(connection, file_id)


def _currency(connection: psycopg.Connection) -> str | None:
    row = connection.execute("select upper(currency_code) from ingest.bank").fetchone()
    return row[0] if row else None
