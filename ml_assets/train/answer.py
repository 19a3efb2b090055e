"""From a work order to what it came to: one function a question."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from ml_assets.contest.outcome import Outcome
from ml_assets.contest.registry import (
    Deployment,
    LoggedRun,
    challenger_of,
    load_champion_or_none,
    log_contest,
    promote,
)
from ml_assets.errors import BadInput
from ml_assets.train.order import Order, chosen

Tables = Mapping[str, Path]
Progress = Callable[[str], None]
Config = TypeVar("Config")

LEAST_CUSTOMERS = 200
"""Of all tenants together: a fifth of them calibrates, and a fifth of those is measured where the history is short."""


@dataclass(frozen=True)
class Answer:
    """What a person sees of a training, and what the caller writes down."""

    reason: str
    is_sound: bool
    """Whether who is in charge now keeps what it promises."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """Metadata of the asset, beside as_of and reason; {"raw_value", "type"} where the type is not plain."""
    deployments: list[Deployment] = field(default_factory=list)
    """Champion, then challenger; none where nothing could be learnt."""
    stories: list[list[Any]] = field(default_factory=list)
    """Rows of predictions.segment_stories."""


def answer(order: Order, tables: Tables, tell: Progress) -> Answer:
    """Hold what was ordered, log it to MLflow, move the alias. Raises BadInput, also for a question nobody knows."""
    if order.question not in ANSWERS:
        raise BadInput(f"Nobody can train {order.question!r}; known are {', '.join(ANSWERS)}.")
    return ANSWERS[order.question](order, tables, tell)


def _purchasing_power(order: Order, tables: Tables, tell: Progress) -> Answer:
    from ml_assets.contest import run_contest
    from ml_assets.histories import read_snapshot
    from ml_assets.purchasing_power import QUESTION, ContestConfig

    events, config = read_snapshot(tables["customer_events"]).events, _config(ContestConfig(), order)
    champion = load_champion_or_none(QUESTION)
    contest = run_contest(QUESTION, events, order.as_of, config, tell, champion, people=_people(tables))
    return _of_contest(contest, order)


def _retention(order: Order, tables: Tables, tell: Progress) -> Answer:
    from ml_assets.contest import run_contest
    from ml_assets.retention import QUESTION, ContestConfig, units_of

    visits, config = pd.read_parquet(tables["store_visits"]), _config(ContestConfig(), order)
    known = visits.loc[visits["receipt_count"] > 0, ["legal_group", "customer_id"]].drop_duplicates()
    if len(known) < LEAST_CUSTOMERS:
        told = f"The tenants have {len(known)} customers; a model of who returns needs {LEAST_CUSTOMERS}."
        return Answer(told, is_sound=False)
    units = units_of(visits)
    people = _people(tables).reindex(units.names["customer_id"]).set_axis(units.names.index)
    champion, groups = load_champion_or_none(QUESTION), units.names["legal_group"]
    contest = run_contest(QUESTION, units.events, order.as_of, config, tell, champion, merchants=groups, people=people)
    return _of_contest(contest, order)


def _demand(order: Order, tables: Tables, tell: Progress) -> Answer:
    from ml_assets.demand import DemandConfig, read_series, run_contest
    from ml_assets.demand.registry import standing

    series, config = read_series(tables["demand_series"]), _config(DemandConfig(), order)
    return _of_contest(run_contest(series, order.as_of, config, tell, champion=standing()), order)


def _category_priority(order: Order, tables: Tables, tell: Progress) -> Answer:
    from ml_assets.category_priority import ContestConfig, run_contest
    from ml_assets.category_priority.registry import load_champion_or_none
    from ml_assets.histories import read_snapshot

    events, config = read_snapshot(tables["customer_events"]).events, _config(ContestConfig(), order)
    champion = load_champion_or_none()
    return _of_contest(run_contest(events, order.as_of, config, tell, champion, _people(tables)), order)


def _segments(order: Order, tables: Tables, tell: Progress) -> Answer:
    from ml_assets.histories import read_snapshot
    from ml_assets.segments import SegmentConfig, fit_segments
    from ml_assets.segments.registry import faults_of, register, standing

    events, config = read_snapshot(tables["customer_events"]).events, _config(SegmentConfig(), order)
    before = standing()
    try:
        model = fit_segments(events, order.as_of, config, before.model if before else None)
    except BadInput as error:
        return Answer(str(error), is_sound=False)
    deployment = register(model, events, order.as_of, config, order.tags, before=before, deployed_by=order.deployed_by)
    about = {
        "version": deployment.model_version,
        "segments": ", ".join(story.name_en for story in model.stories.values()),
        **{name: float(value) for name, value in model.metrics.items()},
    }
    in_charge = before.model if before and not deployment.is_new else model
    stories = [
        [deployment.model_version, number, story.code, story.name_en, story.name_ru, story.advice_en, story.advice_ru]
        for number, story in in_charge.stories.items()
    ]
    return Answer(deployment.reason, not faults_of(model, config), about, [deployment], stories)


ANSWERS: dict[str, Callable[[Order, Tables, Progress], Answer]] = {
    "purchasing-power": _purchasing_power,
    "retention": _retention,
    "demand": _demand,
    "category-priority": _category_priority,
    "segments": _segments,
}


def _config(default: Config, order: Order) -> Config:
    from ml_assets.tuning import configured

    return configured(chosen(default, order.options), order.parameters)


def _people(tables: Tables) -> pd.DataFrame:
    """age_band and gender by customer_id: by these the error is told apart, no model sees them."""
    return pd.read_parquet(tables["people"]).set_index("customer_id")


def _of_contest(contest: Outcome, order: Order) -> Answer:
    """Runs and versions in MLflow, promotion; what a person sees of it."""
    runs = log_contest(contest, order.tags)
    deployment = promote(contest, runs, deployed_by=order.deployed_by)
    challenger = challenger_of(contest, runs, deployment)
    page = next((run.url for run in runs if run.run_id == deployment.run_id), None)
    about = {
        "data_digest": contest.digest,
        "champion": f"{deployment.learner}, version {deployment.model_version}",
        "champion_is_new": deployment.is_new,
        "mlflow_run": _link(page),
        "contenders": {"raw_value": _table(runs, contest.question.shown_metrics), "type": "md"},
    }
    deployments = [deployment, challenger] if challenger else [deployment]
    return Answer(deployment.reason, contest.decision().is_sound, about, deployments)


def _link(url: str | None) -> dict[str, str]:
    if url:
        return {"raw_value": url, "type": "url"}
    return {"raw_value": "no page: the tracking store is not a server", "type": "text"}


def _table(runs: list[LoggedRun], shown: tuple[str, ...]) -> str:
    lines = ["| learner | version | " + " | ".join(shown) + " |", "| --- " * (len(shown) + 2) + "|"]
    for run in runs:
        figures = (f"{run.metrics[name]:.4g}" if name in run.metrics else "–" for name in shown)
        name = f"[{run.learner}]({run.url})" if run.url else run.learner
        lines.append(f"| {name} | {run.model_version} | " + " | ".join(figures) + " |")
    return "\n".join(lines)
