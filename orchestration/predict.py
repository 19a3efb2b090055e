"""champion → predictions: every active customer scored, every tenant's demand forecast; both append-only."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import dagster as dg
import pandas as pd
import psycopg
import pyarrow as pa
from psycopg import sql

from infra.database.deployments import record_deployment
from orchestration.features import newest_day, snapshot_path, write_snapshot
from orchestration.resources import MLflow, Warehouse, run_link

if TYPE_CHECKING:
    from ml_assets.demand import DemandForecast, DemandRun


@dg.asset(
    deps=["customer_events_snapshot", "purchasing_power_contest"], group_name="predict", kinds={"mlflow", "postgres"}
)
def purchasing_power_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """What each active customer will spend in the next 30 and 90 days, by the champion."""
    from ml_assets.contest.registry import load_champion
    from ml_assets.histories import read_snapshot
    from ml_assets.purchasing_power import QUESTION

    as_of = newest_day(warehouse.connection)
    champion = load_champion(QUESTION)
    scores = champion.predict(read_snapshot(snapshot_path("customer_events", as_of)).events, as_of)
    added = append_scoring(warehouse.connection, "purchasing_power", scores)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(scores),
            "rows_added": added,
            "model": f"{champion.question.name} version {champion.model_version}, {champion.learner}",
            "amount_30": float(scores.loc[scores["horizon_days"] == 30, "expected_amount"].sum()),
            "preview": preview(scores),
        }
    )


@dg.asset(deps=["store_visits_snapshot", "retention_contest"], group_name="predict", kinds={"mlflow", "postgres"})
def retention_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """How likely each of a tenant's customers of the last 90 days is to return within 30, 60, 90 days."""
    from ml_assets.contest.registry import load_champion_or_none
    from ml_assets.retention import QUESTION, units_of

    as_of = newest_day(warehouse.connection)
    champion = load_champion_or_none(QUESTION)
    if champion is None:
        told = "No model of who returns has been trained yet: the next contest trains one (`./lyra run --train`)."
        return dg.MaterializeResult(metadata={"as_of": as_of.isoformat(), "reason": told})
    units = units_of(pd.read_parquet(snapshot_path("store_visits", as_of)))
    scores = units.named(champion.predict(units.events, as_of))
    added = append_scoring(warehouse.connection, "retention", scores)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(scores),
            "rows_added": added,
            "model": f"{champion.question.name} version {champion.model_version}, {champion.learner}",
            "mean_probability_30": float(scores.loc[scores["horizon_days"] == 30, "return_probability"].mean()),
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
    standing = standing_run(warehouse.connection)
    if standing and append_scoring(warehouse.connection, "demand", forecast.frame(standing), dry_run=True) == 0:
        run, added = standing, 0
    else:
        run = log_demand(forecast, mlflow.tags(context))
        record_deployment(warehouse.connection, _deployment(run, forecast, standing))
        added = append_scoring(warehouse.connection, "demand", forecast.frame(run))
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(forecast.frame(run)),
            "rows_added": added,
            "mlflow_run": run_link(run.url),
            "preview": preview(forecast.frame(run)),
            **{name: float(value) for name, value in forecast.metrics.items()},
        }
    )


def standing_run(connection: psycopg.Connection) -> "DemandRun | None":
    """The run that stands behind the newest demand forecast."""
    from ml_assets.demand import DemandRun

    row = connection.execute(
        "select model_name, model_version, run_id from predictions.deployments where model_name = 'demand' "
        "order by deployment_id desc limit 1"
    ).fetchone()
    return DemandRun(row[0], row[1], row[2], None) if row else None


def _deployment(run: "DemandRun", forecast: "DemandForecast", standing: "DemandRun | None") -> dict[str, Any]:
    return {
        "model_name": run.model_name,
        "model_version": run.model_version,
        "learner": "weekday_median",
        "alias": "champion",
        "run_id": run.run_id,
        "as_of": forecast.as_of,
        "metrics": dict(forecast.metrics),
        "reason": f"{'measured again on newer days' if standing else 'the first'}; there is one learner",
        "deployed_by": "dagster",
    }


