"""Gamma-Gamma: what a customer pays for a purchase, drawn towards what all pay where he is little known.

Fader, Hardie and Lee 2005, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing
Research 42(4).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from ml_assets.customer_base.purchases import Vector, best_of


@dataclass(frozen=True)
class GammaGamma:
    """Purchases of a customer are gamma (shape p, rate ν), ν is gamma (shape q, rate v) over customers."""

    p: float
    q: float
    v: float

    @classmethod
    def fit(cls, frequency: npt.ArrayLike, mean_amount: npt.ArrayLike) -> "GammaGamma":
        """Maximum likelihood over customers with repeat purchases. Raises ValueError where an amount is not above 0."""
        x, m = _repeats(frequency, mean_amount)
        unit = float(m.mean())

        def loss(logs: Vector) -> float:
            return -float(cls(*np.exp(logs))._log_likelihoods(x, m / unit).mean())

        logs, found = best_of(loss, np.zeros(3))
        if not np.isfinite(found):
            raise ValueError("Gamma-Gamma finds no parameters under which these amounts are possible.")
        p, q, v = np.exp(logs)
        return cls(float(p), float(q), float(v * unit))

    def expected_amount(self, frequency: npt.ArrayLike, mean_amount: npt.ArrayLike) -> Vector:
        """Expected amount of a purchase; without a repeat purchase that of all. A q up to 1 counts as 1.001."""
        x = np.asarray(frequency, dtype=np.float64)
        m = np.where(x > 0, np.nan_to_num(np.asarray(mean_amount, dtype=np.float64)), 0.0)
        return np.asarray(self.p * (self.v + x * m) / (self.p * x + max(self.q, 1.001) - 1), dtype=np.float64)

    def _log_likelihoods(self, x: Vector, m: Vector) -> Vector:
        p, q, v = self.p, self.q, self.v
        return np.asarray(
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q)
            + q * np.log(v) + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(x * m + v),
            dtype=np.float64,
        )  # fmt: skip


def _repeats(frequency: npt.ArrayLike, mean_amount: npt.ArrayLike) -> tuple[Vector, Vector]:
    x, m = np.asarray(frequency, dtype=np.float64), np.asarray(mean_amount, dtype=np.float64)
    has_repeats = x > 0
    if not has_repeats.any():
        raise ValueError("No customer came twice: there is no amount to learn from.")
    x, m = x[has_repeats], m[has_repeats]
    if not (np.isfinite(m).all() and (m > 0).all()):
        raise ValueError("Mean amounts must be above 0: leave out customers whose purchases were all returned.")
    return x, m
