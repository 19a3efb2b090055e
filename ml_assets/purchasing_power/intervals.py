"""Quantiles around any learner's point forecast: split-conformal, within groups of similar forecasts.

In each group of calibration customers (never trained on) the quantiles of actual over forecast amount are taken with
the finite-sample correction of Vovk et al. ("Algorithmic Learning in a Random World", Mondrian conformal predictors);
between group centres the ratios are interpolated, so that a larger forecast has no jump in its interval.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml_assets.purchasing_power.task import Amounts

LEVELS = (0.1, 0.5, 0.9)
ROWS_PER_GROUP = 100
GROUPS_AT_MOST = 12


@dataclass(frozen=True)
class Intervals:
    """`ratios[k]` are the quantiles of (actual + offset) / (forecast + offset) around the forecast `centres[k]`."""

    offset: float
    centres: tuple[float, ...]
    ratios: tuple[tuple[float, ...], ...]

    @classmethod
    def fit(cls, forecast: Amounts, truth: Amounts) -> "Intervals":
        """Calibrate on out-of-sample pairs. Raises ValueError without any."""
        if not len(forecast):
            raise ValueError("Intervals need at least one pair of forecast and truth.")
        offset = max(0.02 * float(truth.mean()), 1e-6)
        count = int(np.clip(len(forecast) // ROWS_PER_GROUP, 1, GROUPS_AT_MOST))
        groups = np.array_split(np.argsort(forecast, kind="stable"), count)
        centres = np.maximum.accumulate([float(np.median(forecast[g])) for g in groups])
        ratios = [_quantiles((truth[g] + offset) / (forecast[g] + offset)) for g in groups]
        return cls(offset, tuple(centres.tolist()), tuple(ratios))

    def around(self, forecast: Amounts) -> npt.NDArray[np.float64]:
        """p10, p50, p90 (one column each) of these forecasts: never crossing, never below 0."""
        place = np.log(np.maximum(forecast, 0.0) + self.offset)
        knots = np.log(np.asarray(self.centres) + self.offset)
        table = np.asarray(self.ratios)
        ratio = np.column_stack([np.interp(place, knots, table[:, k]) for k in range(len(LEVELS))])
        amounts = (np.maximum(forecast, 0.0) + self.offset)[:, None] * ratio - self.offset
        return np.maximum.accumulate(np.maximum(amounts, 0.0), axis=1)

    def as_dict(self) -> dict[str, object]:
        return {"offset": self.offset, "centres": self.centres, "ratios": self.ratios, "levels": LEVELS}

    @classmethod
    def from_dict(cls, saved: Mapping[str, object]) -> "Intervals":
        offset, centres, ratios = saved["offset"], saved["centres"], saved["ratios"]
        assert isinstance(offset, float) and isinstance(centres, list) and isinstance(ratios, list)
        return cls(offset, tuple(centres), tuple(tuple(row) for row in ratios))


def _quantiles(ratio: Amounts) -> tuple[float, ...]:
    ordered, n = np.sort(ratio), len(ratio)
    low = ordered[max(int(np.floor(LEVELS[0] * (n + 1))) - 1, 0)]
    high = ordered[min(int(np.ceil(LEVELS[2] * (n + 1))) - 1, n - 1)]
    return float(low), float(np.median(ordered)), float(high)
