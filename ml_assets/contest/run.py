"""All contenders on the same later days."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ml_assets.contest.gate import THE_CHAMPION, Decision, decide, figure
from ml_assets.contest.learner import Fit, FittedLearner
from ml_assets.contest.parts import Parts, figures_of, parts_of
from ml_assets.contest.question import Calibration, ContestConfig, Measured, Question
from ml_assets.contest.scoring import ScoringModel
from ml_assets.errors import BadInput
from ml_assets.histories.panel import panel_of
from ml_assets.histories.people import PEOPLE_COLUMNS, levels_of
from ml_assets.histories.snapshot import check_events, digest_of
from ml_assets.histories.split import CALIBRATION_GROUP, Split, choose_split
from ml_assets.histories.task import CALIBRATION_ORIGINS, Task


@dataclass(frozen=True)
class Contender:
    """One learner after the contest."""

    learner: str
    model: ScoringModel
    metrics: Mapping[str, float]
    """By name with the horizon as suffix; which, and on which forecast each is measured: the question's evaluation."""
    params: Mapping[str, object]
    seconds: float
    measured: Mapping[int, Measured]
    """Truth and forecast of the held-out customers by horizon: what the plots are drawn from."""
    curve: Sequence[Mapping[str, float]] = field(default=())

    @property
    def losses(self) -> np.ndarray:
        """Of the first horizon, which the primary metric is of."""
        return losses_by_unit(self.model.question, next(iter(self.measured.values())))

    def figures(self) -> Mapping[str, Figure]:
        return self.model.question.charts(self.measured)


@dataclass(frozen=True)
class Contest:
    """Outcome. `contenders` are in the order of the primary metric, best first, before the gate."""

    question: Question
    as_of: date
    config: ContestConfig
    digest: str
    rows: int
    first_date: date
    splits: Mapping[int, Split]
    contenders: tuple[Contender, ...]
    champion: ScoringModel | None = field(default=None)
    champion_metrics: Mapping[str, float] | None = field(default=None)
    """The standing champion measured on the same split; None without one."""
    champion_losses: np.ndarray | None = field(default=None)
    sample: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """Events of a few customers."""

    def about(self) -> dict[str, Any]:
        """Facts of data and split, for every run."""
        splits = {
            f"{name}_{horizon}": value
            for horizon, split in self.splits.items()
            for name, value in (
                ("split", split.kind),
                ("training_origins", len(split.train_origins)),
                ("test_origins", len(split.test_origins)),
            )
        }
        return {
            "as_of": str(self.as_of),
            "first_date": str(self.first_date),
            "event_rows": self.rows,
            "data_digest": self.digest,
            "age_and_gender": "features" if self.config.demographics else "not used",
            **splits,
        }

    def decision(self, faults: Mapping[str, str] | None = None) -> Decision:
        metrics = {contender.learner: contender.metrics for contender in self.contenders}
        losses = {contender.learner: contender.losses for contender in self.contenders}
        if self.champion_losses is not None:
            losses[THE_CHAMPION] = self.champion_losses
        return decide(self.config.gate, metrics, self.champion_metrics, losses, faults=faults)


def run_contest(
    question: Question,
    events: pd.DataFrame,
    as_of: date,
    config: ContestConfig,
    on_progress: Callable[[str], None] = lambda line: None,
    champion: ScoringModel | None = None,
    merchants: pd.Series | None = None,
    people: pd.DataFrame | None = None,
) -> Contest:
    """Fit every contender on the past, measure each on the last 30 (90) days up to as_of, and on windows before.

    events: Snapshot.events. on_progress gets a readable line a step ("encoder: epoch 3 of 12, loss 4.81, WAPE .41").
    champion: the standing champion, measured on the same split. Its training windows ended before its own held-out
    window, so they are past here too.
    merchants, people: as parts_of takes them; the primary metric is measured for each part, and no learner sees them.
    With config.demographics the learners see PEOPLE_COLUMNS of the events; without, these are dropped, and a champion
    that was trained with them is none any more.
    What is measured is what is returned (and later scores): no contender is fitted again on the held-out window.
    Raises BadInput, HistoryTooShort.
    """
    events = check_events(events)
    events = events.loc[events["business_date"] <= pd.Timestamp(as_of)]
    if events.empty:
        raise BadInput(f"No events up to {as_of}: load transactions first.")
    if not config.demographics:
        events = events.drop(columns=list(PEOPLE_COLUMNS), errors="ignore")
        if champion and champion.levels:
            on_progress(f"{champion.learner}: trained with age band and gender, which are switched off; replaced")
            champion = None
    task = task_of(question, events, as_of, config, splits_of(events, as_of, config))
    for split in task.splits.values():
        on_progress(_describe(split))
    parts = parts_of(task.panel.customer_ids, merchants, people)
    contenders = [_contend(question, learner, task, parts, on_progress) for learner in config.contenders]
    gate = config.gate
    standing = _standing(champion, events, as_of, task, parts) if champion else None
    ranking = sorted(contenders, key=lambda contender: gate.rank(contender.metrics[gate.primary_metric]))
    return Contest(
        question=question,
        as_of=as_of,
        config=config,
        digest=digest_of(events),
        rows=len(events),
        first_date=events["business_date"].min().date(),
        splits=task.splits,
        contenders=tuple(ranking),
        champion=champion,
        champion_metrics=standing[0] if standing else None,
        champion_losses=standing[1] if standing else None,
        sample=events.loc[events["customer_id"].isin(task.panel.customer_ids[:SAMPLE])],
    )


