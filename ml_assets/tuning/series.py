"""Candidates for demand on windows that lie before all that a contest measures."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from ml_assets.contest.gate import Vector
from ml_assets.demand.config import DemandConfig
from ml_assets.demand.contest import digest_of, fitted, held_out_origins, measured, windows_of
from ml_assets.demand.model import SUBJECT
from ml_assets.demand.series import check_series, past_of
from ml_assets.errors import HistoryTooShort
from ml_assets.tuning.outcome import Progress, Tuning, TuningConfig


def tune_demand(
    learner: str,
    series: pd.DataFrame,
    as_of: date,
    config: DemandConfig,
    options: TuningConfig | None = None,
    on_progress: Progress = lambda line: None,
) -> Tuning:
    """A contest's own protocol, on the days before its oldest test window; each fold is a window of 28 days.

    Raises BadInput, and HistoryTooShort where these days hold no such contest.
    """
    whole = past_of(check_series(series), as_of)
    past = whole.until(min(held_out_origins(whole, config)))
    if past.days < 3 * config.horizon_days:
        raise HistoryTooShort(
            f"{past.days} days lie before the held-out windows; tuning needs {3 * config.horizon_days} of them."
        )
    options = options or TuningConfig()
    origins = held_out_origins(past, config)[: options.folds]
    facts = {"as_of": str(as_of), "first_date": str(past.first_day), "last_date": str(past.last_day)}
    facts |= {"series": str(len(past.keys)), "test_origins": str(len(origins))}

    def trial(tried: Any) -> tuple[Mapping[str, float], tuple[Mapping[str, float], ...], Vector]:
        model, _ = fitted(learner, past.until(min(origins)), tried)
        windows = windows_of(model, past, origins, tried)
        folds = tuple(
            measured({grain: [parts[k]] for grain, parts in windows.items()}).metrics for k in range(len(origins))
        )
        together = measured(windows)
        return together.metrics, folds, together.losses

    return Tuning(SUBJECT, learner, config, options, digest_of(past), facts, trial)
