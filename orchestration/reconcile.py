"""Nothing is lost and nothing doubled: files, raw, staging and marts agree in rows and money, day by day."""

from collections.abc import Iterator

import dagster as dg
import psycopg

from orchestration.ledger import close_days
from orchestration.partitions import ONE_RUN, Window, daily, window_of
from orchestration.resources import Warehouse

DAILY_TOTALS = {
    "files": "select business_date, sum(row_count), sum(amount) from ingest.file_days",
    "raw": "select business_date, count(*), sum(amount) from raw.transactions",
    "staging": "select business_date, count(*), sum(amount) from staging.stg_bank__transactions",
    "marts": "select business_date, count(*), sum(amount) from marts.fct_transactions",
    "customer days": "select business_date, null::bigint, sum(spend_amount) from marts.fct_customer_category_days",
    "store days": "select business_date, null::bigint, sum(revenue_amount) from marts.fct_store_category_days",
}
"""Rows and money a business day in each step; null rows: the step sums rows up, only its money can be compared."""

CHECKS = {
    "raw_equals_files": ("files", "raw"),
    "staging_equals_raw": ("raw", "staging"),
    "marts_equal_staging": ("staging", "marts"),
    "customer_days_equal_marts": ("marts", "customer days"),
    "store_days_equal_marts": ("marts", "store days"),
}


@dg.asset(
    partitions_def=daily,
    backfill_policy=ONE_RUN,
    deps=["raw_transactions", "fct_transactions", "fct_customer_category_days", "fct_store_category_days"],
    group_name="marts",
    kinds={"postgres"},
    output_required=False,
    check_specs=[
        dg.AssetCheckSpec("files_add_up", asset="reconciled_days", blocking=True),
        *(dg.AssetCheckSpec(name, asset="reconciled_days", blocking=True) for name in CHECKS),
    ],
)
def reconciled_days(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[None]]:
    """The days whose rows and money are the same in files, raw, staging and marts. Only these may be published."""
    window = window_of(context)
    results = [
        files_add_up(warehouse.connection),
        *(totals_agree(warehouse.connection, window, name) for name in CHECKS),
    ]
    yield from results
    if all(result.passed for result in results):
        days = close_days(warehouse.connection, window, context.run.run_id)
        yield dg.MaterializeResult(metadata={"window": str(window), "days_with_rows": days})


def files_add_up(connection: psycopg.Connection) -> dg.AssetCheckResult:
    """Of each file: rows read = loaded + quarantined + repeated, and the quarantine holds what the manifest says.

    The quarantine of a file whose last day was dropped by retention is gone with it.
    """
    wrong = connection.execute(
        "select name, rows_read, rows_loaded, rows_quarantined, rows_repeated, held.count from ingest.files "
        "left join lateral (select count(*) from ingest.quarantine q where q.file_id = files.file_id) held on true "
        "where status = 'loaded' and kind = 'transactions' "
        "and (rows_read <> rows_loaded + rows_quarantined + rows_repeated or (held.count <> rows_quarantined "
        "and exists (select from ingest.file_days d where d.file_id = files.file_id))) "
        "order by name limit 10"
    ).fetchall()
    return _result("files_add_up", [f"{name}: {rest}" for name, *rest in wrong])


def totals_agree(connection: psycopg.Connection, window: Window, check: str) -> dg.AssetCheckResult:
    """Rows and money of two neighbouring steps, for every day of the window."""
    left, right = CHECKS[check]
    within = f"where business_date >= '{window.start}' and business_date < '{window.end}' group by business_date"
    wrong = connection.execute(
        f"with l (business_date, rows, amount) as ({DAILY_TOTALS[left]} {within}), "
        f"r (business_date, rows, amount) as ({DAILY_TOTALS[right]} {within}) "
        "select business_date, l.rows, l.amount, r.rows, r.amount from l full join r using (business_date) "
        "where l.amount is distinct from r.amount or coalesce(l.rows <> r.rows, false) "
        "order by business_date limit 10"
    ).fetchall()
    said = [f"{day}: {left} {lr} rows {la}, {right} {rr} rows {ra}" for day, lr, la, rr, ra in wrong]
    return _result(check, said)


def _result(check: str, wrong: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check,
        asset_key="reconciled_days",
        passed=not wrong,
        description="; ".join(wrong) or None,
        metadata={"differences": len(wrong)},
    )
