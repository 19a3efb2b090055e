"""champion → predictions: every active customer scored, every tenant's demand forecast; both append-only."""

from collections.abc import Iterable
from typing import Any

import dagster as dg
import pandas as pd
import psycopg
import pyarrow as pa
from psycopg import sql

from orchestration.features import newest_day, snapshot_path, write_snapshot
from orchestration.resources import MLflow, Warehouse, run_link
from orchestration.train import record_deployment


@dg.asset(
    deps=["customer_events_snapshot", "purchasing_power_contest"], group_name="predict", kinds={"mlflow", "postgres"}
)
def purchasing_power_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """What each active customer will spend in the next 30 and 90 days, by the champion."""
    from ml_assets.purchasing_power import read_snapshot
    from ml_assets.registry import load_champion

    as_of = newest_day(warehouse.connection)
    champion = load_champion()
    scores = champion.predict(read_snapshot(snapshot_path("customer_events", as_of)).events, as_of)
    added = append_scoring(warehouse.connection, "purchasing_power", scores)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(scores),
            "rows_added": added,
            "model": f"{champion.model_name} version {champion.model_version}, {champion.learner}",
            "amount_30": float(scores.loc[scores["horizon_days"] == 30, "expected_amount"].sum()),
            "preview": preview(scores),
        }
    )


DEMAND_TYPES = {
    "legal_group": pa.string(),
    "city_code": pa.string(),
    "category_code": pa.string(),
    "store_id": pa.int64(),
    "business_date": pa.date32(),
    "revenue_amount": pa.float64(),
}

DEMAND_SERIES = """
select legal_group, city_code, category_code, nullif(store_id, 0), business_date, revenue_amount
from marts.agg_scope_days join security.tenants using (tenant_id)
order by legal_group, city_code, category_code, store_id, business_date
"""
"""Every series that a tenant can choose on its page: '*' is all cities or categories, no store is all stores."""


@dg.asset(deps=["agg_scope_days", "reconciled_days"], group_name="predict", kinds={"mlflow", "postgres"})
def demand_forecast(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """What each tenant will sell in the next 28 days and 4 weeks, in every scope of its page."""
    from ml_assets.demand import forecast_demand, log_demand, read_series

    as_of = newest_day(warehouse.connection)
    path = snapshot_path("demand_series", as_of)
    write_snapshot(warehouse.connection, DEMAND_SERIES, DEMAND_TYPES, path)
    forecast = forecast_demand(read_series(path), as_of)
    run = log_demand(forecast, mlflow.tags(context))
    frame = forecast.frame(run)
    record_deployment(warehouse.connection, run.as_row())
    added = append_scoring(warehouse.connection, "demand", frame)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(frame),
            "rows_added": added,
            "mlflow_run": run_link(run.url),
            "preview": preview(frame),
            **{name: float(value) for name, value in forecast.metrics.items()},
        }
    )


def append_scoring(connection: psycopg.Connection, table: str, frame: pd.DataFrame) -> int:
    """Append a scoring to predictions.<table>, unless the last scoring of the same as_of, model and version said the same.

    Returns the rows added. A scoring is all rows of one `scored_at`; nothing is ever changed or deleted.
    """
    if frame.empty:
        return 0
    target, columns = sql.Identifier("predictions", table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    with connection.transaction():
        connection.execute(sql.SQL("create temporary table scoring (like {}) on commit drop").format(target))
        connection.execute("alter table scoring alter scored_at set default now()")
        with connection.cursor().copy(sql.SQL("copy scoring ({}) from stdin").format(columns)) as copy:
            for row in _rows(frame):
                copy.write_row(row)
        if _was_said(connection, target, columns):
            return 0
        connection.execute(sql.SQL("insert into {} select * from scoring").format(target))
    return len(frame)


def _was_said(connection: psycopg.Connection, target: sql.Identifier, columns: sql.Composed) -> bool:
    """Does the newest scoring of the same as_of, model and version hold exactly these rows?"""
    row = connection.execute(
        sql.SQL(
            "with new as (select {columns} from scoring), "
            "one as (select as_of, model_name, model_version from scoring limit 1), "
            "old as (select {columns} from {target} where (as_of, model_name, model_version) = (select (as_of, model_name, model_version) from one) "
            "and scored_at = (select max(scored_at) from {target} where (as_of, model_name, model_version) = (select (as_of, model_name, model_version) from one))) "
            "select not exists ((table new except table old) union all (table old except table new))"
        ).format(columns=columns, target=target)
    ).fetchone()
    return bool(row and row[0])


def _rows(frame: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    """Python values, None for missing ones."""
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.itertuples(index=False, name=None)


def preview(frame: pd.DataFrame) -> dg.MetadataValue[Any]:
    """The first five rows as a table."""
    lines = ["| " + " | ".join(frame.columns) + " |", "| --- " * len(frame.columns) + "|"]
    return dg.MetadataValue.md("\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in _rows(frame.head()))]))


@dg.asset_check(asset=purchasing_power_predictions, blocking=True)
def predictions_are_sane(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Every customer active in the last 90 days is scored for both horizons; amounts exist, are not negative, do not cross."""
    as_of = newest_day(warehouse.connection)
    found = warehouse.connection.execute(
        """
        with last as (
            select * from predictions.purchasing_power where as_of = %(as_of)s
            and scored_at = (select max(scored_at) from predictions.purchasing_power where as_of = %(as_of)s)
        ),
        active as (
            select distinct customer_id from marts.fct_customer_category_days
            where business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s
        )
        select
            (select count(*) from active cross join (values (30), (90)) h (horizon_days)
             where not exists (select from last where last.customer_id = active.customer_id
                               and last.horizon_days = h.horizon_days)),
            (select count(*) from last where not exists (select from active where active.customer_id = last.customer_id)),
            (select count(*) from last where expected_amount < 0 or p10_amount < 0 or 'NaN' in (expected_amount, p10_amount, p50_amount, p90_amount)),
            (select count(*) from last where p10_amount > p50_amount or p50_amount > p90_amount)
        """,
        {"as_of": as_of},
    ).fetchone()
    assert found is not None
    faults = dict(zip(("missing", "not_active", "negative_or_nan", "crossing_quantiles"), found, strict=True))
    return dg.AssetCheckResult(passed=not any(found), metadata=faults)
