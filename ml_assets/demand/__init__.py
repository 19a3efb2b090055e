"""What a series sells in the next 28 days and 4 weeks, in quantiles.

    series = read_series(path)                                       # Parquet with SERIES_COLUMNS
    contest = run_contest(series, as_of, champion=standing())        # DemandContest: all learners, several origins
    runs = log_contest(contest, tags); promote(contest, runs, …)     # ml_assets.contest.registry
    frame = load_champion().frame(series, as_of)                     # rows of predictions.demand, without scored_at

SERIES_COLUMNS: legal_group, city_code, category_code, store_id (nullable int64: null = all stores of the group there),
business_date, revenue_amount (net of refunds). A day without a row, between a series' first day and as_of, counts as 0.
A series with fewer than 7 days before as_of, or without a sale in the last 28, is not forecast.
"""

from ml_assets.demand.config import DemandConfig
from ml_assets.demand.contest import DemandContest, run_contest
from ml_assets.demand.model import DEMAND_COLUMNS, SUBJECT, DemandModel, Registered
from ml_assets.demand.series import SERIES_COLUMNS, read_series

__all__ = [
    "DEMAND_COLUMNS", "SERIES_COLUMNS", "SUBJECT", "DemandConfig", "DemandContest", "DemandModel", "Registered",
    "read_series", "run_contest",
]  # fmt: skip
