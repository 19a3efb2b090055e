"""Past forecasts against the truth: figures, drift, and what a model in charge is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_assets.quality import Limits, drift, health_of, score_demand, score_returns, score_spend
from ml_assets.quality.drift import population_stability_index

LIMITS = Limits("wape", "30")
DEPLOYED = {"wape_30": 0.40}


def score(wape: float, baseline: float = 0.6, **others: float) -> dict[str, float]:
    return {"wape": wape, "baseline_wape": baseline, **others}


@pytest.mark.parametrize(
    ("errors", "status", "reason"),
    [
        ([], "waiting", "no_truth_yet"),
        ([0.40], "stable", "errors_as_deployed"),
        ([0.51], "attention", "last_error_grew"),
        ([0.40, 0.40, 0.51], "attention", "last_error_grew"),
        ([0.52, 0.51], "degraded", "errors_grew"),
        ([0.70, 0.70, 0.40], "stable", "errors_as_deployed"),
        ([0.40, 0.55, 0.55, 0.55], "degraded", "errors_grew"),
    ],
)
def test_a_model_is_degraded_when_the_latest_and_the_recent_fail(errors, status, reason):
    health = health_of(LIMITS, DEPLOYED, [score(error) for error in errors], {})
    assert (health.status, health.reason_code) == (status, reason)


def test_worse_than_the_simplest_forecast_fails_whatever_was_deployed():
    scores = [score(0.45, baseline=0.44), score(0.45, baseline=0.44)]
    assert health_of(LIMITS, DEPLOYED, scores, {}).status == "degraded"
    assert health_of(LIMITS, {}, scores, {}).status == "degraded"


def test_broken_promises_and_moved_inputs_need_attention():
    missed = [score(0.40, coverage=0.70, coverage_nominal=0.8)]
    assert health_of(LIMITS, DEPLOYED, missed, {}).reason_code == "interval_misses"
    wrong = [score(0.40, ece=0.06)]
    assert health_of(LIMITS, DEPLOYED, wrong, {}).reason_code == "probability_misses"
    moved = health_of(LIMITS, DEPLOYED, [score(0.40)], {"input recency": 0.3, "input spend_90": 0.01})
    assert (moved.status, moved.figures) == ("attention", {"name": "input recency", "psi": 0.3})
    assert health_of(LIMITS, DEPLOYED, [], {"input recency": 0.3}).status == "attention"


def test_psi_is_that_of_its_definition():
    """Ten equal buckets before; now the lowest decile holds a fifth, the highest nothing but its edge."""
    before = np.arange(1000.0)
    now = np.r_[before[:900], before[:100]]
    shares = np.r_[0.2, np.full(8, 0.1), 1e-4]
    expected = ((shares - 0.1) * np.log(shares / 0.1)).sum()
    assert population_stability_index(before, now) == pytest.approx(expected, rel=1e-2)
    assert population_stability_index(before, before) == pytest.approx(0)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_psi_is_finite_and_never_negative(before, now):
    value = population_stability_index(before, now)
    assert 0 <= value < np.inf


def test_drift_tells_the_column_that_moved():
    random = np.random.default_rng(1)
    before = pd.DataFrame({"same": random.normal(size=4000), "moved": random.normal(size=4000)})
    now = pd.DataFrame({"same": random.normal(size=3000), "moved": random.normal(0.8, size=3000)})
    found = drift(before, now).set_index("name")
    assert found.loc["same", "psi"] < 0.02 < 0.25 < found.loc["moved", "psi"]
    assert found.loc["same", "ks"] < 0.05 < 0.25 < found.loc["moved", "ks"]
    with pytest.raises(ValueError, match="both sides"):
        drift(before, now.iloc[:0])


def test_spend_is_scored_for_all_for_bands_and_for_each_merchant():
    pairs = pd.DataFrame(
        {
            "customer_id": [1, 2, 3],
            "truth": [100.0, 0.0, 50.0],
            "baseline": [50.0, 50.0, 50.0],
            "expected_amount": [90.0, 10.0, 50.0],
            "p10_amount": [0.0, 0.0, 60.0],
            "p50_amount": [80.0, 0.0, 60.0],
            "p90_amount": [150.0, 40.0, 90.0],
        }
    )
    members = pd.DataFrame(
        {"customer_id": [1, 1, 2], "legal_group": ["a", "b", "b"], "size_band": ["small", "large", "large"]}
    )
    found = score_spend(pairs, members).set_index(["legal_group", "size_band", "metric"])["value"]
    assert found["*", "all", "wape"] == pytest.approx(30 / 150)
    assert found["*", "all", "baseline_wape"] == pytest.approx(100 / 150)
    assert found["*", "all", "coverage"] == pytest.approx(2 / 3)
    assert found["*", "small", "wape"] == found["a", "all", "wape"] == pytest.approx(0.2)
    assert found["b", "all", "wape"] == found["*", "large", "wape"] == pytest.approx(0.2)
    assert ("a", "all", "spearman") not in found.index


def test_returns_and_demand_are_scored_under_the_contests_names():
    returns = pd.DataFrame(
        {
            "legal_group": ["a"] * 50 + ["b"] * 50,
            "customer_id": range(100),
            "truth": [1.0, 0.0] * 50,
            "return_probability": [0.8, 0.3] * 50,
        }
    )
    sizes = pd.DataFrame({"legal_group": ["a", "b"], "size_band": ["small", "large"]})
    found = score_returns(returns, sizes).set_index(["legal_group", "size_band", "metric"])["value"]
    assert found["*", "all", "brier"] == pytest.approx((0.04 + 0.09) / 2)
    assert found["*", "all", "baseline_brier"] == pytest.approx(0.25)
    assert found["*", "small", "auroc"] == 1
    demand = pd.DataFrame(
        {
            "legal_group": ["a", "a", "b"],
            "truth": [10.0, 0.0, 30.0],
            "baseline": [5.0, 5.0, 30.0],
            "expected_amount": [8.0, 1.0, 20.0],
            "p10_amount": [1.0, 0.0, 1.0],
            "p90_amount": [12.0, 2.0, 25.0],
        }
    )
    found = score_demand(demand, sizes).set_index(["legal_group", "size_band", "metric"])["value"]
    assert found["*", "all", "wape"] == pytest.approx(13 / 40)
    assert found["a", "all", "wape"] == pytest.approx(0.3)
    assert found["*", "all", "coverage"] == pytest.approx(2 / 3)
    assert found["*", "all", "coverage_nominal"] == pytest.approx((0.8 + 0.9 + 0.8) / 3)
    assert found["*", "all", "baseline_wape"] == pytest.approx(10 / 40)
