"""How a stock plan fares on days that its forecast did not see, beside the usual rule and beside knowing the demand."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from ml_assets.demand.contest import DemandContest
from ml_assets.demand.series import check_series, past_of
from ml_assets.stock_plan import StockTerms, cost_of, critical_ratio, order_up_to

COST, SALVAGE = 0.7, 0.5
"""Of one unit of revenue: what it cost, and what a left-over is worth."""


def stock_table(series: pd.DataFrame, contest: DemandContest) -> str:
    """At the newest window of 28 days, which no contender learnt from, for a plan of 10 days.

    `lasted`: share of series whose stock lasted. `cost`: margin lost and left-overs, per unit of revenue; 0 is knowing.
    The rule of mean + z·σ takes both from each series' last 91 days.
    """
    past = past_of(check_series(series), contest.as_of)
    origin = past.days - 1 - contest.config.horizon_days
    then = past.until(origin)
    alive = then.alive(28)
    terms = StockTerms(service_level=0.95)
    days = terms.protection_days
    truth = past.ahead(origin, days, days)[alive, 0]
    cheapest = critical_ratio(1.0, COST, SALVAGE)
    recent = np.nan_to_num(then.recent(91))[alive]
    lines = [
        f"Stock for {terms.lead_days} + {terms.review_days} days, {len(truth):,} series:",
        "",
        f"| plan | asked {terms.service_level:.0%}: lasted | stock ÷ sales | asked {cheapest:.0%}: cost |",
        "| --- | --- | --- | --- |",
    ]
    for contender in contest.contenders:
        stock = [order_up_to(contender.model, then, StockTerms(level))[1][alive] for level in (0.95, cheapest)]
        lines.append(_line(f"newsvendor on {contender.learner}", stock[0], stock[1], truth))
    mean, spread = days * recent.mean(axis=1), np.sqrt(days) * recent.std(axis=1)
    rule = [np.maximum(mean + norm.ppf(level) * spread, 0.0) for level in (0.95, cheapest)]
    lines.append(_line("mean + z·σ", rule[0], rule[1], truth))
    return "\n".join(lines)


def _line(name: str, safe: np.ndarray, cheap: np.ndarray, truth: np.ndarray) -> str:
    cost = cost_of(cheap, truth, 1.0, COST, SALVAGE) / truth.mean()
    return f"| {name} | {(truth <= safe).mean():.3f} | {safe.sum() / truth.sum():.2f} | {cost:.4f} |"
