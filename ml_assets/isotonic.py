"""From a score to a chance: the share of cases among similar scores, made to rise, interpolated.

Isotonic regression (Zadrozny and Elkan 2002, "Transforming Classifier Scores into Accurate Multiclass Probability
Estimates") over groups of similar scores, not single ones: it stays smooth, and the order of scores stands.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
ROWS_PER_GROUP = 100


@dataclass(frozen=True)
class RisingShares:
    """Chance at the scores `centres`, between them on straight lines, beyond them level."""

    centres: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def fit(cls, score: Vector, truth: Vector, groups_at_most: int = 20) -> Self:
        """On out-of-sample pairs of score and outcome (0 or 1). Raises ValueError without any."""
        from sklearn.isotonic import IsotonicRegression  # type: ignore[import-untyped]  # 1 s, not needed to score

        if not len(score):
            raise ValueError("Calibration needs at least one pair of score and outcome.")
        count = int(np.clip(len(score) // ROWS_PER_GROUP, 1, groups_at_most))
        groups = np.array_split(np.argsort(score, kind="stable"), count)
        sizes = np.array([len(group) for group in groups], dtype=np.float64)
        centres = np.array([score[group].mean() for group in groups])
        # One success and one failure more keep a group of equals from being certain (Laplace).
        shares = np.array([(truth[group].sum() + 0.5) / (len(group) + 1) for group in groups])
        rising = IsotonicRegression().fit_transform(np.arange(count), shares, sample_weight=sizes)
        places, first = np.unique(centres, return_index=True)
        return cls(tuple(places.tolist()), tuple(np.asarray(rising, dtype=np.float64)[first].tolist()))

    def chance(self, score: npt.NDArray[np.floating[Any]]) -> Vector:
        """Of each score, in the shape of the scores."""
        return np.asarray(np.interp(score, self.centres, self.shares), dtype=np.float64)

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        return cls(tuple(saved["centres"]), tuple(saved["shares"]))
