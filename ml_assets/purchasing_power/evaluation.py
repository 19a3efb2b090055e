"""Truth against forecast under the metric names that every run uses, so that MLflow's compare view works."""

from math import isfinite

import numpy as np

from ml_assets.contest.question import Measured, Vector
from ml_assets.metrics import (
    bias,
    bias_by_decile,
    interval_coverage,
    mean_absolute_error,
    normalised_gini,
    pinball_loss,
    spearman,
    wape,
)
from ml_assets.purchasing_power.calibration import LEVELS


def absolute_errors(measured: Measured) -> Vector:
    """Of each customer: what `mae` is the mean of."""
    return np.abs(measured.truth - measured.columns["p50_amount"])


def evaluate(measured: Measured, horizon: int) -> dict[str, float]:
    """All metrics, with the horizon as suffix. Each is measured on the forecast that it rewards (Gneiting 2011,
    "Making and Evaluating Point Forecasts"): absolute errors on the median, ranking and bias on the mean.

    `mae_raw`: of the learner's own forecast before calibration, which is what the published baselines state.
    `coverage_nominal`: 0.8, plus 0.1 for the share of customers whose p10 is 0, since nobody can fall below it.
    A metric without meaning (the bias of a decile that spent nothing) is left out.
    """
    y, mean = measured.truth, measured.columns["expected_amount"]
    q = np.column_stack([measured.columns[f"p{round(100 * level)}_amount"] for level in LEVELS])
    found = {
        "mae": mean_absolute_error(y, q[:, 1]),
        "mae_raw": mean_absolute_error(y, measured.own),
        "mae_mean": mean_absolute_error(y, mean),
        "wape": wape(y, q[:, 1]),
        "spearman": spearman(y, mean),
        "gini": normalised_gini(y, mean),
        "gini_median": normalised_gini(y, q[:, 1]),
        "bias": bias(y, mean),
        "coverage": interval_coverage(y, q[:, 0], q[:, 2]),
        "coverage_nominal": 0.8 + 0.1 * float((q[:, 0] <= 0).mean()),
        "customers": float(len(y)),
    }
    found |= {f"pinball_{round(100 * level)}": pinball_loss(y, q[:, k], level) for k, level in enumerate(LEVELS)}
    found |= {f"bias_decile_{k:02}": value for k, value in enumerate(bias_by_decile(y, mean), 1)}
    return {f"{name}_{horizon}": value for name, value in found.items() if isfinite(value)}
