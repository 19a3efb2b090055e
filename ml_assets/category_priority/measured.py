"""What a ranking said of held-out customers beside what they bought, and the figures of all and of parts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from ml_assets.category_priority.config import ContestConfig
from ml_assets.category_priority.evaluation import evaluate, ndcg, of_probabilities
from ml_assets.category_priority.history import Matrix
from ml_assets.contest.parts import Parts

Numbers = npt.NDArray[np.int64]
SMALL_SHARE = 0.25


@dataclass(frozen=True)
class Measured:
    """One row a customer and window; matrices have a column a category."""

    bought: Matrix
    """1 where the customer bought within the horizon."""
    before: Matrix
    """1 where it bought in as many days before."""
    scores: Matrix
    chances: Matrix
    unit: Numbers
    """Row of the history."""
    origin: Numbers
    """0 for the newest window, 1 for the one before."""
    days: npt.NDArray[np.float32]
    """Category days of the customer in the 90 days before."""

    def where(self, kept: npt.NDArray[np.bool_ | np.int64]) -> "Measured":
        return Measured(*(getattr(self, field.name)[kept] for field in fields(self)))

    @classmethod
    def together(cls, parts: Sequence["Measured"]) -> "Measured":
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def figures_of(measured: Measured, config: ContestConfig, parts: Parts) -> dict[str, float]:
    """The ranking's metrics and the probabilities'; the primary one also of windows (`…_origin_1`: the newest), of the
    quarter of the customers who bought least (`…_smallest`) and of parts of the people."""
    primary = config.gate.primary_metric
    metrics = evaluate(measured.bought, measured.scores, config.top)
    metrics |= probability_figures(measured, config)
    least = np.quantile(measured.days, SMALL_SHARE)
    masks = {f"origin_{k + 1}": measured.origin == k for k in range(int(measured.origin.max()) + 1)}
    masks |= {"smallest": measured.days <= least} | {name: rows[measured.unit] for name, rows in parts.items()}
    for name, kept in masks.items():
        part = measured.where(kept)
        if part.bought.any():
            metrics[f"{primary}_{name}"] = evaluate(part.bought, part.scores, config.top)[primary]
    return metrics


def probability_figures(measured: Measured, config: ContestConfig) -> dict[str, float]:
    """brier_30, ece_30, wape_buyers_30 and so on."""
    sides = (measured.bought, measured.before, measured.scores, measured.chances)
    found = of_probabilities(*sides, config.top)
    return {f"{name}_{config.horizon}": value for name, value in found.items()}


def losses_of(measured: Measured, config: ContestConfig) -> npt.NDArray[np.float64]:
    """Of each customer who bought, over all windows: what is missing to an NDCG of 1."""
    missing = 1 - ndcg(measured.bought, measured.scores, config.top)
    asked = np.isfinite(missing)
    _, unit = np.unique(measured.unit[asked], return_inverse=True)
    return np.asarray(np.bincount(unit, weights=missing[asked]), dtype=np.float64)
