"""How well a ranking of categories meets what customers bought, and whether its probabilities hold."""

import numpy as np
import numpy.typing as npt

from ml_assets.category_priority.history import Matrix
from ml_assets.metrics import brier_score, expected_calibration_error, wape

Vector = npt.NDArray[np.float64]
MERCHANT_SIZE = 250


def evaluate(bought: Matrix, scores: Matrix, top: int = 10) -> dict[str, float]:
    """ndcg_N, recall_N, hit_1 over the customers who bought at all; bought: 0 or 1, both n customers × m categories.

    recall_N: of what was bought, at most N categories, the share that is among the first N.
    Raises ValueError where nobody bought.
    """
    asked = bought.sum(axis=1) > 0
    if not asked.any():
        raise ValueError("Nobody bought anything in the days held out: there is no ranking to measure.")
    bought, scores = bought[asked], scores[asked]
    hits = _hits(bought, scores, top)
    width = hits.shape[1]
    return {
        f"ndcg_{top}": float(ndcg(bought, scores, top).mean()),
        f"recall_{top}": float((hits.sum(axis=1) / np.minimum(bought.sum(axis=1), width)).mean()),
        "hit_1": float(hits[:, 0].mean()),
        "customers": float(asked.sum()),
    }


def ndcg(bought: Matrix, scores: Matrix, top: int = 10) -> Vector:
    """Of each customer; NaN for one who bought nothing. Binary gains (Järvelin and Kekäläinen 2002)."""
    hits, total = _hits(bought, scores, top), bought.sum(axis=1).astype(int)
    discount = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    best = np.r_[np.nan, np.cumsum(discount)][np.minimum(total, hits.shape[1])]
    return np.asarray((hits * discount).sum(axis=1) / best, dtype=np.float64)


def of_probabilities(bought: Matrix, before: Matrix, scores: Matrix, chances: Matrix, top: int) -> dict[str, float]:
    """brier over all pairs of customer and category; ece over the first `top` categories of each customer.

    wape_buyers: error of the expected number of buyers by category, Σ|expected − actual| / Σ actual, in random groups
    of 250 customers, as many as a merchant may have; wape_buyers_before: of "as many as in as many days before".
    """
    mixed = np.random.default_rng(len(bought)).permutation(len(bought))
    starts = np.arange(0, len(bought), MERCHANT_SIZE)
    buyers, expected, past = (
        np.add.reduceat(side[mixed], starts, axis=0).ravel() for side in (bought, chances, before)
    )
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    first, said = (np.take_along_axis(side, order, axis=1).ravel() for side in (bought, chances))
    return {
        "brier": brier_score(bought.ravel(), chances.ravel()),
        "ece": expected_calibration_error(first, said),
        "wape_buyers": wape(buyers, expected),
        "wape_buyers_before": wape(buyers, past),
    }


def _hits(bought: Matrix, scores: Matrix, top: int) -> Matrix:
    order = np.argsort(-scores, axis=1, kind="stable")[:, : min(top, bought.shape[1])]
    return np.take_along_axis(bought, order, axis=1)
