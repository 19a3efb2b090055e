"""A tuning in MLflow: one run for it in the question's experiment, under it one for each candidate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import mlflow

from ml_assets import tracking
from ml_assets.contest.gate import chance, figure
from ml_assets.tuning.grid import Parameters
from ml_assets.tuning.outcome import Candidate, Progress, Tuning


@dataclass(frozen=True)
class Tuned:
    """The best candidate."""

    parameters: Parameters
    """By dotted name: what a contest takes as its `parameters`."""
    metrics: Mapping[str, float]
    chance: float
    """How likely losses as far below those of the parameters that stand would be, were the two alike; 1 for these."""
    reason: str
    run_id: str
    url: str | None
    """Page of the run; None when the tracking store is not a server."""


def log_tuning(tuning: Tuning, tags: Mapping[str, str], on_progress: Progress = lambda line: None) -> Tuned:
    """Try the candidates, each logged when it is done: what was tried before a tuning was stopped is kept.

    Metrics have the names of a contest's runs, over all folds; of each fold as `fold.…`, by step.
    """
    name = tuning.question.name
    tags = {**tags, "kind": "tuning", "learner": tuning.learner}
    with tracking.run(name, f"tuning {tuning.learner}", tags) as parent:
        tracking.log_data(name, tuning.digest, tuning.about())
        mlflow.log_params({"learner": tuning.learner, **tuning.about(), **tracking.flat(asdict(tuning.config))})
        tried: list[Candidate] = []
        for number, candidate in enumerate(tuning.candidates(on_progress), 1):
            tried.append(candidate)
            _log_candidate(tuning, candidate, number, _chance(candidate, tried), tags, parent)
        gate = tuning.config.gate
        best = min(tried, key=lambda candidate: gate.rank(candidate.metrics[gate.primary_metric]))
        found = Tuned(
            best.parameters, best.metrics, _chance(best, tried), _reason(tuning, best, tried), parent,
            tracking.run_url(parent),
        )  # fmt: skip
        mlflow.log_params({f"best.{key}": value for key, value in best.parameters.items()})
        mlflow.log_metrics({**best.metrics, "chance": found.chance})
        mlflow.log_dict(dict(best.parameters), "best_parameters.json")
        mlflow.log_table(_table(tried), "candidates.json")
        mlflow.set_tag("reason", found.reason)
        return found


def _log_candidate(
    tuning: Tuning, candidate: Candidate, number: int, by_chance: float, tags: Mapping[str, str], parent: str
) -> None:
    name = tuning.question.name
    sections = {key.partition(".")[0] for key in candidate.parameters}
    own = [asdict(getattr(candidate.config, section)) for section in sorted(sections)]
    params = {key: value for section in own for key, value in tracking.flat(section).items()}
    with tracking.run(name, f"{tuning.learner}, candidate {number}", {**tags, "candidate": str(number)}, parent):
        tracking.log_data(name, tuning.digest, tuning.about())
        mlflow.log_params({"learner": tuning.learner, **tuning.about(), **params})
        mlflow.log_metrics({**candidate.metrics, "chance": by_chance})
        for step, fold in enumerate(candidate.folds, 1):
            mlflow.log_metrics({f"fold.{key}": value for key, value in fold.items()}, step=step)


def _chance(candidate: Candidate, tried: list[Candidate]) -> float:
    return chance(candidate.losses, tried[0].losses)


def _reason(tuning: Tuning, best: Candidate, tried: list[Candidate]) -> str:
    primary = tuning.config.gate.primary_metric
    own, standing = figure(best.metrics[primary]), figure(tried[0].metrics[primary])
    if best is tried[0]:
        return f"The parameters that stand are the best of {len(tried)}: {primary} {own}."
    return f"{primary} {own}; the parameters that stand have {standing} (p {_chance(best, tried):.2g})."


def _table(tried: list[Candidate]) -> dict[str, list[Any]]:
    names = sorted({name for candidate in tried for name in candidate.metrics})
    parameters = {name: [candidate.parameters[name] for candidate in tried] for name in tried[0].parameters}
    return {**parameters, **{name: [candidate.metrics.get(name) for candidate in tried] for name in names}}
