"""All contenders on the same later days, at several origins one behind the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from ml_assets.category_priority.calibration import Calibration
from ml_assets.category_priority.charts import charts
from ml_assets.category_priority.config import ContestConfig
from ml_assets.category_priority.crowd import crowd_of
from ml_assets.category_priority.history import History, Matrix, Rows, history_of
from ml_assets.category_priority.learner import FittedRanker
from ml_assets.category_priority.measured import Measured, figures_of, losses_of
from ml_assets.category_priority.model import LEARNERS, SUBJECT, PrioritySubject, RankingModel
from ml_assets.contest.gate import THE_CHAMPION, Decision, decide, figure
from ml_assets.contest.parts import Parts, parts_of
from ml_assets.errors import BadInput, HistoryTooShort
from ml_assets.histories.snapshot import check_events, digest_of
from ml_assets.histories.split import CALIBRATION_GROUP, group_of

SAMPLE = 50
"""Customers by which a registered version is tried in a clean process."""


@dataclass(frozen=True)
class Contender:
    """One learner after the contest; the metrics are measured.py's."""

    learner: str
    model: RankingModel
    metrics: Mapping[str, float]
    losses: npt.NDArray[np.float64]
    params: Mapping[str, object]
    seconds: float
    measured: Measured = field(repr=False)
    curve: Sequence[Mapping[str, float]] = field(default=())

    def figures(self) -> Mapping[str, Figure]:
        return charts(self.measured, self.model.categories)


@dataclass(frozen=True)
class Contest:
    """Outcome; `contenders` in the order of the primary metric, best first, before the gate."""

    question: PrioritySubject
    as_of: date
    first_date: date
    config: ContestConfig
    digest: str
    rows: int
    category_count: int
    test_origins: int
    contenders: tuple[Contender, ...]
    champion: RankingModel | None = field(default=None)
    champion_metrics: Mapping[str, float] | None = field(default=None)
    """The standing champion measured in the same windows; None without one."""
    champion_losses: npt.NDArray[np.float64] | None = field(default=None)
    sample: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """Events of a few customers."""

    def about(self) -> dict[str, Any]:
        """Facts of data and protocol, for every run."""
        return {
            "as_of": str(self.as_of),
            "first_date": str(self.first_date),
            "event_rows": self.rows,
            "categories": self.category_count,
            "test_origins": self.test_origins,
            "data_digest": self.digest,
        }

    def decision(self, faults: Mapping[str, str] | None = None) -> Decision:
        metrics = {contender.learner: contender.metrics for contender in self.contenders}
        losses = {contender.learner: contender.losses for contender in self.contenders}
        if self.champion_losses is not None:
            losses[THE_CHAMPION] = self.champion_losses
        return decide(self.config.gate, metrics, self.champion_metrics, losses, faults=faults)


def run_contest(
    events: pd.DataFrame,
    as_of: date,
    config: ContestConfig | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
    champion: RankingModel | None = None,
    people: pd.DataFrame | None = None,
) -> Contest:
    """Fit every contender on the past, measure each on what was bought in the last 30 days up to as_of, and in windows
    a week and two before; whoever learns, learns from windows that ended before all of these.

    events: Snapshot.events. champion: measured in the same windows. people: as parts_of takes them.
    Raises BadInput, and HistoryTooShort where less than 60 days lie before the last 30.
    """
    config = config or ContestConfig()
    events = check_events(events)
    events = events.loc[events["business_date"] <= pd.Timestamp(as_of)]
    if events.empty:
        raise BadInput(f"No events up to {as_of}: load transactions first.")
    history = history_of(events, as_of)
    asked = _asked(history, _test_origins(history.days, config), config)
    parts = parts_of(history.customer_ids, None, people)
    contenders = [_contend(name, history, asked, config, parts, on_progress) for name in config.contenders]
    standing = _standing(champion, history, events, as_of, asked, config) if champion else None
    gate = config.gate
    ranking = sorted(contenders, key=lambda found: gate.rank(found.metrics[gate.primary_metric]))
    return Contest(
        question=SUBJECT,
        as_of=as_of,
        first_date=events["business_date"].min().date(),
        config=config,
        digest=digest_of(events),
        rows=len(events),
        category_count=len(history.categories),
        test_origins=len(asked),
        contenders=tuple(ranking),
        champion=champion,
        champion_metrics=figures_of(standing, config, parts) if standing else None,
        champion_losses=losses_of(standing, config) if standing else None,
        sample=events.loc[events["customer_id"].isin(history.customer_ids[:SAMPLE])],
    )


