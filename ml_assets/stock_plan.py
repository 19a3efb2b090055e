"""How much to have in stock: the newsvendor's answer on the quantiles of a demand forecast.

Arrow, Harris and Marschak 1951, "Optimal Inventory Policy": order up to the quantile of the demand over the protection
period (the lead time and the days between two orders) that the costs of too little and of too much ask for.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StockTerms:
    """What a merchant says of his stock."""

    service_level: float
    """Share of order periods in which nothing is to run out, between 0 and 1."""
    lead_days: int
    """From order to delivery."""
    review_days: int
    """Between two orders."""
    average_price: float
    """Of a piece, in the currency of the revenue."""

    def __post_init__(self) -> None:
        if not 0 < self.service_level < 1:
            raise ValueError(f"The service level is {self.service_level}; it must lie between 0 and 1.")
        if self.lead_days < 0 or self.review_days < 1:
            raise ValueError("The lead time must not be negative, and two orders lie at least a day apart.")
        if not self.average_price > 0:
            raise ValueError(f"The average price is {self.average_price}; it must be above 0.")

    @property
    def protection_days(self) -> int:
        return self.lead_days + self.review_days


def critical_ratio(price: float, cost: float, salvage: float) -> float:
    """Service level that earns most: (price − cost) ÷ (price − salvage). Raises ValueError unless prices fall so."""
    if not price > cost >= salvage:
        raise ValueError("A piece must be sold above its cost, and be worth no more than that when left over.")
    return (price - cost) / (price - salvage)


def order_up_to(levels: Vector, quantiles: Vector, terms: StockTerms) -> tuple[Vector, Vector]:
    """(expected pieces, pieces to have in stock or on order) for each series over the protection period.

    levels: m rising levels between 0 and 1, .5 among them. quantiles: revenue a day, n series × d days × m, d at least
    the protection period. Days are taken as independent of each other: distances of a quantile from the median add
    up by their squares, medians as they are; between the levels they are interpolated on normal scores, beyond them
    continued in a straight line. Raises ValueError where the forecast is shorter than the period, or crosses.
    """
    days = terms.protection_days
    if quantiles.shape[1] < days:
        raise ValueError(f"The forecast spans {quantiles.shape[1]} days, the plan needs {days}: shorten the lead time.")
    if (np.diff(quantiles, axis=2) < 0).any():
        raise ValueError("Quantiles cross: sort them before planning.")
    covered = quantiles[:, :days] / terms.average_price
    middle = int(np.argmin(np.abs(levels - 0.5)))
    median = covered[:, :, middle]
    distance = covered - median[:, :, None]
    total = median.sum(axis=1, keepdims=True) + np.sign(levels - 0.5) * np.sqrt((distance**2).sum(axis=1))
    scores, wanted = norm.ppf(levels), norm.ppf(terms.service_level)
    place = int(np.clip(np.searchsorted(scores, wanted), 1, len(scores) - 1))
    share = (wanted - scores[place - 1]) / (scores[place] - scores[place - 1])
    stock = total[:, place - 1] + share * (total[:, place] - total[:, place - 1])
    return total[:, middle], np.maximum(stock, 0.0)


def cost_of(stock: Vector, demand: Vector, price: float, cost: float, salvage: float) -> float:
    """Mean profit lost beside knowing the demand: price − cost a piece missed, cost − salvage a piece left over."""
    missed, left = np.maximum(demand - stock, 0), np.maximum(stock - demand, 0)
    return float(((price - cost) * missed + (cost - salvage) * left).mean())
