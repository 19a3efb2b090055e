"""Windows of a past that learners learn from: inputs at an origin, and what came after it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml_assets.demand.config import GRAINS, DemandConfig
from ml_assets.demand.features import inputs_at
from ml_assets.demand.series import Matrix, Past
from ml_assets.errors import HistoryTooShort


@dataclass(frozen=True)
class TrainingRows:
    """One row for each series, origin and step of a grain."""

    frame: pd.DataFrame
    target: Matrix
    """(rows,): revenue of the step in mean days of the series."""
    weight: Matrix
    """(rows,): root of the series' mean day, so that neither the largest nor the many small ones decide alone."""


def training_origins(past: Past, config: DemandConfig) -> list[int]:
    """Newest first, `step` days apart. Raises HistoryTooShort where there is none."""
    origins = [past.days - 1 - config.horizon_days - k * config.step for k in range(config.training_origins)]
    origins = [origin for origin in origins if origin + 1 >= config.least_days]
    if not origins:
        raise HistoryTooShort(f"{past.days} days hold no window of {config.horizon_days} with a week before it.")
    return origins


def training_rows(
    past: Past, grain: str, categories: tuple[str, ...], rows_at_most: int, config: DemandConfig
) -> TrainingRows:
    """Of the living series at all training origins; more than `rows_at_most` are sampled."""
    frames, targets, weights = [], [], []
    for origin in training_origins(past, config):
        known = past.until(origin)
        alive = known.alive(config.least_days)
        inputs = inputs_at(known, alive, grain, categories, config)
        truth = past.ahead(origin, config.horizon_days, GRAINS[grain])[alive]
        frames.append(inputs.frame)
        targets.append((truth / inputs.unit).ravel())
        weights.append(np.repeat(np.sqrt(inputs.unit[:, 0]), truth.shape[1]))
    frame, target, weight = pd.concat(frames, ignore_index=True), np.concatenate(targets), np.concatenate(weights)
    if len(target) > rows_at_most:
        random = np.random.default_rng(config.seed)
        kept = np.sort(random.choice(len(target), rows_at_most, replace=False))
        frame, target, weight = frame.iloc[kept], target[kept], weight[kept]
    return TrainingRows(frame, target, weight)


def categories_of(past: Past) -> tuple[str, ...]:
    return tuple(sorted(past.keys["category_code"].astype(str).unique()))
