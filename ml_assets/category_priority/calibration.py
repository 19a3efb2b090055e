"""From a learner's score to the chance that a customer buys in a category: the same layer for all learners.

Like scores have like chances in whichever category (isotonic regression); then the log-odds of each category move so
that as many are expected to buy there as did. A category that only few buy in moves less (ridge).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml_assets.category_priority.history import Matrix
from ml_assets.isotonic import RisingShares

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
GROUPS = 100
"""Of similar scores: what is nearly certain must not be taken together with what is merely likely."""
RIDGE = 10.0
"""As if a category's log-odds had been seen at the common level with this information, Σ p (1 − p), before."""
STEPS = 30


@dataclass(frozen=True)
class Calibration:
    """`levels`: what is added to the log-odds of a category; `rest`: its chance for a customer of whom the prediction
    does not keep it. One value a category each."""

    shares: RisingShares
    levels: tuple[float, ...]
    rest: tuple[float, ...]

    @classmethod
    def fit(cls, scores: Matrix, bought: Matrix, top: int, least: float) -> "Calibration":
        """scores, bought: customers that no learner trained on × categories. Raises ValueError without any."""
        flat = [side.ravel().astype(np.float64) for side in (scores, bought)]
        shares = RisingShares.fit(flat[0], flat[1], GROUPS)
        common = shares.chance(scores)
        kept = is_kept(scores, common, top, least)
        levels = _levels(_log_odds(common), bought, kept)
        # Half a pair more at the common rate keeps a category in which nobody bought from being impossible.
        rate = (bought.sum(where=~kept) + 0.5) / ((~kept).sum() + 1)
        rest = (bought.sum(axis=0, where=~kept) + 0.5 * rate) / ((~kept).sum(axis=0) + 0.5)
        return cls(shares, tuple(levels.tolist()), tuple(rest.tolist()))

    def chances(self, scores: Matrix, top: int, least: float) -> tuple[Matrix, Flags]:
        """(chance to buy, whether the prediction keeps the pair), both in the shape of the scores."""
        common = self.shares.chance(scores)
        kept = is_kept(scores, common, top, least)
        own = _chance(_log_odds(common) + np.array(self.levels))
        return np.where(kept, own, np.array(self.rest)).astype(np.float32), kept

    def as_dict(self) -> dict[str, object]:
        return {"shares": self.shares.as_dict(), "levels": self.levels, "rest": self.rest}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> "Calibration":
        return cls(RisingShares.from_dict(saved["shares"]), tuple(saved["levels"]), tuple(saved["rest"]))


def ranks_of(scores: Matrix) -> npt.NDArray[np.intp]:
    """1 for the category with the highest score of a customer; of equals the first one comes first."""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranks = np.empty(scores.shape, np.intp)
    np.put_along_axis(ranks, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return ranks


def is_kept(scores: Matrix, chances: Vector, top: int, least: float) -> Flags:
    return np.asarray((ranks_of(scores) <= top) | (chances >= least))


def _levels(log_odds: Vector, bought: Matrix, kept: Flags) -> Vector:
    """Newton's method for a logistic regression with an intercept a category, offset `log_odds` and a ridge."""
    levels = np.zeros(log_odds.shape[1])
    for _ in range(STEPS):
        chance = _chance(log_odds + levels) * kept
        slope = chance.sum(axis=0) - (bought * kept).sum(axis=0) + RIDGE * levels
        levels -= slope / ((chance * (1 - chance)).sum(axis=0) + RIDGE)
    return levels


def _log_odds(chance: Vector) -> Vector:
    return np.asarray(np.log(chance / (1 - chance)), dtype=np.float64)


def _chance(log_odds: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)
