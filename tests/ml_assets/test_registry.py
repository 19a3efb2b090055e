"""Purchasing power and demand in a real MLflow store: logged, promoted, loaded in a clean process, never unpickled."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from infra.settings import REPOSITORY
from ml_assets import demand
from ml_assets.contest import ScoringModel, run_contest
from ml_assets.contest.gate import Gate
from ml_assets.contest.registry import (
    challenger_of,
    load_champion,
    load_champion_or_none,
    load_version,
    log_contest,
    newest_version_or_none,
    promote,
)
from ml_assets.demand import registry as demand_registry
from ml_assets.errors import NoChampion, UnusableModel
from ml_assets.purchasing_power import QUESTION, ContestConfig
from tests.ml_assets.little_bank import AS_OF, CONFIG
from tests.ml_assets.test_demand import WITHOUT_NETWORK as DEMAND_CONFIG
from tests.ml_assets.test_demand import made_series

CLEAN_PROCESS = """
import sys
from datetime import date
from pathlib import Path
import pandas as pd
from ml_assets.contest import ScoringModel
folder, events, out, as_of = sys.argv[1:]
for path in sorted(Path(folder).iterdir()):
    ScoringModel.load(path).predict(pd.read_parquet(events), date.fromisoformat(as_of)).to_parquet(f"{out}/{path.name}")
