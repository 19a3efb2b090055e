"""demand champion (and challenger, where merchants may choose) + tenants' terms → stock plans."""

import dagster as dg

from infra.settings import Settings
from orchestration.features import newest_day, sound_snapshot
from orchestration.predict import append_scoring, not_trained, preview
from orchestration.resources import MLflow, Warehouse

TERMS = """
select legal_group, service_level::float8, lead_days, review_days, average_price::float8
from security.tenants join security.stock_terms using (tenant_id) where is_active
"""


@dg.asset(
    deps=["demand_series_snapshot", "demand_contest", "demand_forecast", "tenants"],
    group_name="predict",
    kinds={"mlflow", "postgres"},
)
def stock_plans(context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow) -> dg.MaterializeResult[None]:
    """How much each tenant should have in stock or on order, by its own service level, lead time and price."""
    from ml_assets.demand import read_series
    from ml_assets.demand.registry import load_challenger_or_none, load_champion, standing
    from ml_assets.stock_plan import StockTerms, plans

    as_of = newest_day(warehouse.connection)
    if standing() is None:
        return not_trained("demand", as_of)
    terms = {group: StockTerms(*said) for group, *said in warehouse.connection.execute(TERMS)}
    series = read_series(sound_snapshot("demand_series", as_of))
    settings = Settings()
    if settings.score_challenger and settings.show_challenger and (challenger := load_challenger_or_none()):
        append_scoring(warehouse.connection, "stock_plans", plans(challenger, series, as_of, terms))
    frame = plans(load_champion(), series, as_of, terms)
    added = append_scoring(warehouse.connection, "stock_plans", frame)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(frame),
            "rows_added": added,
            "preview": preview(frame),
        }
    )
