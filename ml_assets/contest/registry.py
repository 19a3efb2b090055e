"""A contest in MLflow: a run for each contender, a registered version each, one of them `champion`.

The tracking server is the caller's: MLFLOW_TRACKING_URI and credentials in the environment, as MLflow reads them.
Dagster calls the functions below in this order:

    snapshot = read_snapshot(path)
    champion = load_champion_or_none(question)
    contest = run_contest(question, snapshot.events, as_of, config, on_progress=context.log.info, champion=champion)
    runs = log_contest(contest, tags={"dagster.run_id": ..., "git.sha": ...})
    deployment = promote(contest, runs, deployed_by="dagster")
    if deployment.is_new: insert deployment.as_row() into predictions.deployments
    if (other := challenger_of(contest, runs, deployment)): insert other.as_row() as well
    predictions = load_champion(question).predict(snapshot.events, as_of)
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema

from ml_assets import tracking
from ml_assets.contest.card import card, inputs_of
from ml_assets.contest.charts import training_curve
from ml_assets.contest.clean_process import fault_elsewhere
from ml_assets.contest.gate import Decision, calibration_misses
from ml_assets.contest.outcome import Entry, Outcome, Subject
from ml_assets.contest.question import Question
from ml_assets.contest.scoring import ScoringModel
from ml_assets.deployments import CHALLENGER, CHAMPION, PREVIOUS
from ml_assets.errors import NoChampion, UnusableModel


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
    """Champion or challenger after a contest; `as_row()` = columns of predictions.deployments for the caller."""

    model_name: str
    model_version: int
    learner: str
    alias: str
    run_id: str
    as_of: date
    metrics: Mapping[str, float]
    reason: str
    """In words, with the figures: who won against what, or why the champion stays."""
    deployed_by: str
    is_new: bool
    """False when the standing champion was kept: no alias moved, so no row is due."""

    def as_row(self) -> dict[str, object]:
        """Column → value; `metrics` stays a dict (write it as jsonb)."""
        row = asdict(self)
        del row["is_new"]
        return {**row, "metrics": dict(self.metrics)}


def log_contest(contest: Outcome, tags: Mapping[str, str]) -> list[LoggedRun]:
    """One parent run, one child run and one registered version for each contender. Best contender first.

    tags: put on every run, e.g. {"dagster.run_id": ..., "dagster.asset": ..., "git.sha": ...}. None of them starts
    with "mlflow.", which MLflow keeps for itself.
    """
    with tracking.run(contest.question.name, f"contest {contest.as_of}", {**tags, "kind": "contest"}) as parent:
        tracking.log_data(contest.question.name, contest.digest, contest.about())
        decision = contest.decision()
        mlflow.log_params({**contest.about(), **tracking.flat(asdict(contest.config))})
        mlflow.log_metrics({f"{c.learner}.{name}": v for c in contest.contenders for name, v in c.metrics.items()})
        mlflow.log_dict({v.learner: list(v.failures) for v in decision.verdicts}, "gate.json")
        mlflow.log_table(_table(contest), "contenders.json")
        return [_log_contender(contender, contest, tags, parent) for contender in contest.contenders]


def promote(contest: Outcome, runs: Sequence[LoggedRun], *, deployed_by: str) -> Deployment:
    """Give the alias `champion` to the winner of the gate, or keep the standing champion where it is still better.

    The champion until now gets the alias `previous`, the best of the others `challenger`. The reason says so where the
    baseline wins. Raises UnusableModel where the only one left does not forecast in a clean process.
    """
    client, decision, name = MlflowClient(), _decision_on_what_loads(contest, runs), contest.question.name
    standing = contest.champion
    if decision.winner is None and standing is not None:
        _point(client, name, CHALLENGER, runs[0].model_version)
        return Deployment(
            name, standing.model_version, standing.learner, CHAMPION, standing.run_id, contest.as_of,
            contest.champion_metrics or {}, decision.reason, deployed_by, is_new=False,
        )  # fmt: skip
    winner = next(run for run in runs if run.learner == decision.winner)
    if standing is not None:
        _point(client, name, PREVIOUS, standing.model_version)
    others = [run for run in runs if run is not winner]
    if others:
        _point(client, name, CHALLENGER, others[0].model_version)
    _point(client, name, CHAMPION, winner.model_version)
    client.set_model_version_tag(name, str(winner.model_version), "reason", decision.reason)
    return Deployment(
        name, winner.model_version, winner.learner, CHAMPION, winner.run_id, contest.as_of,
        winner.metrics, decision.reason, deployed_by, is_new=True,
    )  # fmt: skip


def challenger_of(contest: Outcome, runs: Sequence[LoggedRun], champion: Deployment) -> Deployment | None:
    """The best of the others, to whom `promote` gave the alias `challenger`; None where nobody else competed."""
    best = next((run for run in runs if run.model_version != champion.model_version), None)
    if best is None:
        return None
    reason = f"The best beside version {champion.model_version}; the gate: {_verdict(contest, best.learner)}."
    return Deployment(
        contest.question.name, best.model_version, best.learner, CHALLENGER, best.run_id, contest.as_of,
        best.metrics, reason, champion.deployed_by, is_new=True,
    )  # fmt: skip


def _decision_on_what_loads(contest: Outcome, runs: Sequence[LoggedRun]) -> Decision:
    """The gate's decision once whoever wins it has forecast in a clean process; who cannot is out."""
    faults: dict[str, str] = {}
    models = {entry.learner: entry.model for entry in contest.contenders}
    versions = {run.learner: run.model_version for run in runs}
    while (winner := (decision := contest.decision(faults)).winner) is not None:
        if winner in faults:
            raise UnusableModel(f"{contest.question.name}: {winner} is the last one left, and {faults[winner]}.")
        expected = models[winner].predict(contest.sample, contest.as_of)
        fault = fault_elsewhere(contest.question.name, versions[winner], contest.sample, contest.as_of, expected)
        if fault is None:
            break
        faults[winner] = fault
        MlflowClient().set_model_version_tag(contest.question.name, str(versions[winner]), "gate", fault)
    return decision


