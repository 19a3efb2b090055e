"""What a series sells in the next 28 days and 4 weeks.

    series = read_series(path)                          # Parquet with SERIES_COLUMNS
    forecast = forecast_demand(series, as_of)           # DemandForecast: .metrics, .params, .rows
    run = log_demand(forecast, tags)                    # MLflow run and registered version, alias champion
    frame = forecast.frame(run)                         # rows of predictions.demand, without scored_at

SERIES_COLUMNS: legal_group, city_code, category_code, store_id (nullable int64: null = all stores of the group there),
business_date, revenue_amount (net of refunds). A day without a row, between a series' first day and as_of, counts as 0.
A series with fewer than 28 days before as_of, or without a sale in the last 28, is not forecast.
"""

from ml_assets.demand.forecast import DEMAND_COLUMNS, DemandForecast, DemandRun, forecast_demand
from ml_assets.demand.registry import MODEL_NAME, log_demand
from ml_assets.demand.series import SERIES_COLUMNS, read_series

__all__ = [
    "DEMAND_COLUMNS", "MODEL_NAME", "SERIES_COLUMNS", "DemandForecast", "DemandRun", "forecast_demand", "log_demand",
    "read_series",
]  # fmt: skip
