"""What a series sells in the next 28 days and 4 weeks.

    series = read_series(path)                          # Parquet with SERIES_COLUMNS
    forecast = forecast_demand(series, as_of)           # DemandForecast: .metrics, .params
    run = log_demand(forecast, tags)                    # MLflow run, registered version `demand`; alias champion
    frame = forecast.frame(run)                         # rows of predictions.demand, without scored_at

SERIES_COLUMNS: legal_group, city_code, category_code, store_id (nullable int64 = all stores of the group there),
business_date, revenue_amount (net of refunds). A day without a row inside a series' life counts as 0.
A series is forecast when it has a sale in the last 28 days and at least 35 days of life.
"""
