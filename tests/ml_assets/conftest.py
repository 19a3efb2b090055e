"""The contest of the little bank, fitted once; a real tracking store for each test that asks."""

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from ml_assets.contest import Contest, run_contest
from ml_assets.purchasing_power import QUESTION
from tests.ml_assets.little_bank import AS_OF, CONFIG, made_events


@pytest.fixture(scope="session")
def events() -> pd.DataFrame:
    return made_events()


@pytest.fixture(scope="session")
def contest(events: pd.DataFrame) -> Contest:
    return run_contest(QUESTION, events, AS_OF, CONFIG)


@pytest.fixture
def tracking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real, empty tracking store and registry in SQLite."""
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    for name in ("purchasing-power", "demand", "segments", "category-priority"):
        mlflow.create_experiment(name, artifact_location=(tmp_path / "artifacts").as_uri())
    yield uri
    mlflow.set_tracking_uri(before)
    mlflow.set_registry_uri(None)
