"""What is red: failed steps written down for `lyra status`, days that are missing, data that is old."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import psycopg

from infra.settings import Settings
from orchestration.ingest import raw_transactions
from orchestration.ledger import loaded_until
from orchestration.publish import published_tables
from orchestration.resources import Warehouse, warehouse_dsn


@dg.failure_hook
def write_failure_down(context: dg.HookContext) -> None:
    """Leave the failed step, its error and its failed checks where `lyra status` finds them without Dagster."""
    evaluations = context.instance.all_logs(context.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    failed = []
    for record in evaluations:
        evaluation = record.get_dagster_event().asset_check_evaluation_data
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
            failed.append(f"{evaluation.asset_key.to_user_string()}:{evaluation.check_name}")
    with psycopg.connect(warehouse_dsn()) as connection:
        connection.execute(
            "insert into monitor.failures (dagster_run_id, job_name, step, error, failed_checks) "
            "values (%s, %s, %s, %s, %s)",
            [context.run_id, context.job_name, context.op.name, str(context.op_exception)[:4000], failed],
        )


@dg.asset_check(asset=raw_transactions)
def no_day_is_missing(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Between the first and the last loaded business date there is no day without a purchase."""
    missing = [
        day
        for (day,) in warehouse.connection.execute(
            "select day::date from (select min(business_date) as first, max(business_date) as last "
            "from ingest.file_days) x, "
            "generate_series(first, last, interval '1 day') day "
            "where not exists (select from ingest.file_days where business_date = day::date) order by 1"
        )
    ]
    return dg.AssetCheckResult(
        passed=not missing,
        metadata={"missing": ", ".join(map(str, missing[:20])) or "none", "count": len(missing)},
    )


@dg.asset_check(asset=published_tables)
def is_fresh(warehouse: Warehouse) -> dg.AssetCheckResult:
    """A living bank's newest business date is at most two days old; a closed history has no age."""
    settings = Settings()
    live = warehouse.connection.execute("select is_live from ingest.bank").fetchone()
    newest = loaded_until(warehouse.connection)
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    return dg.AssetCheckResult(
        passed=not (live and live[0]) or is_recent(newest, today),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"loaded_until": str(newest), "today": str(today)},
    )


def is_recent(newest: date | None, today: date, days: int = 2) -> bool:
    """Yesterday's file comes today; a day later it is late."""
    return newest is not None and today - newest <= timedelta(days=days)
