"""The newsvendor: holds the service level that was asked, dearer on either side of it, bad terms named."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_assets.demand import DemandConfig, DemandModel, Registered
from ml_assets.demand.rules import Rule
from ml_assets.demand.series import Past, past_of
from ml_assets.stock_plan import StockTerms, cost_of, critical_ratio, order_up_to, plans
from tests.ml_assets.little_bank import AS_OF

MODEL = DemandModel(
    "weekday_median", Rule("weekday_median", 26, 28), DemandConfig(), Registered("weekday_median", 4, "r" * 32)
)


def made_days(series: int = 300, days: int = 250, swing: float = 0.0) -> pd.DataFrame:
    """Revenue of a series is its own level × gamma noise × weeks that are good or bad as a whole by `swing`."""
    random = np.random.default_rng(8)
    level = random.lognormal(7, 1, (series, 1))
    weeks = np.repeat(random.lognormal(0, swing, (series, days // 7 + 1)), 7, axis=1)[:, :days]
    revenue = level * random.gamma(4, 0.25, (series, days)) * weeks
    return pd.DataFrame(
        {
            "legal_group": np.repeat([f"group {k % 10}" for k in range(series)], days),
            "city_code": "msk",
            "category_code": "grocery",
            "store_id": pd.array(np.repeat(np.arange(series), days), dtype="Int64"),
            "business_date": np.tile(pd.date_range(end=pd.Timestamp(AS_OF), periods=days), series),
            "revenue_amount": revenue.ravel(),
        }
    )


@pytest.fixture(scope="module", params=[0.0, 0.4], ids=["days apart", "whole weeks swing"])
def known(request: pytest.FixtureRequest) -> tuple[Past, np.ndarray]:
    """(past without the last 10 days, what each series brought in these)"""
    whole = past_of(made_days(swing=request.param), AS_OF)
    return whole.until(whole.days - 11), whole.ahead(whole.days - 11, 10, 10)[:, 0]


@pytest.mark.parametrize("service_level", [0.6, 0.8, 0.95])
def test_stock_lasts_as_often_as_was_asked(known, service_level):
    past, truth = known
    expected, stock = order_up_to(MODEL, past, StockTerms(service_level))
    assert (truth <= stock).mean() == pytest.approx(service_level, abs=0.05)
    assert (truth <= expected).mean() == pytest.approx(0.5, abs=0.08)


def test_the_plan_is_cheaper_than_more_or_less_stock(known):
    past, truth = known
    price, cost, salvage = 10.0, 6.0, 4.0
    level = critical_ratio(price, cost, salvage)
    assert level == pytest.approx(2 / 3)
    _, stock = order_up_to(MODEL, past, StockTerms(level))
    planned, less, more = (cost_of(stock * share, truth, price, cost, salvage) for share in (1, 0.85, 1.15))
    assert planned < less
    assert planned < more
    assert cost_of(truth, truth, price, cost, salvage) == 0


@given(levels=st.lists(st.floats(0.02, 0.98), min_size=2, max_size=2, unique=True), days=st.integers(1, 28))
@settings(max_examples=10, deadline=None)
def test_a_higher_service_level_never_asks_for_less(levels, days):
    past = past_of(made_days(series=20), AS_OF)
    low, high = (order_up_to(MODEL, past, StockTerms(level, 0, days))[1] for level in sorted(levels))
    assert (low <= high).all()


def test_each_group_has_a_plan_by_its_own_terms():
    series = made_days(series=40)
    terms = {"group 1": StockTerms(0.99, 7, 14, 50.0), "group 2": StockTerms()}
    found = plans(MODEL, series, AS_OF, terms).set_index("store_id")
    assert len(found) == 40
    plain = plans(MODEL, series, AS_OF, {}).set_index("store_id")
    of_one = found["legal_group"] == "group 1"
    assert (found.loc[of_one, "stock_amount"] > plain.loc[of_one, "stock_amount"]).all()
    pd.testing.assert_frame_equal(found[~of_one], plain[~of_one])
    np.testing.assert_allclose(found.loc[of_one, "stock_pieces"], found.loc[of_one, "stock_amount"] / 50, atol=0.06)
    assert found.loc[~of_one, ["average_price", "stock_pieces"]].isna().all().all()
    assert set(found["model_version"]) == {4}


def test_a_plan_does_not_change_when_the_future_does():
    series = made_days(series=20)
    as_of = AS_OF - pd.Timedelta(days=20)
    future = series["business_date"] > pd.Timestamp(as_of)
    changed = series.assign(revenue_amount=series["revenue_amount"].where(~future, 1e9))
    pd.testing.assert_frame_equal(plans(MODEL, changed, as_of, {}), plans(MODEL, series, as_of, {}))


def test_bad_terms_are_named():
    with pytest.raises(ValueError, match="service level is 1"):
        StockTerms(1, 1, 1, 5.0)
    with pytest.raises(ValueError, match="average price is 0"):
        StockTerms(0.9, 1, 1, 0)
    with pytest.raises(ValueError, match="lead time"):
        StockTerms(0.9, -1, 1, 5.0)
    with pytest.raises(ValueError, match="spans 28 days, the plan needs 31"):
        order_up_to(MODEL, past_of(made_days(series=2), AS_OF), StockTerms(0.9, 30, 1))
    with pytest.raises(ValueError, match="above its cost"):
        critical_ratio(5, 6, 1)
