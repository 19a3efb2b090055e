"""What a newly copied delivery takes the place of: older files' rows of the days that it covers."""

from collections.abc import Sequence
from datetime import date

import psycopg

_COVERED = """
create temporary table covered on commit drop as
select unnest(%(days)s::date[]) as business_date where %(first)s::date is null
union all
select generate_series(%(first)s::date, %(last)s::date, interval '1 day')::date where %(first)s::date is not null
"""

# What an older file covers: the days in its name, else the days that it has rows of. The same bytes under another name,
# loaded again, take the place of all that they brought.
_REPLACED = """
create temporary table replaced on commit drop as
with same_bytes as (select sha256 from ingest.files where file_id = any(%(new)s))
select files.file_id,
    bool_and(covered.business_date is not null) or files.sha256 in (select * from same_bytes) as is_whole,
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
where files.kind = 'transactions' and files.status = 'loaded' and files.source = %(source)s
group by files.file_id, files.sha256
having bool_or(covered.business_date is not null) or files.sha256 in (select * from same_bytes)
"""

_TAKEN_AWAY = """
create temporary table taken_away on commit drop as
select file_days.file_id, file_days.business_date
from ingest.file_days join replaced using (file_id)
where replaced.is_whole or file_days.business_date = any(replaced.days)
"""

# A row that was late for two files which both cover the day of its export stands in both: the newer file has it.
_LATE_TWICE = """
with late as (
    select rows.*, rows.file_id = any(%(new)s) as is_new,
        row_number() over (
            partition by rows.file_id = any(%(new)s), business_date, amount, mcc, spelling_id, customer_id, purchased_at
            order by rows.file_id, line_number
        ) as place
    from raw.transactions as rows
    where rows.business_date = any(%(days)s)
    and (rows.file_id = any(%(new)s) or rows.file_id in (select file_id from replaced where not is_whole))
)
delete from raw.transactions as old using late as older, late as newer
where newer.is_new and not older.is_new and newer.place = older.place
and (newer.business_date, newer.amount, newer.mcc, newer.spelling_id, newer.customer_id)
    = (older.business_date, older.amount, older.mcc, older.spelling_id, older.customer_id)
and newer.purchased_at is not distinct from older.purchased_at
and old.business_date between %(first)s and %(last)s
and (old.file_id, old.line_number) = (older.file_id, older.line_number)
returning old.file_id, old.business_date, old.amount
"""


def put_in_place(
    connection: psycopg.Connection,
    file_ids: Sequence[int],
    source: str,
    days: Sequence[date],
    covers: tuple[date, date] | None,
) -> set[date]:
    """Remove what older files of the source said of the days `covers`, else of `days`; returns the days that lost rows.

    An older file all of whose days are covered goes whole, its late rows too.
    """
    first, last = covers or (None, None)
    connection.execute(_COVERED, {"first": first, "last": last, "days": list(days)})
    connection.execute(_REPLACED, {"source": source, "new": list(file_ids)})
    connection.execute(_TAKEN_AWAY)
    lost = {day for (day,) in connection.execute("select distinct business_date from taken_away")}
    if lost:
        # The two literal bounds let PostgreSQL leave out the other months.
        connection.execute(
            "delete from raw.transactions as old using taken_away where old.business_date between %s and %s "
            "and old.file_id = taken_away.file_id and old.business_date = taken_away.business_date",
            [min(lost), max(lost)],
        )
        connection.execute(
            "delete from ingest.file_days as old using taken_away "
            "where old.file_id = taken_away.file_id and old.business_date = taken_away.business_date"
        )
    connection.execute(
        "update ingest.files set status = case when is_whole then 'superseded' else status end, "
        "is_partly_replaced = not is_whole from replaced where replaced.file_id = files.file_id"
    )
    late = [day for day in days if first and last and not first <= day <= last]
    return lost | _take_late_rows_once(connection, file_ids, late)


def _take_late_rows_once(connection: psycopg.Connection, file_ids: Sequence[int], late: Sequence[date]) -> set[date]:
    overlaps = connection.execute("select 1 from replaced where not is_whole limit 1").fetchone()
    if not late or not overlaps:
        return set()
    gone = connection.execute(
        _LATE_TWICE, {"new": list(file_ids), "days": list(late), "first": min(late), "last": max(late)}
    ).fetchall()
    for file_id, day, amount in gone:
        connection.execute(
            "update ingest.file_days set row_count = row_count - 1, amount = amount - %s "
            "where file_id = %s and business_date = %s",
            [amount, file_id, day],
        )
    connection.execute("delete from ingest.file_days where row_count = 0 and business_date = any(%s)", [list(late)])
    return {day for _, day, _ in gone}
