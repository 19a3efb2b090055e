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


def area_under_roc(truth: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Chance that a case (truth 1) outscores a non-case, ties half (Mann and Whitney 1947); NaN without both."""
    y, s = _vectors(truth, score)
    cases = float(y.sum())
    others = len(y) - cases
    if not cases or not others:
        return float("nan")
    return float((rankdata(s)[y > 0].sum() - cases * (cases + 1) / 2) / (cases * others))


def average_precision(truth: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Precision at each case in order of falling score, averaged; NaN without a case."""
    y, s = _vectors(truth, score)
    order = np.argsort(-s, kind="stable")
    hits, ranks = np.cumsum(y[order]), np.arange(1, len(y) + 1)
    last = np.r_[np.diff(s[order]) != 0, True]  # equal scores are one step
    gained = np.diff(np.r_[0.0, hits[last]])
    return float((gained * hits[last] / ranks[last]).sum() / y.sum()) if y.sum() else float("nan")


def kolmogorov_smirnov(truth: npt.ArrayLike, score: npt.ArrayLike) -> float:
    """Largest distance between the score distributions of cases and non-cases; NaN without both."""
    y, s = _vectors(truth, score)
    order = np.argsort(s, kind="stable")
    if not y.sum() or y.sum() == len(y):
        return float("nan")
    last = np.r_[np.diff(s[order]) != 0, True]
    cases, others = np.cumsum(y[order]) / y.sum(), np.cumsum(1 - y[order]) / (1 - y).sum()
    return float(np.abs(cases - others)[last].max())


def brier_score(truth: npt.ArrayLike, probability: npt.ArrayLike) -> float:
    """Mean squared difference of probability and outcome (Brier 1950)."""
    y, p = _vectors(truth, probability)
    return float(((p - y) ** 2).mean())


def expected_calibration_error(truth: npt.ArrayLike, probability: npt.ArrayLike, groups: int = 10) -> float:
    """Mean distance of forecast and observed share in equally full groups of rising forecast (Naeini et al. 2015)."""
    y, p = _vectors(truth, probability)
    parts = [g for g in np.array_split(np.argsort(p, kind="stable"), groups) if len(g)]
    return float(sum(len(g) * abs(p[g].mean() - y[g].mean()) for g in parts) / len(y))


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
