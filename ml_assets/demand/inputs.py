"""What a demand model sees of a series, in the few figures whose drift is watched."""

from datetime import date

import pandas as pd

from ml_assets.demand.config import DemandConfig
from ml_assets.demand.series import past_of


def watched_at(series: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row for each living series: mean day's revenue, the last 28 days over the last 91, share of days without."""
    past = past_of(series, as_of)
    alive = past.alive(DemandConfig().least_days)
    size = past.mean_day(91)[alive, 0]
    return pd.DataFrame(
        {
            "mean_day": size,
            "last_28_over_91_days": past.mean_day(28)[alive, 0] / size,
            "empty_day_share": (past.recent(91)[alive] == 0).mean(axis=1),
        }
    )
