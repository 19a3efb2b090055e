"""How far a forecast of amounts is from the truth: level, ranking, bias, intervals. Inputs are equally long vectors."""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Vector = npt.NDArray[np.float64]


def mean_absolute_error(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """MAE in the currency of the amounts. Like all metrics here, raises ValueError on empty or unequal vectors."""
    y, p = _vectors(truth, predicted)
    return float(np.abs(y - p).mean())


def wape(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Weighted absolute percentage error, Σ|y − p| / Σ|y| (Kolassa and Schütz 2007, MAD/mean); inf where truth is 0."""
    y, p = _vectors(truth, predicted)
    total = float(np.abs(y).sum())
    return float(np.abs(y - p).sum()) / total if total else float("inf")


def spearman(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Spearman's rank correlation with average ranks for ties; 0 when either side is constant."""
    y, p = (rankdata(values) for values in _vectors(truth, predicted))
    spread = float(y.std() * p.std())
    return float(((y - y.mean()) * (p - p.mean())).mean() / spread) if spread else 0.0


def normalised_gini(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Gini of the gains curve of `truth` sorted by prediction, over that of a perfect sort (arXiv 1912.07753, 4).

    Customers with equal predictions share their gain evenly, so that the order of rows does not matter.
    """
    y, p = _vectors(truth, predicted)
    best = _gains_gini(y, y)
    return _gains_gini(y, p) / best if best else 0.0


def bias_by_decile(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> list[float]:
    """Predicted over actual amount − 1 in ten equally full groups of rising prediction; NaN where nothing was spent."""
    y, p = _vectors(truth, predicted)
    groups = np.array_split(np.argsort(p, kind="stable"), 10)
    return [float(p[g].sum() / y[g].sum() - 1) if y[g].sum() > 0 else float("nan") for g in groups]


def bias(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Predicted over actual total − 1."""
    y, p = _vectors(truth, predicted)
    return float(p.sum() / y.sum() - 1) if y.sum() else float("nan")


def interval_coverage(truth: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> float:
    """Share of outcomes within [low, high], borders included; 0.8 is meant for a 10–90 % interval."""
    y, lower = _vectors(truth, low)
    _, upper = _vectors(truth, high)
    return float(((y >= lower) & (y <= upper)).mean())


def pinball_loss(truth: npt.ArrayLike, predicted: npt.ArrayLike, quantile: float) -> float:
    """Mean pinball loss of one quantile (Koenker and Bassett 1978); half the MAE at the median."""
    y, p = _vectors(truth, predicted)
    return float(np.maximum(quantile * (y - p), (quantile - 1) * (y - p)).mean())


def _gains_gini(truth: Vector, order: Vector) -> float:
    _, group = np.unique(-order, return_inverse=True)
    sizes = np.bincount(group)
    shared = np.repeat(np.bincount(group, weights=truth) / sizes, sizes)
    total = shared.sum()
    if total == 0:
        return 0.0
    return float(np.cumsum(shared).sum() / total - (len(shared) + 1) / 2) / len(shared)


def _vectors(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> tuple[Vector, Vector]:
    y, p = np.asarray(truth, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if y.shape != p.shape or y.ndim != 1 or not len(y):
        raise ValueError(f"Metrics need two equally long, non-empty vectors, not shapes {y.shape} and {p.shape}.")
    return y, p
