"""The newsvendor: right on a known distribution, dearer on either side of it, bad terms named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ml_assets.stock_plan import StockTerms, cost_of, critical_ratio, order_up_to

LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
MEAN, DEVIATION, PRICE = 2000.0, 300.0, 10.0


def forecast(days: int = 28) -> np.ndarray:
    return np.tile(norm.ppf(LEVELS, MEAN, DEVIATION), (1, days, 1))


@pytest.mark.parametrize("service_level", [0.6, 0.8, 0.9, 0.95, 0.98])
def test_stock_lasts_as_often_as_was_asked(service_level):
    terms = StockTerms(service_level, lead_days=3, review_days=4, average_price=PRICE)
    expected, stock = order_up_to(LEVELS, forecast(), terms)
    demand = np.random.default_rng(1).normal(MEAN, DEVIATION, (100_000, 7)).sum(axis=1) / PRICE
    assert expected[0] == pytest.approx(7 * MEAN / PRICE)
    assert (demand <= stock[0]).mean() == pytest.approx(service_level, abs=0.005)


def test_the_plan_is_cheaper_than_more_or_less_stock():
    price, cost, salvage = 10.0, 6.0, 4.0
    level = critical_ratio(price, cost, salvage)
    assert level == pytest.approx(2 / 3)
    _, stock = order_up_to(LEVELS, forecast(), StockTerms(level, 0, 7, PRICE))
    demand = np.random.default_rng(2).normal(MEAN, DEVIATION, (100_000, 7)).sum(axis=1) / PRICE
    planned, less, more = (cost_of(stock[0] * share, demand, price, cost, salvage) for share in (1, 0.95, 1.05))
    assert planned < less
    assert planned < more
    assert cost_of(demand, demand, price, cost, salvage) == 0


@given(levels=st.lists(st.floats(0.02, 0.98), min_size=2, max_size=2, unique=True), days=st.integers(1, 28))
@settings(max_examples=40, deadline=None)
def test_a_higher_service_level_never_asks_for_less(levels, days):
    low, high = sorted(levels)
    plans = [order_up_to(LEVELS, forecast(), StockTerms(level, 0, days, PRICE))[1][0] for level in (low, high)]
    assert plans[0] <= plans[1]


def test_bad_terms_and_forecasts_are_named():
    with pytest.raises(ValueError, match="service level is 1"):
        StockTerms(1, 1, 1, 5.0)
    with pytest.raises(ValueError, match="average price is 0"):
        StockTerms(0.9, 1, 1, 0)
    with pytest.raises(ValueError, match="lead time"):
        StockTerms(0.9, -1, 1, 5.0)
    with pytest.raises(ValueError, match="spans 28 days, the plan needs 31"):
        order_up_to(LEVELS, forecast(), StockTerms(0.9, 30, 1, 5.0))
    with pytest.raises(ValueError, match="cross"):
        order_up_to(LEVELS, forecast()[:, :, ::-1], StockTerms(0.9, 1, 1, 5.0))
    with pytest.raises(ValueError, match="above its cost"):
        critical_ratio(5, 6, 1)
