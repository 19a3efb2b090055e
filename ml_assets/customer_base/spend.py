"""Gamma-Gamma: what a customer pays for a purchase, drawn towards what all pay where he is little known.

Fader, Hardie and Lee 2005, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing
Research 42(4).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import gammaln

from ml_assets.customer_base.purchases import Vector


@dataclass(frozen=True)
class GammaGamma:
    """Purchases of a customer are gamma (shape p, rate ν), ν is gamma (shape q, rate v) over customers."""

    p: float
    q: float
    v: float

    @classmethod
    def fit(cls, frequency: npt.ArrayLike, mean_amount: npt.ArrayLike) -> "GammaGamma":
        """Maximum likelihood over customers with repeat purchases.

        Raises ValueError where an amount is not above 0, or the likelihood has no maximum.
        """
        x, m = _repeats(frequency, mean_amount)
        unit = float(m.mean())

        def loss(logs: Vector) -> float:
            return -float(cls(*np.exp(logs))._log_likelihoods(x, m / unit).mean())

        found = minimize(
            loss,
            np.zeros(3),
            method="Nelder-Mead",
            options={"maxiter": 8000, "maxfev": 8000, "xatol": 1e-9, "fatol": 1e-12},
        )
        if not found.success or not np.isfinite(found.fun) or np.abs(found.x).max() > 12:
            raise ValueError(f"Gamma-Gamma finds no maximum of the likelihood: {found.message}")
        p, q, v = np.exp(found.x)
        return cls(float(p), float(q), float(v * unit))

    def expected_amount(self, frequency: npt.ArrayLike, mean_amount: npt.ArrayLike) -> Vector:
        """Expected amount of a purchase; without a repeat purchase that of the population. Needs q > 1."""
        x = np.asarray(frequency, dtype=np.float64)
        m = np.where(x > 0, np.nan_to_num(np.asarray(mean_amount, dtype=np.float64)), 0.0)
        return np.asarray(self.p * (self.v + x * m) / (self.p * x + self.q - 1), dtype=np.float64)

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
