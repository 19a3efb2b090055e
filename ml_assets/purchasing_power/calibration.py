"""From any learner's forecast to a mean, a median and an interval: the same layer for all, fitted on customers apart.

Mean: Poisson regression of the truth on the logarithm of the forecast; strictly rising, so that the order of customers
is the learner's own. Quantiles: split-conformal within groups of similar forecasts (Mondrian conformal predictors, Vovk
et al., "Algorithmic Learning in a Random World", 4.6), ratios interpolated between the groups' centres.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml_assets.purchasing_power.task import Amounts

LEVELS = (0.1, 0.5, 0.9)
ROWS_PER_GROUP = 150
GROUPS_AT_MOST = 10


@dataclass(frozen=True)
class Calibration:
    """Mean = level · (forecast + offset) ** slope − offset; `ratios[k]` = quantiles of (actual + offset) /
    (forecast + offset) around the forecast `centres[k]`."""

    offset: float
    level: float
    slope: float
    centres: tuple[float, ...]
    ratios: tuple[tuple[float, ...], ...]

    @classmethod
    def fit(cls, forecast: Amounts, truth: Amounts) -> "Calibration":
        """Calibrate on out-of-sample pairs. Raises ValueError without any."""
        if not len(forecast):
            raise ValueError("Calibration needs at least one pair of forecast and truth.")
        offset = max(0.02 * float(truth.mean()), 1e-6)
        level, slope = _mean_curve(forecast + offset, truth + offset)
        count = int(np.clip(len(forecast) // ROWS_PER_GROUP, 1, GROUPS_AT_MOST))
        groups = np.array_split(np.argsort(forecast, kind="stable"), count)
        centres = np.maximum.accumulate([float(np.median(forecast[g])) for g in groups])
        ratios = tuple(_quantiles((truth[g] + offset) / (forecast[g] + offset)) for g in groups)
        return cls(offset, level, slope, tuple(centres.tolist()), ratios)

    def mean(self, forecast: Amounts) -> Amounts:
        """Expected amounts, never below 0."""
        amounts: Amounts = self.level * (np.maximum(forecast, 0.0) + self.offset) ** self.slope - self.offset
        return np.maximum(amounts, 0.0)

    def quantiles(self, forecast: Amounts) -> npt.NDArray[np.float64]:
        """p10, p50, p90 (one column each): never crossing, never below 0."""
        raised = np.maximum(forecast, 0.0) + self.offset
        knots, table = np.log(np.asarray(self.centres) + self.offset), np.asarray(self.ratios)
        ratio = np.column_stack([np.interp(np.log(raised), knots, table[:, k]) for k in range(len(LEVELS))])
        amounts: npt.NDArray[np.float64] = np.maximum(raised[:, None] * ratio - self.offset, 0.0)
        return np.maximum.accumulate(amounts, axis=1)

    def columns(self, own: Amounts) -> dict[str, Amounts]:
        """Mean, and p10, p50, p90."""
        quantiles = self.quantiles(own)
        named = {f"p{round(100 * level)}_amount": quantiles[:, k] for k, level in enumerate(LEVELS)}
        return {"expected_amount": self.mean(own), **named}

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "levels": LEVELS}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "Calibration":
        return cls(
            float(saved["offset"]),
            float(saved["level"]),
            float(saved["slope"]),
            tuple(saved["centres"]),
            tuple(tuple(row) for row in saved["ratios"]),
        )


def _mean_curve(forecast: Amounts, truth: Amounts) -> tuple[float, float]:
    """Level and slope; the slope is held within 0.5–1.5, and the level keeps the total."""
    from sklearn.linear_model import PoissonRegressor  # type: ignore[import-untyped]  # 1 s that scoring does not need

    unit = float(forecast.mean())
    fitted = PoissonRegressor(alpha=1e-3, max_iter=300).fit(np.log(forecast / unit)[:, None], truth / unit)
    slope = float(np.clip(fitted.coef_[0], 0.5, 1.5))
    return float(truth.sum() / (forecast**slope).sum()), slope


def _quantiles(ratio: Amounts) -> tuple[float, ...]:
    """The finite-sample ranks floor(.1 (n + 1)) and ceil(.9 (n + 1)), and the median."""
    ordered, n = np.sort(ratio), len(ratio)
    low = ordered[max(int(np.floor(LEVELS[0] * (n + 1))) - 1, 0)]
    high = ordered[min(int(np.ceil(LEVELS[2] * (n + 1))) - 1, n - 1)]
    return float(low), float(np.median(ordered)), float(high)
