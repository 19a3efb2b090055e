"""BG/NBD and MBG/NBD: purchases come by a customer's own Poisson rate until he leaves, which he may after each one.

Rates vary by a gamma distribution (shape r, rate α), the chance to leave by a beta distribution (a, b). BG/NBD: Fader,
Hardie and Lee 2005, "Counting Your Customers the Easy Way", Marketing Science 24(2). MBG/NBD, where a customer may
leave after the first purchase, too: Batislam, Denizel and Filiztekin 2007, Int. J. of Research in Marketing 24(3).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Vector = npt.NDArray[np.float64]
LARGEST_LOG = 8.0


@dataclass(frozen=True)
class BgNbd:
    """Time is in the unit of `recency` and `age`."""

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> Self:
        """Maximum likelihood, each parameter between e⁻⁸ and e⁸: where nobody ever leaves there is no maximum within.

        Raises ValueError where times are impossible.
        """
        x, t_x, age_ = _history(frequency, recency, age)
        scale = 10.0 / float(age_.max())  # so that the search begins near 1 whatever the unit of time is

        def loss(logs: Vector) -> float:
            return -float(cls(*np.exp(logs))._log_likelihoods(x, t_x * scale, age_ * scale).mean())

        found = [best_of(loss, np.full(4, start)) for start in (0.0, 1.0)]
        best = min(found, key=lambda one: one[1])
        if not np.isfinite(best[1]):
            raise ValueError(f"{cls.__name__} finds no parameters under which these histories are possible.")
        r, alpha, a, b = np.exp(best[0])
        return cls(float(r), float(alpha / scale), float(a), float(b))

    def log_likelihood(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> float:
        """Sum over customers."""
        return float(self._log_likelihoods(*_history(frequency, recency, age)).sum())

    def expected_purchases(
        self, ahead: float, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike
    ) -> Vector:
        """Purchases expected in the next `ahead` units of time."""
        x, t_x, age_ = _history(frequency, recency, age)
        r, alpha = self.r, self.alpha
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6  # the formula's limit
        # By Euler's transformation of the hypergeometric function, which overflows for busy customers as published.
        c, z = a + self._b(x) - 1, ahead / (alpha + age_ + ahead)
        kept = (1 - z) ** (a - 1) * hyp2f1(c - r - x, a - 1, c, z)
        purchases: Vector = c / (a - 1) * (1 - kept) * self.probability_alive(x, t_x, age_)
        return purchases

    def probability_alive(self, frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> Vector:
        """That the customer has not left by now; of BG/NBD 1 for who never came again, so it ranks nobody."""
        x, t_x, age_ = _history(frequency, recency, age)
        return np.asarray(1 / (1 + self._left(x, t_x, age_)), dtype=np.float64)

    def _b(self, x: Vector) -> Vector:
        """b after x repeat purchases that he stayed after."""
        return self.b + x

    def _left(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        """Odds of having left after the last purchase."""
        odds = self.a / np.maximum(self.b + x - 1, 1e-12) * self._silence(x, t_x, age)
        return np.where(x > 0, odds, 0.0)

    def _silence(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        """((α + T) / (α + t_x)) ** (r + x): how strongly the silence since the last purchase speaks for having left."""
        logs = (self.r + x) * (np.log(self.alpha + age) - np.log(self.alpha + t_x))
        return np.asarray(np.exp(np.minimum(logs, 700.0)), dtype=np.float64)

    def _log_likelihoods(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
        with np.errstate(divide="ignore", invalid="ignore"):
            left = betaln(a + 1, b + x - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
        return np.asarray(rate + np.where(x > 0, np.logaddexp(stayed, left), stayed), dtype=np.float64)


@dataclass(frozen=True)
class MbgNbd(BgNbd):
    """As BG/NBD, and a customer may leave after the very first purchase."""

    def _b(self, x: Vector) -> Vector:
        return self.b + x + 1

    def _left(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        odds: Vector = self.a / (self.b + x) * self._silence(x, t_x, age)
        return odds

    def _log_likelihoods(self, x: Vector, t_x: Vector, age: Vector) -> Vector:
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stayed = betaln(a, b + x + 1) - betaln(a, b) - (r + x) * np.log(alpha + age)
        left = betaln(a + 1, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
        return np.asarray(rate + np.logaddexp(stayed, left), dtype=np.float64)


def best_of(loss: Callable[[Vector], float], start: Vector) -> tuple[Vector, float]:
    """(logarithms of the parameters, loss): gradient descent within bounds, made exact by Nelder and Mead's search."""
    bounds = [(-LARGEST_LOG, LARGEST_LOG)] * len(start)
    near = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    options = {"maxiter": 2000, "maxfev": 4000, "xatol": 1e-9, "fatol": 1e-12}
    exact = minimize(loss, near.x, method="Nelder-Mead", bounds=bounds, options=options)
    return np.asarray(exact.x, dtype=np.float64), float(exact.fun)


def _history(frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> tuple[Vector, Vector, Vector]:
    """Raises ValueError for times that no customer can have."""
    x, t_x, age_ = (np.asarray(values, dtype=np.float64) for values in (frequency, recency, age))
    if not (x.shape == t_x.shape == age_.shape) or not len(x):
        raise ValueError("frequency, recency and age must be equally long, and not empty.")
    if not (np.isfinite(x).all() and np.isfinite(t_x).all() and np.isfinite(age_).all()):
        raise ValueError("frequency, recency and age must be finite.")
    if (x < 0).any() or (t_x < 0).any() or (t_x > age_).any() or ((x == 0) & (t_x > 0)).any():
        raise ValueError(
            "A customer's last purchase lies between his first one and now, and is the first where frequency is 0."
        )
    return x, t_x, age_