def load_champion(question: Question) -> ScoringModel:
    """The version with the alias `champion`, ready to score. Raises NoChampion."""
    champion = load_champion_or_none(question)
    if champion is None:
        raise NoChampion(f"{question.name} has no version with the alias {CHAMPION!r}: materialize the contest first.")
    return champion


def load_champion_or_none(question: Question) -> ScoringModel | None:
    """As load_champion; None when no champion stands yet."""
    return _load_with_alias(question, CHAMPION)


def load_challenger_or_none(question: Question) -> ScoringModel | None:
    """The best of the others in the last contest; None where nobody else competed."""
    return _load_with_alias(question, CHALLENGER)


def newest_version_or_none(question: Question, learner: str) -> int | None:
    """What this learner was in the last contest that it took part in, whoever won; None before the first.

    Nothing of the model is loaded, its packages neither.
    """
    asked = f"name = '{question.name}' and tags.learner = '{learner}'"
    found = MlflowClient().search_model_versions(asked, max_results=1, order_by=["version_number DESC"])
    return int(found[0].version) if found else None


def _load_with_alias(question: Question, alias: str) -> ScoringModel | None:
    found = tracking.version_with_alias(question.name, alias)
    return load_version(question, int(found.version)) if found else None


def load_version(question: Question, model_version: int) -> ScoringModel:
    """Any registered version; its files are JSON, LightGBM text, skops or safe `.keras`, never a pickle."""
    found = MlflowClient().get_model_version(question.name, str(model_version))
    with TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(f"models:/{question.name}/{model_version}", dst_path=folder)
        model = ScoringModel.load(Path(path) / "artifacts" / "contender")
    return model.registered(model_version, str(found.run_id))


def _log_contender(contender: Entry, contest: Outcome, tags: Mapping[str, str], parent: str) -> LoggedRun:
    question, name = contest.question, f"{contender.learner} {contest.as_of}"
    with tracking.run(
        question.name, name, {**tags, "kind": "contender", "learner": contender.learner}, parent
    ) as run_id:
        tracking.log_data(question.name, contest.digest, contest.about())
        mlflow.log_params({"learner": contender.learner, **contest.about(), **tracking.flat(contender.params)})
        mlflow.log_metrics({**contender.metrics, "fit_seconds": contender.seconds})
        mlflow.log_text(card(contest, contender, _verdict(contest, contender.learner)), "model_card.md")
        tracking.log_curve(run_id, contender.curve)
        for file, figure in contender.figures().items():
            mlflow.log_figure(figure, f"plots/{file}")
        if contender.curve:
            mlflow.log_figure(training_curve(contender.curve), "plots/training_curve.png")
        with TemporaryDirectory() as folder:
            contender.model.save(Path(folder) / "contender")
            model_version = tracking.register_from_code(
                question.name,
                code=question.served_code,
                artifacts={"contender": Path(folder) / "contender"},
                signature=_signature(question, inputs_of(contest)),
                packages=question.requirements.get(contender.learner, ("numpy", "pandas")),
            )
        client = MlflowClient()
        client.set_model_version_tag(question.name, str(model_version), "learner", contender.learner)
        client.set_model_version_tag(question.name, str(model_version), "as_of", str(contest.as_of))
        client.set_model_version_tag(question.name, str(model_version), "gate", _verdict(contest, contender.learner))
        misses = calibration_misses(contest.config.gate, contender.metrics)
        mlflow.set_tag("calibration", "; ".join(misses) or "within tolerance")
        return LoggedRun(
            contender.learner, run_id, parent, model_version, tracking.run_url(run_id), dict(contender.metrics)
        )


def _verdict(contest: Outcome, learner: str) -> str:
    failures = next(v.failures for v in contest.decision().verdicts if v.learner == learner)
    return "; ".join(failures) or "passed"


def _table(contest: Outcome) -> dict[str, list[Any]]:
    names = sorted({name for contender in contest.contenders for name in contender.metrics})
    columns = {name: [contender.metrics.get(name) for contender in contest.contenders] for name in names}
    return {"learner": [contender.learner for contender in contest.contenders], **columns}


def _point(client: MlflowClient, name: str, alias: str, model_version: int) -> None:
    client.set_registered_model_alias(name, alias, str(model_version))


def _signature(subject: Subject, inputs: Mapping[str, str]) -> ModelSignature:
    return ModelSignature(
        inputs=Schema([_column(kind, name) for name, kind in inputs.items()]),
        outputs=Schema([_column(kind, name) for name, kind in subject.outputs.items()]),
        params=ParamSchema([ParamSpec("as_of", "string", "")]),
    )


def _column(kind: str, name: str) -> ColSpec:
    if kind == "any":  # a whole number that may be missing: none of MLflow's types
        return ColSpec(AnyType(), name, required=False)  # type: ignore[no-untyped-call]
    return ColSpec(kind, name)
