"""All contenders for the demand forecast on the same later days, at several origins one behind the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from ml_assets.contest.gate import THE_CHAMPION, Decision, decide, figure
from ml_assets.demand.charts import charts
from ml_assets.demand.config import GRAINS, LEVELS, DemandConfig
from ml_assets.demand.learner import Cube, Fit
from ml_assets.demand.model import LEARNERS, SUBJECT, DemandModel, DemandSubject, Registered
from ml_assets.demand.series import KEY, Matrix, Past, check_series, nan_mean, past_of
from ml_assets.errors import HistoryTooShort
from ml_assets.metrics import bias, interval_coverage, pinball_loss, wape

LOW, MIDDLE, HIGH, TOP = LEVELS.index(0.1), LEVELS.index(0.5), LEVELS.index(0.9), LEVELS.index(0.95)


@dataclass(frozen=True)
class Window:
    """The living series in one held-out window, at one grain."""

    alive: npt.NDArray[np.bool_]
    truth: Matrix
    """(living series, steps)"""
    cube: Cube
    naive_error: Matrix
    """(living series,)"""
    size: Matrix
    """(living series,): mean day before the window."""

    @property
    def error(self) -> Matrix:
        return np.abs(self.truth - self.cube[:, :, MIDDLE])


@dataclass(frozen=True)
class Contender:
    """One learner after the contest: what it was measured as, then fitted again up to as_of."""

    learner: str
    model: DemandModel
    metrics: Mapping[str, float]
    losses: npt.NDArray[np.float64]
    """(series,): each one's part of the primary metric, for tests in pairs."""
    params: Mapping[str, object]
    seconds: float
    errors_by_step: Matrix
    """(steps,): WAPE of each coming day."""
    curve: tuple[Mapping[str, float], ...] = ()

    def figures(self) -> Mapping[str, Figure]:
        return charts(self.learner, self.metrics, self.errors_by_step)


@dataclass(frozen=True)
class DemandContest:
    """Outcome; contenders in the order of the primary metric, best first, before the gate."""

    question: DemandSubject
    as_of: date
    first_date: date
    config: DemandConfig
    digest: str
    series_count: int
    origins: int
    contenders: tuple[Contender, ...]
    champion: Registered | None
    """The version in charge until now: its learner contends fitted anew, and others must beat it."""
    sample: pd.DataFrame
    """Rows of a few series."""

    @property
    def champion_metrics(self) -> Mapping[str, float] | None:
        """Of the champion's learner in this contest."""
        found = [c.metrics for c in self.contenders if self.champion and c.learner == self.champion.learner]
        return found[0] if found else None

    def about(self) -> dict[str, Any]:
        """Facts of data and protocol, for every run."""
        return {
            "as_of": str(self.as_of),
            "first_date": str(self.first_date),
            "series": self.series_count,
            "test_origins": self.origins,
            "data_digest": self.digest,
        }

    def decision(self, faults: Mapping[str, str] | None = None) -> Decision:
        standing = self.champion.learner if self.champion and self.champion_metrics else None
        losses = {contender.learner: contender.losses for contender in self.contenders}
        if standing:
            losses[THE_CHAMPION] = losses[standing]
        metrics = {contender.learner: contender.metrics for contender in self.contenders}
        return decide(self.config.gate, metrics, self.champion_metrics, losses, standing, faults)


def run_contest(
    series: pd.DataFrame,
    as_of: date,
    config: DemandConfig | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
    champion: Registered | None = None,
) -> DemandContest:
    """Fit every contender on the days before the oldest test window, measure it on all of them, fit it again on all.

    Whoever learns, learns from windows before those that make its intervals, and these lie before those it is measured
    on. Raises BadInput, and HistoryTooShort under 84 days (28 to learn, 28 for the interval, 28 to measure).
    """
    config = config or DemandConfig()
    series = check_series(series)
    past = past_of(series, as_of)
    h = config.horizon_days
    if past.days < 3 * h:
        raise HistoryTooShort(f"Revenue spans {past.days} days; a demand forecast with a measured error needs {3 * h}.")
    origins = held_out_origins(past, config)
    contenders = []
    for name in config.contenders:
        try:
            contenders.append(_contend(name, past, origins, config))
        except HistoryTooShort as error:  # the rules need none
            on_progress(f"{name} does not take part: {error}")
            continue
        metrics = contenders[-1].metrics
        on_progress(f"{name}: " + ", ".join(f"{key} {figure(metrics[key])}" for key in SUBJECT.shown_metrics))
    gate = config.gate
    ranking = sorted(contenders, key=lambda contender: gate.rank(contender.metrics[gate.primary_metric]))
    first = date.fromisoformat(str(past.first_day))
    alive = past.keys.loc[past.alive(config.least_days)].head(SAMPLE)
    sample = series.merge(alive, on=list(KEY))
    return DemandContest(
        SUBJECT, as_of, first, config, digest_of(past), len(past.keys), len(origins), tuple(ranking), champion, sample
    )


SAMPLE = 10
"""Series by which a registered version is tried in a clean process."""
_LEAST_SHARE = 0.6
"""Test windows may take the last two fifths of a short history."""


def held_out_origins(past: Past, config: DemandConfig) -> list[int]:
    """Before each test window, newest first."""
    held = [past.days - 1 - config.horizon_days * (k + 1) for k in range(config.test_origins)]
    return [origin for origin in held if origin + 1 >= _LEAST_SHARE * past.days] or held[:1]


def _contend(name: str, past: Past, origins: list[int], config: DemandConfig) -> Contender:
    started = perf_counter()
    tested, _ = fitted(name, past.until(min(origins)), config)
    found = measured(windows_of(tested, past, origins, config))
    model, fit = fitted(name, past, config)
    seconds = perf_counter() - started
    return Contender(name, model, found.metrics, found.losses, fit.params, seconds, found.errors_by_step, fit.curve)


