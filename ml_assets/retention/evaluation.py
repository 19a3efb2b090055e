"""Truth against forecast. Ranking is of those who do not return: they are the few that a merchant looks for."""

from math import isfinite

from ml_assets.contest.question import Measured, Vector
from ml_assets.metrics import (
    area_under_roc,
    average_precision,
    brier_score,
    expected_calibration_error,
    kolmogorov_smirnov,
)


def squared_errors(measured: Measured) -> Vector:
    """Of each customer: what `brier` is the mean of."""
    return (measured.columns["return_probability"] - measured.truth) ** 2


def evaluate(measured: Measured, horizon: int) -> dict[str, float]:
    """auroc, gini (2 auroc − 1), ks and ap of leaving on the learner's own score; brier, ece of the probability.

    `leaving`: the share who did not return. Ranking metrics are left out where all or none did.
    """
    returned, chance = measured.truth, measured.columns["return_probability"]
    left = 1 - returned
    auroc = area_under_roc(left, -measured.own)
    found = {
        "auroc": auroc,
        "gini": 2 * auroc - 1,
        "ks": kolmogorov_smirnov(left, -measured.own),
        "ap": average_precision(left, -measured.own),
        "brier": brier_score(returned, chance),
        "ece": expected_calibration_error(returned, chance),
        "leaving": float(left.mean()),
        "customers": float(len(returned)),
    }
    return {f"{name}_{horizon}": value for name, value in found.items() if isfinite(value)}