def splits_of(events: pd.DataFrame, as_of: date, config: ContestConfig) -> dict[int, Split]:
    """Of checked events up to as_of, by horizon. Raises HistoryTooShort."""
    days = (pd.Timestamp(as_of) - events["business_date"].min()).days + 1
    customers = events["customer_id"].nunique()
    affordable = int(np.clip(2 * config.rows_at_most // customers, 4, config.origins_at_most))
    return {horizon: choose_split(days, horizon, config, affordable) for horizon in config.horizons}


def task_of(
    question: Question, events: pd.DataFrame, as_of: date, config: ContestConfig, splits: Mapping[int, Split]
) -> Task[ContestConfig]:
    newest = min(split.train_origins[0] for split in splits.values())
    past = events.loc[events["business_date"] <= events["business_date"].min() + pd.Timedelta(days=newest)]
    spend = past.groupby("category_code")["spend_amount"].sum().sort_values(ascending=False, kind="stable")
    categories = tuple(map(str, spend.index[: config.category_count]))
    panel = panel_of(events, as_of, categories, levels_of(events) if config.demographics else None)
    return Task(panel, splits, categories, config, question.outcome)


def _contend(
    question: Question,
    learner: str,
    task: Task[ContestConfig],
    parts: Parts,
    on_progress: Callable[[str], None],
) -> Contender:
    started = perf_counter()
    model, fit = fitted_and_calibrated(question, learner, task, on_progress)
    measured = {horizon: measure(model, task, split) for horizon, split in task.splits.items()}
    metrics = figures_of(question, measured, task.config.gate.primary_metric, parts)
    seconds = perf_counter() - started
    shown = ", ".join(f"{name} {figure(metrics[name])}" for name in question.shown_metrics if name in metrics)
    on_progress(f"{learner}: {shown}")
    return Contender(learner, model, metrics, fit.params, seconds, measured, fit.curve)


def fitted_and_calibrated(
    question: Question, learner: str, task: Task[ContestConfig], on_progress: Callable[[str], None]
) -> tuple[ScoringModel, Fit]:
    fit = task.fitted(question.learners[learner].fit, on_progress)
    tables = _calibrate(question, fit.calibration_model, task)
    model = ScoringModel(
        question, learner, fit.model, tables, task.categories, task.config.active_days, task.panel.levels
    )
    return model, fit


def _calibrate(question: Question, model: FittedLearner, task: Task[ContestConfig]) -> dict[int, Calibration]:
    forecasts: dict[int, list[np.ndarray]] = {horizon: [] for horizon in task.splits}
    truths: dict[int, list[np.ndarray]] = {horizon: [] for horizon in task.splits}
    for horizon, split in task.splits.items():
        for origin in split.train_origins[:CALIBRATION_ORIGINS]:
            rows = task.active(origin, (CALIBRATION_GROUP,))
            forecasts[horizon].append(model.forecasts(task.panel, origin, rows)[horizon])
            truths[horizon].append(task.truth(origin, horizon, rows))
    return {h: question.calibrate(np.concatenate(forecasts[h]), np.concatenate(truths[h])) for h in task.splits}


def measure(model: ScoringModel, task: Task[ContestConfig], split: Split) -> Measured:
    """The customers of the split at its test origins."""
    parts = []
    for number, origin in enumerate(split.test_origins):
        rows = task.active(origin, split.test_groups())
        own, columns = model.score(task.panel, origin, rows)[split.horizon]
        truth = task.truth(origin, split.horizon, rows)
        parts.append(Measured(truth, own, columns, rows, np.full(len(rows), number)))
    return Measured.together(parts)


SAMPLE = 50
"""Customers by which a registered version is tried in a clean process."""


def losses_by_unit(question: Question, measured: Measured) -> np.ndarray:
    """Of each customer that was measured, over all windows: what makes a test in pairs one of independent pairs."""
    _, unit = np.unique(measured.unit, return_inverse=True)
    return np.bincount(unit, weights=question.losses(measured))


def _standing(
    champion: ScoringModel,
    events: pd.DataFrame,
    as_of: date,
    task: Task[ContestConfig],
    parts: Parts,
) -> tuple[dict[str, float], np.ndarray | None]:
    """Metrics of the champion for the horizons it knows, its losses at the first; its own categories, hence a panel of
    its own."""
    panel = panel_of(events, as_of, champion.categories, champion.levels)
    own = Task(panel, task.splits, champion.categories, task.config, task.outcome)
    known = {horizon: split for horizon, split in task.splits.items() if horizon in champion.calibration}
    measured = {horizon: measure(champion, own, split) for horizon, split in known.items()}
    metrics = figures_of(champion.question, measured, task.config.gate.primary_metric, parts)
    losses = [losses_by_unit(champion.question, held) for held in measured.values()]
    return metrics, losses[0] if losses else None


def _describe(split: Split) -> str:
    how = "later days" if split.kind == "time" else "other customers (the history is too short for later days)"
    windows = "one window" if len(split.test_origins) == 1 else f"{len(split.test_origins)} windows"
    return f"{split.horizon} days: {len(split.train_origins)} training origins, measured on {windows} of {how}"
