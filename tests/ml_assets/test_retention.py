"""Who comes back: no leak, probabilities that are some, bad input named; the contest on a little bank."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from ml_assets.contest import ScoringModel, run_contest
from ml_assets.errors import BadInput
from ml_assets.metrics import (
    area_under_roc,
    average_precision,
    brier_score,
    expected_calibration_error,
    kolmogorov_smirnov,
)
from ml_assets.retention import QUESTION, VISIT_COLUMNS, ContestConfig, units_of
from ml_assets.retention.calibration import Calibration
from ml_assets.retention.config import BoostingConfig
from tests.ml_assets.little_bank import AS_OF, ENCODER, made_events

CONFIG = ContestConfig(boosting=BoostingConfig(trees=30, rows_per_leaf=20), encoder=ENCODER, threads=1)


@pytest.fixture(scope="module")
def returns(events):
    return run_contest(QUESTION, events, AS_OF, CONFIG)


@pytest.mark.parametrize("learner", CONFIG.contenders)
def test_probabilities_do_not_change_when_the_future_does(returns, events, learner):
    as_of = AS_OF - timedelta(days=40)
    model = next(found for found in returns.contenders if found.learner == learner).model
    future = events["business_date"] > pd.Timestamp(as_of)
    changed = events.assign(spend_amount=events["spend_amount"].where(~future, 1e6))
    pd.testing.assert_frame_equal(model.predict(changed, as_of), model.predict(events.loc[~future], as_of))


@pytest.mark.parametrize("learner", CONFIG.contenders)
def test_each_active_customer_has_a_probability_for_each_horizon(returns, events, learner, tmp_path):
    model = next(found for found in returns.contenders if found.learner == learner).model
    scored = model.predict(events, AS_OF)
    assert set(scored["horizon_days"]) == {30, 60, 90}
    assert not scored.duplicated(["horizon_days", "customer_id"]).any()
    assert scored["return_probability"].between(0, 1).all()
    model.save(tmp_path / "saved")
    again = ScoringModel.load(tmp_path / "saved").predict(events, AS_OF)
    np.testing.assert_allclose(again["return_probability"], scored["return_probability"], atol=1e-4)


def test_features_tell_more_than_the_baseline_where_customers_have_their_own_rates():
    config = replace(CONFIG, contenders=("recency", "logistic", "lightgbm", "blend"))
    contest = run_contest(QUESTION, made_events(customers=1200), AS_OF, config)
    metrics = {found.learner: found.metrics for found in contest.contenders}
    assert metrics["logistic"]["auroc_30"] > metrics["recency"]["auroc_30"] + 0.02
    assert max(found["ece_30"] for found in metrics.values()) < 0.06


def test_a_bank_where_everybody_returns_is_no_fault(events):
    busy = pd.concat(
        [events.assign(business_date=pd.Timestamp(AS_OF) - pd.Timedelta(days=days)) for days in range(0, 300, 10)]
    ).drop_duplicates(["business_date", "customer_id", "category_code"])
    contest = run_contest(QUESTION, busy, AS_OF, CONFIG)
    for found in contest.contenders:
        assert "auroc_30" not in found.metrics, "a ranking of those who left says nothing where nobody did"
        assert found.metrics["brier_30"] < 0.01


@given(
    pairs=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=300),
    asked=st.lists(st.floats(-1, 2), min_size=2, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_a_higher_score_is_never_a_lower_probability(pairs, asked):
    score, truth = np.array(pairs, dtype=float).T
    chances = Calibration.fit(score, truth).columns(np.sort(asked))["return_probability"]
    assert (np.diff(chances) >= -1e-12).all()
    assert ((chances > 0) & (chances < 1)).all()


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=2, max_size=200))
@settings(max_examples=80, deadline=None)
def test_ranking_metrics_are_those_of_scikit_learn(pairs):
    truth, score = np.array(pairs, dtype=float).T
    if 0 < truth.sum() < len(truth):
        assert area_under_roc(truth, score) == pytest.approx(roc_auc_score(truth, score))
        assert average_precision(truth, score) == pytest.approx(average_precision_score(truth, score))
        assert 0 <= kolmogorov_smirnov(truth, score) <= 1
    else:
        assert np.isnan(area_under_roc(truth, score))


def test_calibration_metrics_of_a_forecast_that_is_right():
    random = np.random.default_rng(4)
    chance = random.uniform(0, 1, 50_000)
    outcome = (random.uniform(0, 1, 50_000) < chance).astype(float)
    assert expected_calibration_error(outcome, chance) < 0.01
    assert brier_score(outcome, chance) == pytest.approx(np.mean(chance * (1 - chance)), abs=0.005)
    assert expected_calibration_error(outcome, np.full(50_000, 0.9)) == pytest.approx(0.4, abs=0.01)


def test_a_customer_of_two_groups_is_two_units_and_keeps_his_name(returns, events):
    visits = pd.concat([events.assign(legal_group=name) for name in ("АО Берёзка", "ИП Ветрова")])[list(VISIT_COLUMNS)]
    units = units_of(visits)
    assert units.names.groupby("legal_group")["customer_id"].nunique().tolist() == [events["customer_id"].nunique()] * 2
    assert units.events["spend_amount"].sum() == pytest.approx(2 * events["spend_amount"].sum())
    model = returns.contenders[0].model
    scores = units.named(model.predict(units.events, AS_OF))
    alone = model.predict(events, AS_OF).set_index(["horizon_days", "customer_id"])["return_probability"]
    for _, part in scores.groupby("legal_group"):
        found = part.set_index(["horizon_days", "customer_id"])["return_probability"].sort_index()
        pd.testing.assert_series_equal(found, alone.sort_index(), check_dtype=False)
    with pytest.raises(BadInput, match="lack legal_group"):
        units_of(events)
