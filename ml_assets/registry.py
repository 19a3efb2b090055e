"""Purchasing power in MLflow: a run for each contender, a registered version each, one of them `champion`.

The tracking server is the caller's: MLFLOW_TRACKING_URI and credentials in the environment, as MLflow reads them.
Dagster builds against the five functions below, in this order:

    snapshot = read_snapshot(path)
    champion = load_champion_or_none()
    contest = run_contest(snapshot.events, as_of, ContestConfig(), on_progress=context.log.info, champion=champion)
    runs = log_contest(contest, tags={"dagster.run_id": ..., "git.sha": ...})
    deployment = promote(contest, runs, deployed_by="dagster")
    if deployment.is_new: insert deployment.as_row() into predictions.deployments
    predictions = load_champion().predict(snapshot.events, as_of)    # rows of predictions.purchasing_power
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ml_assets.purchasing_power.contest import Contest
from ml_assets.purchasing_power.scoring import ScoringModel

MODEL_NAME = "purchasing-power"
"""Name of the experiment and of the registered model."""


@dataclass(frozen=True)
class LoggedRun:
    """One contender as MLflow knows it."""

    learner: str
    run_id: str
    parent_run_id: str
    model_version: int
    url: str | None
    """Page of the run in the MLflow UI; None when the tracking store is not a server."""
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Deployment:
    """The champion after the contest; `as_row()` = columns of predictions.deployments that the caller writes."""

    model_name: str
    model_version: int
    learner: str
    alias: str
    run_id: str
    as_of: date
    metrics: Mapping[str, float]
    reason: str
    deployed_by: str
    is_new: bool
    """False when the standing champion was kept: no alias moved, so no row is due."""

    def as_row(self) -> dict[str, object]:
        """Column → value; `metrics` stays a dict (write it as jsonb)."""
        raise NotImplementedError


def log_contest(contest: Contest, tags: Mapping[str, str]) -> list[LoggedRun]:
    """One parent run, one child run and one registered version for each contender. Best contender first.

    tags: put on every run, e.g. {"dagster.run_id": ..., "dagster.asset": ..., "git.sha": ...}.
    """
    raise NotImplementedError


def promote(contest: Contest, runs: Sequence[LoggedRun], *, deployed_by: str) -> Deployment:
    """Give the alias `champion` to the winner of the gate, or keep the standing champion where it is still better.

    Raises NothingQualifies when nothing passed and no champion stands.
    """
    raise NotImplementedError


def load_champion() -> ScoringModel:
    """The version with the alias `champion`, ready to score. Raises NoChampion."""
    raise NotImplementedError


def load_champion_or_none() -> ScoringModel | None:
    """As load_champion; None when no champion stands yet."""
    raise NotImplementedError
