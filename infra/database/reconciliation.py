"""Files, raw, staging and marts agree in rows and money: the questions, for any window of days, and what differs."""

from datetime import date

import psycopg

DAILY_TOTALS = {
    "files": "select business_date, sum(row_count), sum(amount) from ingest.file_days",
    "raw": "select business_date, count(*), sum(amount) from raw.transactions",
    "staging": "select business_date, count(*), sum(amount) from staging.stg_bank__transactions",
    "marts": "select business_date, count(*), sum(amount) from marts.fct_transactions",
    "customer days": "select business_date, null::bigint, sum(spend_amount) from marts.fct_customer_category_days",
    "store days": "select business_date, null::bigint, sum(revenue_amount) from marts.fct_store_category_days",
    "bank days": "select business_date, null::bigint, sum(revenue_amount) from marts.fct_bank_days",
}
"""Rows and money a business day in each step; null rows: the step sums rows up, only its money can be compared."""

CHECKS = {
    "raw_equals_files": ("files", "raw"),
    "staging_equals_raw": ("raw", "staging"),
    "marts_equal_staging": ("staging", "marts"),
    "customer_days_equal_marts": ("marts", "customer days"),
    "store_days_equal_marts": ("marts", "store days"),
    "bank_days_equal_store_days": ("store days", "bank days"),
}


def files_that_do_not_add_up(connection: psycopg.Connection, first_day: date, beyond: date) -> list[str]:
    """Files of [first_day, beyond) of which rows read are not those loaded, quarantined and repeated.

    Also files whose quarantine does not hold what the manifest says: it goes with the last day that retention drops.
    A file is of the days that it covers or holds.
    """
    wrong = connection.execute(
        "select name, rows_read, rows_loaded, rows_quarantined, rows_repeated, held.count from ingest.files "
        "left join lateral (select count(*) from ingest.quarantine q where q.file_id = files.file_id) held on true "
        "where status = 'loaded' and kind = 'transactions' "
        "and (coalesce(covers_from < %(beyond)s and covers_until >= %(first)s, true) or file_id in "
        "(select file_id from ingest.file_days where business_date >= %(first)s and business_date < %(beyond)s)) "
        "and (rows_read <> rows_loaded + rows_quarantined + rows_repeated or (held.count <> rows_quarantined "
        "and exists (select from ingest.file_days d where d.file_id = files.file_id))) "
        "order by name limit 10",
        {"first": first_day, "beyond": beyond},
    ).fetchall()
    return [f"{name}: {rest}" for name, *rest in wrong]


def days_that_differ(connection: psycopg.Connection, first_day: date, beyond: date, check: str) -> list[str]:
    """Days of [first_day, beyond) on which two neighbouring steps do not have the same rows and money."""
    left, right = CHECKS[check]
    within = f"where business_date >= '{first_day}' and business_date < '{beyond}' group by business_date"
    wrong = connection.execute(
        f"with l (business_date, rows, amount) as ({DAILY_TOTALS[left]} {within}), "
        f"r (business_date, rows, amount) as ({DAILY_TOTALS[right]} {within}) "
        "select business_date, l.rows, l.amount, r.rows, r.amount from l full join r using (business_date) "
        "where l.amount is distinct from r.amount or coalesce(l.rows <> r.rows, false) "
        "order by business_date limit 10"
    ).fetchall()
    return [f"{day}: {left} {lr} rows {la}, {right} {rr} rows {ra}" for day, lr, la, rr, ra in wrong]
