"""Probability models against the published figures of CDNOW, and against customers drawn by their own process."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_assets.customer_base import BgNbd, GammaGamma, MbgNbd, summarise
from ml_assets.metrics import expected_calibration_error, mean_absolute_error, normalised_gini
from tests.ml_assets import cdnow
from tests.ml_assets.own_process import OwnProcess


@pytest.fixture(scope="module")
def bought() -> pd.DataFrame:
    return cdnow.purchases()


@pytest.fixture(scope="module")
def summary(bought: pd.DataFrame) -> pd.DataFrame:
    return summarise(bought, cdnow.CALIBRATION_END, unit_days=7)


def history(summary: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    return summary["frequency"], summary["recency"], summary["age"]


def test_bg_nbd_has_the_published_parameters_of_cdnow(summary):
    """Fader, Hardie and Lee 2005, table 2: r .243, α 4.414, a .793, b 2.426, log-likelihood −9582.4."""
    model = BgNbd.fit(*history(summary))
    assert (round(model.r, 3), round(model.alpha, 3), round(model.a, 3), round(model.b, 3)) == (
        0.243,
        4.414,
        0.793,
        2.426,
    )
    assert round(model.log_likelihood(*history(summary)), 1) == -9582.4


def test_mbg_nbd_has_the_published_parameters_of_cdnow(summary):
    """As the R package BTYDplus gives them: r .525, α 6.183, a .891, b 1.614."""
    model = MbgNbd.fit(*history(summary))
    assert (round(model.r, 3), round(model.alpha, 3), round(model.a, 3), round(model.b, 3)) == (
        0.525,
        6.183,
        0.891,
        1.614,
    )


def test_gamma_gamma_has_the_published_parameters_of_cdnow(summary):
    """Fader, Hardie and Lee 2005, "RFM and CLV": p 6.25, q 3.74, v 15.44."""
    paid = summary[summary["mean_amount"] > 0]
    model = GammaGamma.fit(paid["frequency"], paid["mean_amount"])
    assert (round(model.p, 2), round(model.q, 2), round(model.v, 2)) == (6.25, 3.74, 15.44)


def test_holdout_purchases_and_spend_of_cdnow_are_as_good_as_published(bought, summary):
    later = bought[(bought["business_date"] > cdnow.CALIBRATION_END) & (bought["business_date"] <= cdnow.HOLDOUT_END)]
    days = later.groupby(["customer_id", "business_date"])["amount"].sum().groupby("customer_id").agg(["size", "sum"])
    truth = days.reindex(summary.index, fill_value=0.0)
    expected = BgNbd.fit(*history(summary)).expected_purchases(39, *history(summary))
    paid = summary[summary["mean_amount"] > 0]
    amount = GammaGamma.fit(paid["frequency"], paid["mean_amount"]).expected_amount(
        summary["frequency"], summary["mean_amount"]
    )
    assert mean_absolute_error(truth["size"], expected) <= 0.786
    assert round(normalised_gini(truth["sum"], expected * amount), 3) >= 0.638


OWN = [(BgNbd, OwnProcess()), (MbgNbd, OwnProcess(leaves_at_first=True))]


@pytest.mark.parametrize(("model", "process"), OWN, ids=["BG/NBD", "MBG/NBD"])
def test_parameters_and_customers_of_its_own_process_are_recovered(model, process):
    x, t_x, age, future, alive = process.draw(seed=1)
    found = model.fit(x, t_x, age)
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx(
        (process.r, process.alpha, process.a, process.b), rel=0.1
    )
    expected = found.expected_purchases(process.ahead, x, t_x, age)
    assert expected.sum() == pytest.approx(future.sum(), rel=0.05)
    assert expected_calibration_error(alive, found.probability_alive(x, t_x, age)) < 0.01


def test_the_process_of_another_model_is_not_taken_for_its_own():
    process = OwnProcess(customers=5_000, leaves_at_first=True)
    found = BgNbd.fit(*process.draw(seed=1)[:3])
    assert abs(found.r / process.r - 1) > 0.1
    assert abs(found.b / process.b - 1) > 0.1


def test_amounts_of_its_own_process_are_recovered():
    random = np.random.default_rng(2)
    rate, x = random.gamma(4.0, 1 / 20.0, 20_000), random.integers(1, 8, 20_000)
    mean = random.gamma(5.0 * x, 1.0) / rate / x
    found = GammaGamma.fit(x, mean)
    assert found.p * found.v / (found.q - 1) == pytest.approx(5.0 * 20.0 / 3.0, rel=0.1)
    assert found.expected_amount(np.array([0.0]), np.array([np.nan]))[0] == pytest.approx(
        found.p * found.v / (found.q - 1)
    )


@settings(max_examples=50, deadline=None)
@given(x=st.integers(0, 200), share=st.floats(0, 1), age=st.floats(0, 3000), ahead=st.floats(0.1, 400))
def test_expectations_are_finite_and_more_time_brings_no_fewer_purchases(x, share, age, ahead):
    recency = age * share if x else 0.0
    for model in (BgNbd(0.24, 4.4, 0.79, 2.43), MbgNbd(0.52, 6.2, 0.89, 1.61), BgNbd(0.5, 5.0, 1.0, 3.0)):
        near, far = (model.expected_purchases(time, [x], [recency], [age])[0] for time in (ahead, 2 * ahead))
        assert 0 <= near <= far + 1e-9
        assert np.isfinite(far)


def test_several_purchases_of_a_day_are_one_and_later_ones_are_not_seen():
    days = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 1, 2],
            "business_date": pd.to_datetime(["2025-01-01", "2025-01-08", "2025-01-08", "2025-02-01", "2025-01-05"]),
            "amount": [5.0, 10.0, 20.0, 99.0, 7.0],
        }
    )
    found = summarise(days, pd.Timestamp("2025-01-15"), unit_days=7)
    assert found.loc[1].tolist() == [1, 1.0, 2.0, 30.0]
    assert found.loc[2, "frequency"] == 0
    assert np.isnan(found.loc[2, "mean_amount"])


@pytest.mark.parametrize(
    "history",
    [([], [], []), ([1], [5], [4]), ([0], [2], [4]), ([1], [-1], [4]), ([np.nan], [1], [2]), ([1, 2], [1], [3])],
    ids=["nobody", "last purchase in the future", "recency without repeats", "negative", "NaN", "unequal"],
)
def test_impossible_histories_are_named(history):
    with pytest.raises(ValueError, match=r"must be|lies between"):
        BgNbd.fit(*history)


def test_amounts_that_are_none_are_named():
    with pytest.raises(ValueError, match="above 0"):
        GammaGamma.fit([1, 2], [10.0, -3.0])
    with pytest.raises(ValueError, match="No customer came twice"):
        GammaGamma.fit([0, 0], [np.nan, np.nan])
