"""What every LightGBM learner is told in the same words."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Boosting:
    """Sizes of an ensemble; each question's configuration sets its own."""

    trees: int
    """At most, where learning stops early."""
    learning_rate: float
    leaves: int
    rows_per_leaf: int
    """Fewer where there is little to learn from."""
    feature_share: float
    row_share: float

    def params(self, objective: str, rows_per_leaf: int, seed: int, **more: Any) -> dict[str, Any]:
        """LightGBM's parameters: one thread, for learners grow side by side; the same trees on every run."""
        return {
            "objective": objective,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": rows_per_leaf,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1,
            "num_threads": 1,
            "seed": seed,
            "deterministic": True,
            "verbose": -1,
            **more,
        }
