"""demand forecast + tenants' terms → stock plans."""

from typing import Any

import dagster as dg
import pandas as pd
import psycopg

from ml_assets.stock_plan import StockTerms
from orchestration.features import newest_day
from orchestration.predict import append_scoring, preview
from orchestration.resources import Warehouse

FORECAST = """
select legal_group, city_code, category_code, store_id, period_start, {amounts}, model_name, model_version, run_id
from predictions.demand where as_of = %(as_of)s and grain_code = 'day'
and scored_at = (select max(scored_at) from predictions.demand where as_of = %(as_of)s)
order by legal_group, city_code, category_code, store_id, period_start
"""

TERMS = """
select legal_group, service_level::float8, lead_days, review_days, average_price::float8
from security.tenants join security.stock_terms using (tenant_id) where is_active
"""


@dg.asset(deps=["demand_forecast", "tenants"], group_name="predict", kinds={"python", "postgres"})
def stock_plans(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """How much each tenant should have in stock or on order, by its own service level, lead time and price."""
    as_of = newest_day(warehouse.connection)
    frame = plans(forecast_of(warehouse.connection, as_of), terms_of(warehouse.connection))
    if frame.empty:
        told = "There is no demand forecast of this day, hence no plan."
        return dg.MaterializeResult(metadata={"as_of": as_of.isoformat(), "reason": told})
    added = append_scoring(warehouse.connection, "stock_plans", frame.assign(as_of=as_of))
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(frame),
            "rows_added": added,
            "preview": preview(frame),
        }
    )


def forecast_of(connection: psycopg.Connection, as_of: Any) -> pd.DataFrame:
    from ml_assets.demand.model import AMOUNTS

    amounts = ", ".join(f"{name}::float8" for name in AMOUNTS)
    cursor = connection.execute(FORECAST.format(amounts=amounts), {"as_of": as_of})
    assert cursor.description is not None
    frame = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])
    return frame.assign(store_id=frame["store_id"].astype("Int64"))


def terms_of(connection: psycopg.Connection) -> dict[str, StockTerms]:
    """By legal group, of those who said something."""
    return {group: StockTerms(*terms) for group, *terms in connection.execute(TERMS)}


def plans(forecast: pd.DataFrame, terms: dict[str, StockTerms]) -> pd.DataFrame:
    """Columns of predictions.stock_plans without as_of and scored_at, one row a series."""
    from ml_assets.demand.config import DemandConfig
    from ml_assets.stock_plan import plan

    days = DemandConfig().horizon_days
    found = [
        plan(rows, terms.get(str(group), StockTerms()), days)
        for group, rows in forecast.groupby("legal_group", sort=True)
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
