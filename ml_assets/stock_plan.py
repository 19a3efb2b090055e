"""How much to have in stock: the newsvendor's answer on the demand forecast.

Arrow, Harris and Marschak 1951, "Optimal Inventory Policy": order up to the quantile of the demand over the protection
period (the lead time and the days between two orders) that the costs of too little and of too much ask for.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.demand import conformal
from ml_assets.demand.model import DemandModel
from ml_assets.demand.series import KEY, Past, check_series, past_of

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


def order_up_to(model: DemandModel, past: Past, terms: StockTerms) -> tuple[Vector, Vector]:
    """(expected revenue, goods to have in stock or on order at the prices of sale) over the protection period.

    One value a series of the past. Raises ValueError where the forecast is shorter than the period.
    """
    days, horizon = terms.protection_days, model.config.horizon_days
    if days > horizon:
        raise ValueError(f"The forecast spans {horizon} days, the plan needs {days}: shorten the lead time.")
    found = conformal.totals(model.fitted, past, days, (0.5, terms.service_level), model.config)
    return found[:, 0], found[:, 1]


def plans(model: DemandModel, series: pd.DataFrame, as_of: date, terms: dict[str, StockTerms]) -> pd.DataFrame:
    """Columns of predictions.stock_plans without scored_at, one row a series that lives; terms by legal group.

    A group without terms has the defaults; without a price, expected_pieces and stock_pieces are missing.
    """
    past = past_of(check_series(series), as_of)
    alive = past.alive(model.config.least_days)
    groups = past.keys["legal_group"].to_numpy()
    asked = {str(group): terms.get(str(group), StockTerms()) for group in np.unique(groups)}
    parts = []
    for one in dict.fromkeys(asked.values()):  # spreads are learnt from all series, whoever asks
        expected, stock = order_up_to(model, past, one)
        kept = alive & np.isin(groups, [group for group, said in asked.items() if said == one])
        parts.append(_rows(past.keys.loc[kept], expected[kept], stock[kept], one))
    assert model.registered is not None
    found = pd.concat(parts, ignore_index=True).sort_values(list(KEY), ignore_index=True)
    return found.assign(
        as_of=as_of, model_name="demand", model_version=model.registered.model_version, run_id=model.registered.run_id
    )


def _rows(keys: pd.DataFrame, expected: Vector, stock: Vector, terms: StockTerms) -> pd.DataFrame:
    price = np.nan if terms.average_price is None else terms.average_price
    return keys.reset_index(drop=True).assign(
        service_level=terms.service_level,
        lead_days=terms.lead_days,
        review_days=terms.review_days,
        average_price=price,
        expected_amount=expected.round(2),
        stock_amount=stock.round(2),
        expected_pieces=(expected / price).round(1),
        stock_pieces=(stock / price).round(1),
    )


def cost_of(stock: Vector, demand: Vector, price: float, cost: float, salvage: float) -> float:
    """Mean profit lost beside knowing the demand: price − cost a piece missed, cost − salvage a piece left over."""
    missed, left = np.maximum(demand - stock, 0), np.maximum(stock - demand, 0)
    return float(((price - cost) * missed + (cost - salvage) * left).mean())