def fitted(name: str, past: Past, config: DemandConfig) -> tuple[DemandModel, Fit]:
    """Learn from what lies before the windows that make the intervals: one window where the history is short."""
    if past.days - config.unlearnt_days <= 2 * config.horizon_days:
        config = replace(config, calibration_origins=1)
    fit = LEARNERS[name].fit(name, past.until(past.days - 1 - config.unlearnt_days), config)
    return DemandModel(name, fit.model, config), fit


def windows_of(model: DemandModel, past: Past, origins: list[int], config: DemandConfig) -> dict[str, list[Window]]:
    """By grain, in the order of the origins."""
    return {grain: [_window(model, past, origin, grain, config) for origin in origins] for grain in GRAINS}


def _window(model: DemandModel, past: Past, origin: int, grain: str, config: DemandConfig) -> Window:
    then, step_days = past.until(origin), GRAINS[grain]
    alive = then.alive(config.least_days)
    truth = past.ahead(origin, config.horizon_days, step_days)[alive]
    cube = model.quantiles(then, grain)[alive]
    return Window(alive, truth, cube, _naive_error(then, alive, step_days), then.mean_day(91)[alive, 0])


@dataclass(frozen=True)
class Figures:
    """How a model did in some windows."""

    metrics: Mapping[str, float]
    losses: Matrix
    """(series,): each one's part of the daily WAPE."""
    errors_by_step: Matrix
    """(steps,): WAPE of each coming day."""


def measured(windows: Mapping[str, list[Window]]) -> Figures:
    metrics: dict[str, float] = {}
    for grain, parts in windows.items():
        metrics |= _figures(grain, parts)
    days = windows["day"]
    losses, steps = np.zeros(len(days[0].alive)), days[0].truth.shape[1]
    missed, sold = np.zeros(steps), np.zeros(steps)
    total = max(sum(float(np.abs(window.truth).sum()) for window in days), 1e-9)
    for window in days:
        losses[window.alive] += window.error.sum(axis=1) / total
        missed += window.error.sum(axis=0)
        sold += np.abs(window.truth).sum(axis=0)
    metrics |= _of_the_smallest(days)
    metrics |= {
        f"wape_day_origin_{k}": wape(window.truth.ravel(), window.cube[:, :, MIDDLE].ravel())
        for k, window in enumerate(days, 1)
    }
    metrics["series_count"] = float(np.count_nonzero(losses))
    return Figures(metrics, losses, missed / np.maximum(sold, 1e-9))


def _of_the_smallest(windows: list[Window]) -> dict[str, float]:
    """WAPE of the quarter of the series that sold least in the 91 days before."""
    small = [window.size <= np.quantile(window.size, 0.25) for window in windows]
    missed = sum(float(window.error[kept].sum()) for window, kept in zip(windows, small, strict=True))
    sold = sum(float(np.abs(window.truth[kept]).sum()) for window, kept in zip(windows, small, strict=True))
    return {"wape_day_smallest": missed / sold} if sold else {}


def _figures(grain: str, windows: list[Window]) -> dict[str, float]:
    truth = np.concatenate([window.truth.ravel() for window in windows])
    cube = np.concatenate([window.cube.reshape(-1, len(LEVELS)) for window in windows])
    middle = cube[:, MIDDLE]
    scaled = np.concatenate([window.error.mean(axis=1) / window.naive_error for window in windows])
    level = max(float(np.abs(truth).mean()), 1e-9)
    found = {
        f"wape_{grain}": wape(truth, middle),
        f"mase_{grain}": float(nan_mean(scaled[None, :])[0]),
        f"bias_{grain}": bias(truth, middle),
        f"pinball_{grain}": float(np.mean([pinball_loss(truth, cube[:, k], q) for k, q in enumerate(LEVELS)])) / level,
        f"coverage_{grain}": interval_coverage(truth, cube[:, LOW], cube[:, HIGH]),
        f"coverage_nominal_{grain}": float(_nominal(cube).mean()),
        f"below_p95_{grain}": float((truth <= cube[:, TOP]).mean()),
        f"mean_width_{grain}": float((cube[:, HIGH] - cube[:, LOW]).mean()) / level,
    }
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _nominal(cube: Cube) -> npt.NDArray[np.float64]:
    """What an interval promises: .8; .9 where it begins at 0, for nothing lies below."""
    return np.where(cube[:, LOW] > 0, 0.8, 0.9)


def _naive_error(past: Past, alive: npt.NDArray[np.bool_], step_days: int) -> npt.NDArray[np.float64]:
    """Mean error of last week's value within the past, (series,): the scale of MASE (Hyndman and Koehler 2006).

    NaN for a series with less than four weeks of such errors, or with none at all.
    """
    days = past.revenue[alive][:, -364:]
    if step_days > 1:
        width = days.shape[1] // step_days * step_days
        days = days[:, days.shape[1] - width :].reshape(len(days), -1, step_days).sum(axis=2)
    lag = 7 if step_days == 1 else 1
    errors = np.abs(days[:, lag:] - days[:, :-lag])
    count = (~np.isnan(errors)).sum(axis=1)
    mean = np.nan_to_num(errors).sum(axis=1) / np.maximum(count, 1)
    return np.where((count >= 28 // step_days) & (mean > 0), mean, np.nan)


def digest_of(past: Past) -> str:
    hashed = sha256(past.keys.to_csv(index=False).encode())
    hashed.update(past.revenue.tobytes())
    return hashed.hexdigest()
