"""Rows of one file that have the transaction_id of an earlier row."""

from collections import Counter
from datetime import date

import psycopg

from infra.ingest.quarantine import REASONS

_FIND = """
create temporary table stage_repeats on commit drop as
with twice as (
    select transaction_id from stage_ids where file_id = %(file_id)s and transaction_id <> ''
    group by transaction_id having count(*) > 1
),
rows as (
    select ids.transaction_id, old.*, row_number() over same_id as place,
        (old.business_date, old.amount, old.mcc, old.spelling_id, old.customer_id) is not distinct from (
            first_value(old.business_date) over same_id, first_value(old.amount) over same_id,
            first_value(old.mcc) over same_id, first_value(old.spelling_id) over same_id,
            first_value(old.customer_id) over same_id
        ) as is_same
    from stage_ids as ids
    join twice using (transaction_id)
    join raw.transactions as old
        on old.file_id = ids.file_id and old.line_number = ids.line_number and old.business_date = ids.business_date
        and old.business_date between %(first)s and %(last)s
    where ids.file_id = %(file_id)s
    window same_id as (partition by ids.transaction_id order by old.line_number)
)
select * from rows where place > 1
"""

_QUARANTINE_CONFLICTS = """
insert into ingest.quarantine (file_id, line_number, reason_code, column_name, reason, raw_text)
select repeats.file_id, line_number, 'transaction_id_conflict', 'transaction_id',
    format('transaction_id %%L: %%s', transaction_id, %s::text),
    concat_ws(';', coalesce(purchased_at::text, business_date::text), amount, mcc, city, merchant_name,
              'customer:' || customer_id, transaction_id)
from stage_repeats as repeats
left join (
    select distinct spelling_id, merchant_name, city from stage_spellings
    union select spelling_id, merchant_name, city from raw.store_spellings
) as spellings using (spelling_id)
where not is_same
"""


def drop(connection: psycopg.Connection, file_id: int, totals: dict[date, tuple[int, int]], bad: Counter[str]) -> int:
    """Drop rows whose transaction_id an earlier line of the file has; returns how many equal ones there were.

    Equal rows are only counted, different ones go to quarantine; `totals` (rows and cents by day) and `bad` follow.
    """
    has_ids = connection.execute("select 1 from stage_ids where file_id = %s limit 1", [file_id]).fetchone()
    if not has_ids or not totals:
        return 0
    connection.execute(_FIND, {"file_id": file_id, "first": min(totals), "last": max(totals)})
    connection.execute(_QUARANTINE_CONFLICTS, [REASONS["transaction_id_conflict"][1]])
    connection.execute(
        "delete from raw.transactions as old using stage_repeats as repeats "
        "where old.business_date between %s and %s and old.business_date = repeats.business_date "
        "and old.file_id = repeats.file_id and old.line_number = repeats.line_number",
        [min(totals), max(totals)],
    )
    same = 0
    gone = connection.execute("select business_date, (amount * 100)::bigint, is_same from stage_repeats").fetchall()
    for day, cents, is_same in gone:
        rows, before = totals[day]
        totals[day] = (rows - 1, before - cents)
        same += is_same
    bad.update({"transaction_id_conflict": len(gone) - same} if len(gone) > same else {})
    connection.execute("drop table stage_repeats")
    return same
