"""From any learner's own quantiles to quantiles that hold what they promise: split-conformal, the same for all.

For each level, the own quantile is moved by so many spreads that, at origins which the learner did not learn from,
the level's share of truths lay below it (Romano, Patterson and Candès 2019, each level on its own side). The spread of
a step is √(forecast · mean day), for counts and amounts stray like the root of their mean, times how restless the
series is: one factor for all would give a chain's steady sum the width of its smallest store (seen: 80 % intervals four
times too wide). The median stays the learner's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml_assets.demand.config import GRAINS, LEVELS, DemandConfig
from ml_assets.demand.learner import Cube, FittedLearner
from ml_assets.demand.series import Flags, Matrix, Past, nan_mean

MIDDLE = LEVELS.index(0.5)


@dataclass(frozen=True)
class Errors:
    """What a model missed at the calibration origins of a past, in spreads."""

    parts: tuple[tuple[Flags, Cube, Cube], ...]
    """At each origin: the series that lived; (series, steps, levels) of truth − own quantile in spreads, and of own."""
    restlessness: Matrix
    """(series,): mean error beside that of all series, drawn to 1 where a series has few."""

    @classmethod
    def of(cls, model: FittedLearner, past: Past, grain: str, config: DemandConfig) -> "Errors":
        """At the newest origins whose windows have ended."""
        absolute, count = np.zeros(len(past.keys)), np.zeros(len(past.keys))
        parts = []
        for origin in calibration_origins(past.days, config):
            then = past.until(origin)
            alive = then.alive(config.least_days)
            own = model.quantiles(then, grain)[alive]
            truth = past.ahead(origin, config.horizon_days, GRAINS[grain])[alive]
            error = (truth[:, :, None] - own) / _spread(own, then, alive, grain, config)[:, :, None]
            absolute[alive] += np.abs(error[:, :, MIDDLE]).sum(axis=1)
            count[alive] += truth.shape[1]
            parts.append((alive, error, own))
        mean = max(absolute.sum() / max(count.sum(), 1.0), 1e-9)
        return cls(tuple(parts), (absolute / mean + config.own_weight) / (count + config.own_weight))


def calibration_origins(days: int, config: DemandConfig) -> list[int]:
    """Newest first; those with so little before them that no series would live are left out."""
    newest = days - 1 - config.horizon_days
    origins = [newest - k * config.step for k in range(config.calibration_origins)]
    return [origin for origin in origins if origin + 1 >= config.least_days]


def quantiles(model: FittedLearner, past: Past, grain: str, config: DemandConfig) -> Cube:
    """Of all series, rising, never below 0; the median as the model has it. Reads the past alone.

    The shifts are of the newest windows that have ended, so they follow the times; `model` did not learn from these.
    """
    own = model.quantiles(past, grain)
    everybody = np.ones(len(own), dtype=bool)
    errors = Errors.of(model, past, grain, config)
    spread = _spread(own, past, everybody, grain, config) * errors.restlessness[:, None]
    moved = own + spread[:, :, None] * np.array(shifts(errors))
    moved[:, :, :MIDDLE] *= own[:, :, :MIDDLE] > 0
    moved = np.maximum(moved, 0.0)
    middle = own[:, :, [MIDDLE]]
    moved[:, :, :MIDDLE] = np.minimum(moved[:, :, :MIDDLE], middle)
    moved[:, :, MIDDLE:] = np.maximum(moved[:, :, MIDDLE:], middle)
    return np.sort(moved, axis=2)


def shifts(errors: Errors) -> tuple[float, ...]:
    """How many spreads each level is moved."""
    if not errors.parts:
        return (0.0,) * len(LEVELS)
    scaled = [error / errors.restlessness[alive, None, None] for alive, error, _ in errors.parts]
    scores = np.concatenate([part.reshape(-1, len(LEVELS)) for part in scaled])
    own = np.concatenate([part.reshape(-1, len(LEVELS)) for _, _, part in errors.parts])
    return tuple(_shift(scores[:, place], own[:, place], level) for place, level in enumerate(LEVELS))


def totals(model: FittedLearner, past: Past, days: int, levels: Sequence[float], config: DemandConfig) -> Matrix:
    """Quantiles of what the next `days` days bring together, (series, levels), never below 0.

    Quantiles of days do not add up: days are not independent, nor is the sum of medians the median of the sum. So the
    point forecast (medians of weeks, a part of the last one) is made conformal for the sum itself, at an origin a week
    as far back as no learner learnt from. Its spread is √days · the deviation of the series' own days.
    """
    point, spread = _point(model, past, days), _deviation(past, days)
    scores = []
    oldest = max(past.days - 1 - config.unlearnt_days, config.least_days - 1)
    for origin in range(past.days - 1 - days, oldest - 1, -7):
        then = past.until(origin)
        error = (past.ahead(origin, days, days)[:, 0] - _point(model, then, days)) / _deviation(then, days)
        scores.append(error[then.alive(config.least_days)])
    if not sum(map(len, scores)):
        return np.repeat(point[:, None], len(levels), axis=1)
    pooled = np.concatenate(scores)
    moves = np.array([_quantile(pooled, level) for level in levels])
    return np.asarray(np.maximum(point[:, None] + spread[:, None] * moves, 0.0))


def _point(model: FittedLearner, past: Past, days: int) -> Matrix:
    """(series,): forecast of the sum of the next days."""
    weeks = model.quantiles(past, "week")[:, :, MIDDLE]
    shares = np.clip((days - 7 * np.arange(weeks.shape[1])) / 7, 0.0, 1.0)
    return np.asarray(weeks @ shares)


def _deviation(past: Past, days: int) -> Matrix:
    """(series,): deviation of the sum of so many days, were they independent; never 0."""
    recent = past.recent(91)
    variance = nan_mean(recent**2) - nan_mean(recent) ** 2
    return np.asarray(np.sqrt(days * np.maximum(variance, 1e-4)))


def _spread(own: Cube, past: Past, kept: Flags, grain: str, config: DemandConfig) -> Matrix:
    """`own` is of the series `kept` of the past."""
    unit = past.mean_day(7 * config.weeks)[kept] * GRAINS[grain]
    return np.sqrt(np.maximum(own[:, :, MIDDLE], 0.1 * unit) * unit)


def _shift(scores: Matrix, own: Matrix, level: float) -> float:
    """The level's order statistic with the correction for a finite sample, on the side of the level.

    Nothing is sold below 0: a lower level that is 0 stays there, and counts for no other.
    """
    if level == 0.5:
        return 0.0
    kept = scores[own > 0] if level < 0.5 else scores
    if not len(kept):
        return 0.0
    return _quantile(kept, level)


def _quantile(scores: Matrix, level: float) -> float:
    n = len(scores)
    share = np.ceil(level * (n + 1)) / n if level > 0.5 else np.floor(level * (n + 1)) / n
    return float(np.quantile(scores, np.clip(share, 0, 1)))
