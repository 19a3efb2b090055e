"""How much to have in stock: the newsvendor's answer on the quantiles of a demand forecast.

Arrow, Harris and Marschak 1951, "Optimal Inventory Policy": order up to the quantile of the demand over the protection
period (the lead time and the days between two orders) that the costs of too little and of too much ask for.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from ml_assets.demand.config import LEVELS
from ml_assets.demand.model import AMOUNTS
from ml_assets.demand.series import KEY

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StockTerms:
    """What a merchant says of his stock; the defaults are for one who said nothing."""

    service_level: float = 0.95
    """Share of order periods in which nothing is to run out, between 0 and 1."""
    lead_days: int = 3
    """From order to delivery."""
    review_days: int = 7
    """Between two orders."""
    average_price: float | None = None
    """Of a piece, in the currency of the revenue; None: the plan is in money."""

    def __post_init__(self) -> None:
        if not 0 < self.service_level < 1:
            raise ValueError(f"The service level is {self.service_level}; it must lie between 0 and 1.")
        if self.lead_days < 0 or self.review_days < 1:
            raise ValueError("The lead time must not be negative, and two orders lie at least a day apart.")
        if self.average_price is not None and not self.average_price > 0:
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
    """(expected sales, what to have in stock or on order) for each series over the protection period.

    In pieces where the terms have a price, else in the currency.
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
    covered = quantiles[:, :days] / (terms.average_price or 1.0)
    middle = int(np.argmin(np.abs(levels - 0.5)))
    median = covered[:, :, middle]
    distance = covered - median[:, :, None]
    total = median.sum(axis=1, keepdims=True) + np.sign(levels - 0.5) * np.sqrt((distance**2).sum(axis=1))
    scores, wanted = norm.ppf(levels), norm.ppf(terms.service_level)
    place = int(np.clip(np.searchsorted(scores, wanted), 1, len(scores) - 1))
    share = (wanted - scores[place - 1]) / (scores[place] - scores[place - 1])
    stock = total[:, place - 1] + share * (total[:, place] - total[:, place - 1])
    return total[:, middle], np.maximum(stock, 0.0)


def plan(forecast: pd.DataFrame, terms: StockTerms, days: int) -> pd.DataFrame:
    """One row a series, from rows of predictions.demand by day in the order of series and day, `days` a series.

    Columns: those that tell the series and the model, the terms, expected_amount and stock_amount (revenue), and
    expected_pieces and stock_pieces, which are missing without a price.
    """
    quantiles = forecast[list(AMOUNTS)].to_numpy(dtype=np.float64).reshape(-1, days, len(AMOUNTS))
    expected, stock = order_up_to(np.array(LEVELS), quantiles, replace(terms, average_price=None))
    price = terms.average_price
    pieces = [amount / price if price else np.full(len(amount), np.nan) for amount in (expected, stock)]
    return (
        forecast.iloc[::days][[*KEY, "model_name", "model_version", "run_id"]]
        .reset_index(drop=True)
        .assign(
            service_level=terms.service_level,
            lead_days=terms.lead_days,
            review_days=terms.review_days,
            average_price=np.nan if price is None else price,
            expected_amount=expected.round(2),
            stock_amount=stock.round(2),
            expected_pieces=pieces[0].round(1),
            stock_pieces=pieces[1].round(1),
        )
    )


def cost_of(stock: Vector, demand: Vector, price: float, cost: float, salvage: float) -> float:
    """Mean profit lost beside knowing the demand: price − cost a piece missed, cost − salvage a piece left over."""
    missed, left = np.maximum(demand - stock, 0), np.maximum(stock - demand, 0)
    return float(((price - cost) * missed + (cost - salvage) * left).mean())
