"""From any learner's score to a probability, the same layer for all learners."""

from ml_assets.histories.task import Amounts
from ml_assets.isotonic import RisingShares


class Calibration(RisingShares):
    """Shares of returning customers by score."""

    def columns(self, own: Amounts) -> dict[str, Amounts]:
        """Probability of a receipt within the horizon."""
        return {"return_probability": self.chance(own)}
