"""Rows of one file that have the transaction_id of an earlier row."""

import psycopg

from infra.ingest.quarantine import REASONS

_FIND_REPEATS = """
create temporary table stage_repeats on commit drop as
select line_number, is_same from (
    select line_number,
        row_number() over same_id as place,
        (business_date, amount, mcc, city, merchant_name, customer_id) is not distinct from (
            first_value(business_date) over same_id, first_value(amount) over same_id, first_value(mcc) over same_id,
            first_value(city) over same_id, first_value(merchant_name) over same_id,
            first_value(customer_id) over same_id
        ) as is_same
    from stage
    where transaction_id <> ''
    window same_id as (partition by transaction_id order by line_number)
) as numbered
where place > 1
"""

_QUARANTINE_CONFLICTS = """
insert into stage_quarantine
select line_number, 'transaction_id_conflict', 'transaction_id',
    format('transaction_id %%L: %%s', transaction_id, %s::text),
    concat_ws(';', coalesce(purchased_at::text, business_date::text), amount, mcc, city, merchant_name,
              'customer:' || customer_id, transaction_id)
from stage join stage_repeats using (line_number)
where not is_same
"""


def drop_repeats(connection: psycopg.Connection) -> int:
    """Drop rows whose transaction_id an earlier line has; equal rows are counted, different ones go to quarantine."""
    connection.execute(_FIND_REPEATS)
    connection.execute(_QUARANTINE_CONFLICTS, [REASONS["transaction_id_conflict"][1]])
    connection.execute("delete from stage using stage_repeats where stage.line_number = stage_repeats.line_number")
    row = connection.execute("select count(*) filter (where is_same) from stage_repeats").fetchone()
    assert row is not None
    return int(row[0])