def append_scoring(connection: psycopg.Connection, table: str, frame: pd.DataFrame, *, dry_run: bool = False) -> int:
    """Append a scoring to predictions.<table>, unless the last one of the same as_of, model and version said the same.

    Returns the rows added; with dry_run, those that would be. A scoring is all rows of one `scored_at`;
    nothing is ever changed or deleted.
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
        said = connection.execute(_WAS_SAID.format(columns=columns, target=target)).fetchone()
        if said and said[0]:
            return 0
        if not dry_run:
            connection.execute(sql.SQL("insert into {} select * from scoring").format(target))
    return len(frame)


_WAS_SAID = sql.SQL("""
with same as (
    select * from {target}
    where (as_of, model_name, model_version) in (select as_of, model_name, model_version from scoring)
),
old as (select {columns} from same where scored_at = (select max(scored_at) from same)),
new as (select {columns} from scoring)
select not exists ((table new except table old) union all (table old except table new))
""")
"""Does the newest scoring of the same as_of, model and version hold exactly these rows?"""


def _rows(frame: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    """Python values, None for missing ones."""
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.itertuples(index=False, name=None)


def preview(frame: pd.DataFrame) -> dg.MetadataValue[Any]:
    """The first five rows as a table."""
    lines = ["| " + " | ".join(frame.columns) + " |", "| --- " * len(frame.columns) + "|"]
    return dg.MetadataValue.md(
        "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in _rows(frame.head()))])
    )


@dg.asset_check(asset=purchasing_power_predictions, blocking=True)
def predictions_are_sane(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Each customer with a receipt within 90 days is scored for both horizons; no amount is negative or crossed."""
    as_of = newest_day(warehouse.connection)
    found = warehouse.connection.execute(
        """
        with last as (
            select * from predictions.purchasing_power where as_of = %(as_of)s
            and scored_at = (select max(scored_at) from predictions.purchasing_power where as_of = %(as_of)s)
        ),
        active as (
            select distinct customer_id from marts.fct_customer_category_days
            where business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s and receipt_count > 0
        )
        select
            (select count(*) from active cross join (values (30), (90)) h (horizon_days)
             where not exists (select from last where last.customer_id = active.customer_id
                               and last.horizon_days = h.horizon_days)),
            (select count(*) from last
             where not exists (select from active where active.customer_id = last.customer_id)),
            (select count(*) from last where expected_amount < 0 or p10_amount < 0
             or 'NaN' in (expected_amount, p10_amount, p50_amount, p90_amount)),
            (select count(*) from last where p10_amount > p50_amount or p50_amount > p90_amount)
        """,
        {"as_of": as_of},
    ).fetchone()
    assert found is not None
    faults = dict(zip(("missing", "not_active", "negative_or_nan", "crossing_quantiles"), found, strict=True))
    return dg.AssetCheckResult(passed=not any(found), metadata=faults)


@dg.asset_check(asset=retention_predictions, blocking=True)
def retention_is_sane(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Where a model stands, each tenant's customer of the last 90 days is scored for all horizons, nobody else."""
    as_of = newest_day(warehouse.connection)
    found = warehouse.connection.execute(
        """
        with last as (
            select * from predictions.retention where as_of = %(as_of)s
            and scored_at = (select max(scored_at) from predictions.retention where as_of = %(as_of)s)
        ),
        active as (
            select distinct tenants.legal_group, days.customer_id
            from marts.fct_tenant_customer_days days
            join marts.dim_tenant_stores using (store_id) join security.tenants using (tenant_id)
            where days.business_date > %(as_of)s::date - 90 and days.business_date <= %(as_of)s
            and days.receipt_count > 0
        )
        select
            (select count(*) from active cross join (values (30), (60), (90)) h (horizon_days)
             where exists (select from last)
             and not exists (select from last where (last.legal_group, last.customer_id, last.horizon_days)
                             = (active.legal_group, active.customer_id, h.horizon_days))),
            (select count(*) from last where not exists (select from active
             where (active.legal_group, active.customer_id) = (last.legal_group, last.customer_id)))
        """,
        {"as_of": as_of},
    ).fetchone()
    assert found is not None
    return dg.AssetCheckResult(passed=not any(found), metadata=dict(zip(("missing", "not_active"), found, strict=True)))
