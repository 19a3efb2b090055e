"""Nothing is lost and nothing doubled: files, raw, staging and marts agree in rows and money, day by day."""

from collections.abc import Iterator

import dagster as dg
import psycopg

from infra.database.reconciliation import CHECKS, days_that_differ, files_that_do_not_add_up
from orchestration.ledger import close_days
from orchestration.partitions import ONE_RUN, Window, daily, window_of
from orchestration.resources import Warehouse


@dg.asset(
    partitions_def=daily,
    backfill_policy=ONE_RUN,
    deps=[
        "raw_transactions",
        "fct_transactions",
        "fct_customer_category_days",
        "fct_store_category_days",
        "fct_bank_days",
    ],
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
        files_add_up(warehouse.connection, window),
        *(totals_agree(warehouse.connection, window, name) for name in CHECKS),
    ]
    yield from results
    if all(result.passed for result in results):
        days = close_days(warehouse.connection, window, context.run.run_id)
        yield dg.MaterializeResult(metadata={"window": str(window), "days_with_rows": days})


def files_add_up(connection: psycopg.Connection, window: Window) -> dg.AssetCheckResult:
    """Of each file: rows read = loaded + quarantined + repeated, and the quarantine holds what the manifest says."""
    return _result("files_add_up", files_that_do_not_add_up(connection, window.start, window.end))


def totals_agree(connection: psycopg.Connection, window: Window, check: str) -> dg.AssetCheckResult:
    """Rows and money of two neighbouring steps, for every day of the window."""
    return _result(check, days_that_differ(connection, window.start, window.end, check))


def _result(check: str, wrong: list[str]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check,
        asset_key="reconciled_days",
        passed=not wrong,
        description="; ".join(wrong) or None,
        metadata={"differences": len(wrong)},
    )
