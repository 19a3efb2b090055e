"""How well a ranking of categories meets what customers bought."""

import numpy as np

from ml_assets.category_priority.history import Matrix


def evaluate(bought: Matrix, scores: Matrix, top: int = 10) -> dict[str, float]:
    """ndcg_N, recall_N, hit_1 over the customers who bought at all; bought: 0 or 1, both n customers × m categories.

    NDCG with binary gains (Järvelin and Kekäläinen 2002); recall_N: of what was bought, at most N categories, the share
    that is among the first N.
    Raises ValueError where nobody bought.
    """
    asked = bought.sum(axis=1) > 0
    if not asked.any():
        raise ValueError("Nobody bought anything in the days held out: there is no ranking to measure.")
    bought, scores = bought[asked], scores[asked]
    width = min(top, bought.shape[1])
    order = np.argsort(-scores, axis=1, kind="stable")[:, :width]
    hits = np.take_along_axis(bought, order, axis=1)
    discount = 1 / np.log2(np.arange(2, width + 2))
    total = bought.sum(axis=1)
    best = np.cumsum(discount)[np.minimum(total.astype(int), width) - 1]
    return {
        f"ndcg_{top}": float(((hits * discount).sum(axis=1) / best).mean()),
        f"recall_{top}": float((hits.sum(axis=1) / np.minimum(total, width)).mean()),
        "hit_1": float(hits[:, 0].mean()),
        "customers": float(asked.sum()),
    }