"""


def test_every_contender_predicts_the_same_in_a_clean_process(contest, events, tmp_path):
    for folder in ("models", "out"):
        (tmp_path / folder).mkdir()
    for found in contest.contenders:
        found.model.save(tmp_path / "models" / found.learner)
    events.to_parquet(tmp_path / "events.parquet")
    arguments = [tmp_path / "models", tmp_path / "events.parquet", tmp_path / "out", AS_OF]
    subprocess.run(
        [sys.executable, "-c", CLEAN_PROCESS, *map(str, arguments)],
        check=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"},
    )
    for found in contest.contenders:
        there = pd.read_parquet(tmp_path / "out" / found.learner)
        here = found.model.predict(events, AS_OF)
        np.testing.assert_allclose(there["expected_amount"], here["expected_amount"], rtol=1e-4, atol=0.011)
        np.testing.assert_allclose(there["p90_amount"], here["p90_amount"], rtol=1e-4, atol=0.011)


def test_no_saved_file_is_a_pickle(contest, tmp_path):
    names = set()
    for found in contest.contenders:
        found.model.save(tmp_path / found.learner)
        names |= {path.suffix for path in (tmp_path / found.learner).iterdir()}
        for path in (tmp_path / found.learner).iterdir():
            with pytest.raises((pickle.UnpicklingError, ValueError, KeyError, IndexError, EOFError)):
                pickle.loads(path.read_bytes())
    assert names == {".json", ".txt", ".skops", ".keras"}


def test_a_saved_file_that_carries_foreign_types_is_refused(contest, tmp_path):
    from skops.io import dump
    from skops.io.exceptions import UntrustedTypesFoundException

    linear = next(found for found in contest.contenders if found.learner == "linear")
    linear.model.save(tmp_path)
    dump(CONFIG, tmp_path / "ridge_30.skops")
    with pytest.raises(UntrustedTypesFoundException, match="ContestConfig"):
        ScoringModel.load(tmp_path)


def test_contest_becomes_runs_versions_and_a_champion(contest, events, tracking):
    assert load_champion_or_none(QUESTION) is None
    assert newest_version_or_none(QUESTION, "encoder") is None
    with pytest.raises(NoChampion, match="materialize the contest"):
        load_champion(QUESTION)

    runs = log_contest(contest, {"dagster.run_id": "d-1", "git.sha": "abc"})
    deployment = promote(contest, runs, deployed_by="test")

    client = MlflowClient()
    assert [run.learner for run in runs] == [found.learner for found in contest.contenders]
    for run, found in zip(runs, contest.contenders, strict=True):
        logged = client.get_run(run.run_id)
        assert logged.data.tags["dagster.run_id"] == "d-1"
        assert logged.data.tags["learner"] == run.learner
        assert logged.data.tags["data_digest"] == contest.digest
        assert logged.data.tags["mlflow.parentRunId"] == run.parent_run_id
        assert logged.data.metrics["mae_30"] == pytest.approx(found.metrics["mae_30"])
        assert logged.inputs.dataset_inputs[0].dataset.digest == contest.digest[:36]
        plots = {file.path for file in client.list_artifacts(run.run_id, "plots")}
        assert {"plots/calibration.png", "plots/deciles_30.png", "plots/deciles_90.png"} <= plots
        assert ("plots/training_curve.png" in plots) == bool(found.curve)
        card = Path(client.download_artifacts(run.run_id, "model_card.md")).read_text()
        assert f"# purchasing-power: {run.learner}, {AS_OF}" in card
        assert f"| mae_30 | {found.metrics['mae_30']:.4g} |" in card
        assert "mae_30_origin_1" in card

    champion = load_champion(QUESTION)
    assert (champion.model_version, champion.run_id) == (deployment.model_version, deployment.run_id)
    encoder = load_version(QUESTION, newest_version_or_none(QUESTION, "encoder") or 0)
    assert encoder.learner == "encoder"
    assert encoder.model_version == next(run.model_version for run in runs if run.learner == "encoder")
    scored = champion.predict(events, AS_OF)
    assert set(scored["run_id"]) == {deployment.run_id}
    assert set(scored["model_version"]) == {deployment.model_version}
    row = deployment.as_row()
    assert set(row) == {
        "model_name", "model_version", "learner", "alias", "run_id", "as_of", "metrics", "reason", "deployed_by",
    }  # fmt: skip
    json.dumps(row["metrics"], allow_nan=False)

    served = mlflow.pyfunc.load_model(f"models:/{QUESTION.name}@champion")
    through_mlflow = served.predict(events, params={"as_of": str(AS_OF)})
    np.testing.assert_allclose(through_mlflow["expected_amount"], scored["expected_amount"], atol=0.011)


def test_a_champion_stays_where_nothing_beats_it(contest, events, tracking):
    config = ContestConfig(contenders=("rate",), threads=1)
    first = run_contest(QUESTION, events, AS_OF, config)
    runs = log_contest(first, {})
    deployed = promote(first, runs, deployed_by="test")
    assert challenger_of(first, runs, deployed) is None
    assert deployed.is_new
    assert deployed.learner == "rate"

    second = run_contest(QUESTION, events, AS_OF, config, champion=load_champion(QUESTION))
    runs = log_contest(second, {})
    kept = promote(second, runs, deployed_by="test")
    challenger = challenger_of(second, runs, kept)
    assert challenger is not None
    assert challenger.model_version == runs[0].model_version != kept.model_version
    assert not kept.is_new
    assert kept.model_version == deployed.model_version == load_champion(QUESTION).model_version
    assert "stays" in kept.reason
    assert load_version(QUESTION, 2).learner == "rate"


@pytest.mark.parametrize("is_lost", [True, False], ids=["a file is lost", "a file says something else"])
def test_who_does_not_forecast_the_same_in_a_clean_process_is_out(events, tracking, tmp_path, is_lost):
    all_pass = Gate("mae_30", "rate", margin=-1, coverage_tolerance=1, significance=1, part_tolerance=10)
    config = ContestConfig(contenders=("rate", "linear"), threads=1, gate=all_pass)
    contest = run_contest(QUESTION, events, AS_OF, config)
    runs = log_contest(contest, {})
    winner = contest.decision().winner
    version = next(run.model_version for run in runs if run.learner == winner)
    saved = Path(
        mlflow.artifacts.download_artifacts(f"models:/{QUESTION.name}/{version}", dst_path=str(tmp_path / "x"))
    )
    stored = [path for path in (tmp_path / "artifacts").rglob("contender.json") if f'"{winner}"' in path.read_text()]
    assert len(stored) == 1
    assert stored[0].read_bytes() == (saved / "artifacts" / "contender" / "contender.json").read_bytes()
    if is_lost:
        stored[0].unlink()
    else:
        content = json.loads(stored[0].read_text())
        content["calibration"]["30"]["level"] *= 1.5
        stored[0].write_text(json.dumps(content))
    deployment = promote(contest, runs, deployed_by="test")
    assert deployment.learner == ({"rate", "linear"} - {winner}).pop()
    told = "does not load" if is_lost else "another expected_amount"
    assert told in MlflowClient().get_model_version(QUESTION.name, str(version)).tags["gate"]


def test_where_nothing_loads_nothing_is_deployed(events, tracking, tmp_path):
    contest = run_contest(QUESTION, events, AS_OF, ContestConfig(contenders=("rate",), threads=1))
    runs = log_contest(contest, {})
    next((tmp_path / "artifacts").rglob("contender.json")).unlink()
    with pytest.raises(UnusableModel, match="rate is the last one left, and it does not load"):
        promote(contest, runs, deployed_by="test")
    assert load_champion_or_none(QUESTION) is None


def test_demand_is_registered_and_forecasts_the_same_when_loaded(tracking):
    series = made_series(series=40)
    contest = demand.run_contest(series, AS_OF, DEMAND_CONFIG, champion=demand_registry.standing())
    runs = log_contest(contest, {"dagster.run_id": "d-2"})
    deployment = promote(contest, runs, deployed_by="test")
    champion = demand_registry.load_champion()
    assert champion.registered == demand_registry.standing()
    frame = champion.frame(series, AS_OF)
    assert set(frame["run_id"]) == {deployment.run_id}
    logged = MlflowClient().get_run(deployment.run_id)
    assert logged.data.metrics["wape_day"] == pytest.approx(deployment.metrics["wape_day"])
    tags = MlflowClient().get_model_version("demand", str(deployment.model_version)).tags
    failures = {verdict.learner: verdict.failures for verdict in contest.decision().verdicts}[deployment.learner]
    assert tags["gate"] == ("; ".join(failures) or "passed")
    served = mlflow.pyfunc.load_model("models:/demand@champion")
    again = served.predict(series.assign(store_id=series["store_id"].astype("Int64")), params={"as_of": str(AS_OF)})
    np.testing.assert_allclose(again["expected_amount"].astype(float), frame["expected_amount"].astype(float))

    boosted = next(found for found in contest.contenders if found.learner == "lightgbm")
    version = next(run.model_version for run in runs if run.learner == "lightgbm")
    there = mlflow.pyfunc.load_model(f"models:/demand/{version}").predict(series, params={"as_of": str(AS_OF)})
    np.testing.assert_allclose(there["p90_amount"], boosted.model.predict(series, AS_OF)["p90_amount"])

    renewed = demand.run_contest(series, AS_OF, DEMAND_CONFIG, champion=demand_registry.standing())
    newer = promote(renewed, log_contest(renewed, {}), deployed_by="test")
    assert newer.is_new
    assert newer.learner == deployment.learner
    assert newer.model_version > deployment.model_version
