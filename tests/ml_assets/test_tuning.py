"""Tuning: nested runs in a real MLflow store under a contest's names, on data that no contest measures."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from ml_assets import demand, purchasing_power, retention
from ml_assets.contest import run_contest
from ml_assets.errors import BadInput
from ml_assets.histories.split import TEST_GROUP, group_of
from ml_assets.tuning import (
    GRIDS,
    Tuning,
    TuningConfig,
    configured,
    grid_of,
    log_tuning,
    tune_customers,
    tune_demand,
)
from ml_assets.tuning.grid import drawn
from tests.ml_assets.little_bank import AS_OF
from tests.ml_assets.test_demand import CONFIG as DEMAND_CONFIG
from tests.ml_assets.test_demand import made_series

CONFIG = purchasing_power.ContestConfig(horizons=(30,), contenders=("linear",), threads=1, origins_at_most=2)
THREE = TuningConfig(candidates=3, folds=2)
TWO = TuningConfig(candidates=2, folds=1)
DEFAULTS = {
    "purchasing-power": purchasing_power.ContestConfig(),
    "retention": retention.ContestConfig(),
    "demand": demand.DemandConfig(),
}


def tuning_of(events: pd.DataFrame, options: TuningConfig = TWO) -> Tuning:
    return tune_customers(purchasing_power.QUESTION, "linear", events, AS_OF, CONFIG, options)


def figures(tuning: Tuning) -> list[dict[str, float]]:
    return [dict(candidate.metrics) for candidate in tuning.candidates()]


def test_candidates_are_nested_runs_under_the_names_of_a_contest(events: pd.DataFrame, tracking: str) -> None:
    tuning = tuning_of(events, THREE)
    tuned = log_tuning(tuning, {"dagster.run_id": "d-1"})
    client = MlflowClient()
    parent = client.get_run(tuned.run_id)
    children = client.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{tuned.run_id}'")
    assert len(children) == 3
    assert client.get_experiment(parent.info.experiment_id).name == "purchasing-power"
    assert parent.info.run_name == "tuning linear"
    contest = run_contest(purchasing_power.QUESTION, events, AS_OF, CONFIG)
    of_a_contest = {name for name in contest.contenders[0].metrics if "_origin_" not in name}
    for run in (parent, *children):
        assert {"kind": "tuning", "learner": "linear", "dagster.run_id": "d-1"}.items() <= run.data.tags.items()
        assert run.data.tags["data_digest"] == tuning.digest
        assert run.inputs.dataset_inputs[0].dataset.digest == tuning.digest[:36]
        assert of_a_contest <= set(run.data.metrics)
    assert {child.data.params["penalty"] for child in children} >= {"30.0"}
    assert set(contest.contenders[0].params) <= set(children[0].data.params)
    for child in children:
        folds = client.get_metric_history(child.info.run_id, "fold.mae_30")
        assert [fold.step for fold in folds] == [1, 2]
    least = min(children, key=lambda child: child.data.metrics["mae_30"])
    best = json.loads(Path(client.download_artifacts(tuned.run_id, "best_parameters.json")).read_text())
    assert best == dict(tuned.parameters)
    assert float(parent.data.params["best.linear.penalty"]) == float(least.data.params["penalty"])
    assert parent.data.metrics["mae_30"] == least.data.metrics["mae_30"]


def test_what_a_contest_measures_is_not_looked_at(events: pd.DataFrame) -> None:
    tuning = tuning_of(events)
    last = pd.Timestamp(tuning.facts["last_date"])
    assert last == pd.Timestamp(AS_OF) - pd.Timedelta(days=30 + 7 * 2)
    is_held_out = events["business_date"] > last
    changed = events.assign(spend_amount=events["spend_amount"] * np.where(is_held_out, 50.0, 1.0))
    assert figures(tuning_of(changed)) == figures(tuning)
    before = events.assign(spend_amount=events["spend_amount"] * np.where(is_held_out, 1.0, 50.0))
    assert figures(tuning_of(before)) != figures(tuning)


def test_customers_that_a_contest_of_a_short_history_measures_are_not_looked_at(events: pd.DataFrame) -> None:
    short = events.loc[events["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=70)]
    is_held_out = group_of(short["customer_id"].to_numpy()) == TEST_GROUP
    changed = short.assign(spend_amount=short["spend_amount"] * np.where(is_held_out, 50.0, 1.0))
    assert is_held_out.any()
    assert figures(tuning_of(changed)) == figures(tuning_of(short))


def test_customers_of_a_fold_are_not_learnt_from(events: pd.DataFrame) -> None:
    """Each customer is measured in one fold of five, and all are."""
    tuning = tuning_of(events, TuningConfig(candidates=1, folds=5))
    (found,) = tuning.candidates()
    alone = sum(fold["customers_30"] for fold in found.folds)
    assert alone == found.metrics["customers_30"]
    assert len(found.losses) <= events["customer_id"].nunique()
    assert len({fold["mae_30"] for fold in found.folds}) == 5


def test_demand_is_tuned_on_the_days_before_its_test_windows() -> None:
    config = replace(DEMAND_CONFIG, test_origins=1, training_origins=3, calibration_origins=1)
    series = made_series(days=180, series=6)
    options = TuningConfig(candidates=2, folds=1)
    tuning = tune_demand("lightgbm", series, AS_OF, config, options)
    is_held_out = series["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=28)
    changed = series.assign(revenue_amount=series["revenue_amount"].where(~is_held_out, 1e6))
    again = tune_demand("lightgbm", changed, AS_OF, config, options)
    assert tuning.digest == again.digest
    found = figures(tuning)
    assert found == figures(again)
    assert found[0]["wape_day"] != found[1]["wape_day"]
    assert {"wape_day", "wape_week", "pinball_day", "coverage_week"} <= set(found[0])


@pytest.mark.parametrize(("question", "learner"), [(name, learner) for name in GRIDS for learner in GRIDS[name]])
def test_the_parameters_that_stand_are_tried_first_and_none_twice(question: str, learner: str) -> None:
    config, grid = DEFAULTS[question], grid_of(question, learner)
    tried = drawn(grid, config, 6, seed=1)
    assert configured(config, tried[0]) == config
    assert len({configured(config, parameters) for parameters in tried}) == len(tried) >= 5
    assert all(value in grid[name] for parameters in tried[1:] for name, value in parameters.items())
    assert tried == drawn(grid, config, 6, seed=1) != drawn(grid, config, 6, seed=2)


def test_parameters_that_do_not_exist_are_named() -> None:
    with pytest.raises(BadInput, match=r"no parameter 'boosting\.leafs' to choose.*boosting\.leaves"):
        configured(DEFAULTS["retention"], {"boosting.leafs": 15})
    with pytest.raises(BadInput, match=r"boosting\.leaves is a whole number, not 15\.5"):
        configured(DEFAULTS["retention"], {"boosting.leaves": 15.5})
    with pytest.raises(BadInput, match=r"no grid for 'rate' of 'purchasing-power'"):
        next(tune_customers(purchasing_power.QUESTION, "rate", _one_event(), AS_OF, CONFIG).candidates())


def _one_event(day: date = date(2026, 1, 1)) -> pd.DataFrame:
    days = [pd.Timestamp(day), pd.Timestamp(AS_OF)]
    told = {"customer_id": 1, "category_code": "fuel", "spend_amount": 1.0, "receipt_count": 1}
    return pd.DataFrame({"business_date": days, **told})
