"""What a stock plan costs beside an oracle that knows how demand is distributed, though not what it will be."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ml_assets.demand import DemandConfig, DemandModel, boosting
from ml_assets.demand.rules import Rule
from ml_assets.demand.series import Past
from ml_assets.stock_plan import StockTerms, cost_of, critical_ratio, order_up_to
from tests.benchmarks.sample_bank.worlds import STOCK_DAYS, Worlds

COST, SALVAGE = 0.7, 0.5
"""Of one rouble of revenue: what it cost, and what a left-over is worth."""
LEVEL = critical_ratio(1.0, COST, SALVAGE)
TERMS = StockTerms(LEVEL, lead_days=3, review_days=STOCK_DAYS - 3)
LEAST_DAYS = 28
"""Days that a store must have lived."""


@dataclass(frozen=True)
class StockCosts:
    """Mean over futures of margin lost and left-overs, per rouble of demand."""

    stores: int
    oracle: float
    """Of ordering each store's true quantile."""
    plans: dict[str, float]

    def regret(self, plan: str) -> float:
        """Cost beyond the oracle's, as a share of that."""
        return self.plans[plan] / self.oracle - 1


def newsvendor(past: Past) -> np.ndarray:
    """(series,): the product's plan on the rule that the demand contest starts from."""
    rule = Rule("weekday_median", weeks=26, horizon_days=28)
    return order_up_to(DemandModel(rule.name, rule, DemandConfig()), past, TERMS)[1]


def newsvendor_on_boosting(past: Past) -> np.ndarray:
    """(series,): the same on LightGBM, fitted to this past."""
    config = DemandConfig()
    return order_up_to(DemandModel("lightgbm", boosting.fit("lightgbm", past, config).model, config), past, TERMS)[1]


def mean_and_deviation(past: Past) -> np.ndarray:
    """(series,): mean + z·σ of the last 91 days, the usual rule."""
    recent = np.nan_to_num(past.recent(91))
    days = TERMS.protection_days
    return np.maximum(days * recent.mean(axis=1) + norm.ppf(LEVEL) * np.sqrt(days) * recent.std(axis=1), 0.0)


def last_days(past: Past) -> np.ndarray:
    """(series,): as much as was sold in as many days before."""
    return np.nan_to_num(past.recent(TERMS.protection_days)).sum(axis=1)


def stock_costs(worlds: Worlds, plans: dict[str, np.ndarray]) -> StockCosts:
    """plans: stock of every store, in roubles of revenue. The oracle judges each future by all the others."""
    alive = worlds.sales().alive(LEAST_DAYS)
    demand = worlds.demand[:, alive]

    def cost(stock_in_world: list[np.ndarray]) -> float:
        costs = [cost_of(s, d, 1.0, COST, SALVAGE) for s, d in zip(stock_in_world, demand, strict=True)]
        return float(np.mean(costs) / demand.mean())

    oracle = [np.quantile(np.delete(demand, world, axis=0), LEVEL, axis=0) for world in range(len(demand))]
    return StockCosts(
        stores=int(alive.sum()),
        oracle=cost(oracle),
        plans={name: cost([stock[alive]] * len(demand)) for name, stock in plans.items()},
    )