def _test_origins(days: int, config: ContestConfig) -> list[int]:
    """Newest first."""
    latest = days - 1 - config.horizon
    room = latest - 2 * config.horizon
    if room < 0:
        raise HistoryTooShort(
            f"The events span {days} days; ranking {config.horizon} days ahead needs at least "
            f"{3 * config.horizon + 1}. Load more history."
        )
    return [latest - config.test_step * k for k in range(min(config.test_origins, room // config.test_step + 1))]


def _asked(history: History, origins: Sequence[int], config: ContestConfig) -> dict[int, Rows]:
    """Active customers by origin; a fair draw of them where they are many."""
    random = np.random.default_rng(config.seed)
    asked = {}
    for origin in origins:
        rows = history.active(origin, config.active_days)
        if len(rows) > config.measured_at_most:
            rows = np.sort(random.choice(rows, config.measured_at_most, replace=False))
        asked[origin] = rows
    return asked


def _contend(
    name: str,
    history: History,
    asked: Mapping[int, Rows],
    config: ContestConfig,
    parts: Parts,
    on_progress: Callable[[str], None],
) -> Contender:
    begun = perf_counter()
    learnt = min(asked)
    fit = LEARNERS[name].fit(history, learnt, config)
    calibration = _calibrated(fit.model, history, learnt, config)
    model = RankingModel(name, fit.model, calibration, history.categories, config)
    measured = _measured_on(model, history, asked)
    metrics = figures_of(measured, config, parts)
    on_progress(f"{name}: " + ", ".join(f"{key} {figure(metrics[key])}" for key in SUBJECT.shown_metrics))
    seconds = perf_counter() - begun
    return Contender(name, model, metrics, losses_of(measured, config), fit.params, seconds, measured, fit.curve)


def _calibrated(fitted: FittedRanker, history: History, learnt: int, config: ContestConfig) -> Calibration:
    """On customers whose outcomes no learner saw, in windows that end before the measured ones begin."""
    scores, truths = [], []
    for k in range(config.calibration_origins):
        origin = max(learnt - config.horizon - config.test_step * k, 0)
        rows = history.active(origin, config.active_days)
        rows = rows[group_of(history.customer_ids[rows]) == CALIBRATION_GROUP][: config.measured_at_most]
        if len(rows):
            scores.append(fitted.scores(history, origin, rows, crowd_of(history, origin, config.neighbours)))
            truths.append(history.bought(origin, config.horizon)[rows].toarray())
    if not scores:
        raise HistoryTooShort("Too few customers bought before the held-out days to calibrate on. Load more history.")
    return Calibration.fit(np.concatenate(scores), np.concatenate(truths), config.top, config.least_probability)


def _measured_on(model: RankingModel, history: History, asked: Mapping[int, Rows]) -> Measured:
    parts = []
    for number, (origin, rows) in enumerate(asked.items()):
        scores = model.fitted.scores(history, origin, rows, crowd_of(history, origin, model.config.neighbours))
        parts.append(_window(history, origin, rows, number, scores, model.chances(scores)[0], model.config))
    return Measured.together(parts)


def _standing(
    champion: RankingModel,
    history: History,
    events: pd.DataFrame,
    as_of: date,
    asked: Mapping[int, Rows],
    config: ContestConfig,
) -> Measured:
    """Of a champion that may know other categories: those it does not know come last, those that are gone nowhere."""
    own = history_of(events, as_of, champion.categories)
    known = np.array([name in champion.categories for name in history.categories])
    column = [champion.categories.index(name) for name in np.array(history.categories)[known]]
    parts = []
    for number, (origin, rows) in enumerate(asked.items()):
        place = np.flatnonzero(np.isin(own.customer_ids, history.customer_ids[rows]))
        there = own.days - history.days + origin
        found = champion.fitted.scores(own, there, place, crowd_of(own, there, champion.config.neighbours))
        seen = np.isin(history.customer_ids[rows], own.customer_ids)
        shape = len(rows), len(history.categories)
        scores, chances = np.full(shape, found.min(initial=0) - 1, np.float32), np.zeros(shape, np.float32)
        scores[np.ix_(seen, known)] = found[:, column]
        chances[np.ix_(seen, known)] = champion.chances(found)[0][:, column]
        parts.append(_window(history, origin, rows, number, scores, chances, config))
    return Measured.together(parts)


def _window(
    history: History, origin: int, rows: Rows, number: int, scores: Matrix, chances: Matrix, config: ContestConfig
) -> Measured:
    return Measured(
        bought=history.bought(origin, config.horizon)[rows].toarray(),
        before=(history.counts(origin, config.horizon)[rows].toarray() > 0).astype(np.float32),
        scores=scores,
        chances=chances,
        unit=rows.astype(np.int64),
        origin=np.full(len(rows), number),
        days=np.asarray(history.counts(origin, 90)[rows].sum(axis=1)).ravel(),
    )
