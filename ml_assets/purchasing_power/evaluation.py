"""Truth against forecast under the metric names that every run uses, so that MLflow's compare view works."""

from dataclasses import dataclass

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
from ml_assets.purchasing_power.intervals import LEVELS
from ml_assets.purchasing_power.task import Amounts


@dataclass(frozen=True)
class Measured:
    """Held-out customers of one horizon: n truths, n forecasts, n × 3 quantiles."""

    truth: Amounts
    expected: Amounts
    quantiles: Amounts


def evaluate(measured: Measured, horizon: int) -> dict[str, float]:
    """All metrics with the horizon as suffix. A decile in which nobody spent has no bias metric.

    `coverage_nominal`: 0.8, plus 0.1 for each customer whose p10 is 0, since nobody can fall below it.
    """
    y, p, q = measured.truth, measured.expected, measured.quantiles
    found = {
        "mae": mean_absolute_error(y, p),
        "wape": wape(y, p),
        "spearman": spearman(y, p),
        "gini": normalised_gini(y, p),
        "bias": bias(y, p),
        "coverage": interval_coverage(y, q[:, 0], q[:, 2]),
        "coverage_nominal": 0.8 + 0.1 * float((q[:, 0] <= 0).mean()),
        "customers": float(len(y)),
    }
    found |= {f"pinball_{int(100 * level)}": pinball_loss(y, q[:, k], level) for k, level in enumerate(LEVELS)}
    deciles = {f"bias_decile_{k:02}": value for k, value in enumerate(bias_by_decile(y, p), 1)}
    found |= {name: value for name, value in deciles.items() if value == value}
    return {f"{name}_{horizon}": value for name, value in found.items() if value not in (float("inf"),) and value == value}
