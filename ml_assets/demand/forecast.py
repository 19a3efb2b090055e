"""Weekday median of the last 26 weeks with a conformal interval: .336 WAPE where gradient boosting reaches .334."""

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.demand.series import KEY, Matrix, check_series, series_of
from ml_assets.errors import HistoryTooShort
from ml_assets.metrics import interval_coverage, wape

DEMAND_COLUMNS = (
    "as_of", *KEY, "grain_code", "period_start", "expected_amount", "p10_amount", "p90_amount",
    "model_name", "model_version", "run_id",
)  # fmt: skip
"""Columns of predictions.demand, without scored_at."""


@dataclass(frozen=True)
class DemandConfig:
    weeks: int = 26
    """Weeks of the weekday median; fewer where a series is younger."""
    horizon_days: int = 28
    backtests: int = 4
    """Earlier origins, 14 days apart, whose errors make the interval; fewer where the history is short."""
    step: int = 14
    least_days: int = 28
    own_weight: float = 4.0
    """How many typical errors each series' own mean error is mixed with."""


@dataclass(frozen=True)
class DemandRun:
    """Where the model stands in MLflow."""

    model_name: str
    model_version: int
    run_id: str
    url: str | None


@dataclass(frozen=True)
class DemandForecast:
    """Forecasts of all series that live, with their error on the last 28 days."""

    as_of: date
    config: DemandConfig
    rows: pd.DataFrame
    """DEMAND_COLUMNS without the model's three."""
    metrics: Mapping[str, float]
    """wape_day, wape_week, coverage_day, coverage_week on the last 28 days (forecast without them), series_count."""
    params: Mapping[str, object]
    tables: Mapping[str, tuple[float, float]]
    """(low, high) conformal factors by grain: the model's whole state beside its rule."""
    digest: str

    def frame(self, run: DemandRun) -> pd.DataFrame:
        """Rows of predictions.demand; store_id is nullable Int64."""
        named = self.rows.assign(model_name=run.model_name, model_version=run.model_version, run_id=run.run_id)
        return named[list(DEMAND_COLUMNS)]


def forecast_demand(series: pd.DataFrame, as_of: date, config: DemandConfig | None = None) -> DemandForecast:
    """Forecast the 28 days and 4 weeks after as_of; rows after as_of are never read.

    Measured on the last 28 days with medians and intervals from before them; then intervals are made anew from all
    backtests. Raises BadInput, and HistoryTooShort under 84 days (28 to learn, 28 for the interval, 28 to measure).
    """
    config = config or DemandConfig()
    checked = check_series(series)
    h = config.horizon_days
    # Columns: enough for the medians of the oldest backtest of the measured origin.
    laid = series_of(checked, as_of, 7 * config.weeks + 2 * h + config.step * config.backtests)
    days = laid.revenue.shape[1]
    if days < 2 * h + config.least_days:
        raise HistoryTooShort(
            f"Revenue spans {days} days; a demand forecast with a measured error needs {2 * h + config.least_days}."
        )
    metrics: dict[str, float] = {"series_count": 0.0}
    measured_at = days - 1 - h
    measured = _at(laid.revenue, measured_at, config)
    intervals = {}
    for grain in ("day", "week"):
        before = _interval(laid.revenue, measured_at - h, grain, config)
        y, p, unit = measured.at(grain)
        if len(y):
            flat_y, flat_p = y.ravel(), np.maximum(p, 0).ravel()
            bounds = before.bounds(p, unit, measured.alive)
            metrics[f"wape_{grain}"] = wape(flat_y, flat_p)
            metrics[f"coverage_{grain}"] = interval_coverage(flat_y, bounds[0].ravel(), bounds[1].ravel())
        intervals[grain] = _interval(laid.revenue, measured_at, grain, config)
    coming = _at(laid.revenue, days - 1, config)
    metrics["series_count"] = float(coming.alive.sum())
    keys = laid.keys.loc[coming.alive].reset_index(drop=True)
    parts = [_rows(keys, coming, as_of, grain, intervals[grain]) for grain in ("day", "week")]
    params = {**asdict(config), "first_date": str(laid.first_day), "as_of": str(as_of)}
    return DemandForecast(
        as_of, config, pd.concat(parts, ignore_index=True), {k: v for k, v in metrics.items() if np.isfinite(v)},
        params, {grain: (one.low, one.high) for grain, one in intervals.items()}, _digest(laid.keys, laid.revenue),
    )  # fmt: skip


@dataclass(frozen=True)
class _Window:
    """The days after an origin: truth (0 where not known yet), forecast, each series' mean day, and which live."""

    truth: Matrix
    expected: Matrix
    unit: Matrix
    alive: npt.NDArray[np.bool_]

    def at(self, grain: str) -> tuple[Matrix, Matrix, Matrix]:
        """Truth, forecast and unit of living series, by day or by 7 days."""
        y, p, unit = self.truth[self.alive], self.expected[self.alive], self.unit[self.alive]
        if grain == "week":
            y, p, unit = (part.reshape(len(part), -1, 7).sum(axis=2) for part in (y, p, unit))
        return y, p, unit


def _at(revenue: Matrix, origin: int, config: DemandConfig) -> _Window:
    """Forecast from columns up to and including `origin`; later ones are read for the truth alone."""
    h = config.horizon_days
    past = revenue[:, max(origin + 1 - 7 * config.weeks, 0) : origin + 1]
    width = past.shape[1] // 7 * 7
    by_weekday = past[:, past.shape[1] - width :].reshape(len(past), -1, 7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a series unborn in all of these weeks: not alive below
        median = np.nan_to_num(np.nanmedian(by_weekday, axis=1))
    expected = np.tile(median, (1, h // 7 + 1))[:, :h]
    lived = (~np.isnan(past)).sum(axis=1) >= config.least_days
    alive = lived & (np.nansum(np.abs(past[:, -28:]), axis=1) > 0)
    truth = np.nan_to_num(revenue[:, origin + 1 : origin + 1 + h])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.nan_to_num(np.nanmean(np.abs(past), axis=1, keepdims=True))
    return _Window(truth, expected, np.repeat(np.maximum(mean, 0.01), h, axis=1), alive)


@dataclass(frozen=True)
class _Interval:
    """How far actual days lie from the forecast: two factors for all series, and how restless each one is."""

    low: float
    high: float
    restlessness: Matrix
    """One value a series, shape (series, 1): its own mean error beside that of all, drawn to 1 where it has few."""

    def bounds(self, expected: Matrix, unit: Matrix, alive: npt.NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
        spread = _spread(expected, unit) * self.restlessness[alive]
        centre = np.maximum(expected, 0.0)
        return np.clip(expected + self.low * spread, 0.0, centre), np.maximum(expected + self.high * spread, centre)


def _interval(revenue: Matrix, newest: int, grain: str, config: DemandConfig) -> _Interval:
    """Normalised split-conformal interval (Lei et al. 2018, section 5.2) from backtests up to column `newest`.

    Errors are (actual − forecast) / √(forecast · unit): counts and amounts spread like the root of their mean, so one
    factor serves busy and quiet weekdays. One factor for all series alone would give a chain's steady sum the width of
    its smallest store (seen: 80 % intervals four times too wide), so errors are divided by each series' own mean first.
    """
    absolute, count, errors = np.zeros((len(revenue), 1)), np.zeros((len(revenue), 1)), []
    for k in range(config.backtests):
        origin = newest - k * config.step
        if origin + 1 < config.least_days:
            break
        window = _at(revenue, origin, config)
        y, p, unit = window.at(grain)
        error = (y - p) / _spread(p, unit)
        errors.append((window.alive, error))
        absolute[window.alive, 0] += np.abs(error).sum(axis=1)
        count[window.alive, 0] += error.shape[1]
    if not count.sum():
        return _Interval(0.0, 0.0, np.ones_like(count))
    mean = max(absolute.sum() / count.sum(), 1e-9)
    restlessness = (absolute / mean + config.own_weight) / (count + config.own_weight)
    pooled = np.concatenate([(error / restlessness[alive]).ravel() for alive, error in errors])
    n = len(pooled)
    low, high = np.quantile(pooled, [max(np.floor(0.1 * (n + 1)) / n, 0), min(np.ceil(0.9 * (n + 1)) / n, 1)])
    return _Interval(float(min(low, 0.0)), float(max(high, 0.0)), restlessness)


def _spread(expected: Matrix, unit: Matrix) -> Matrix:
    spread: Matrix = np.sqrt(np.maximum(expected, 0.1 * unit) * unit)
    return spread


def _rows(keys: pd.DataFrame, coming: _Window, as_of: date, grain: str, interval: _Interval) -> pd.DataFrame:
    _, amounts, unit = coming.at(grain)
    low, high = interval.bounds(amounts, unit, coming.alive)
    periods = amounts.shape[1]
    starts = pd.date_range(
        pd.Timestamp(as_of) + pd.Timedelta(days=1), periods=periods, freq="D" if grain == "day" else "7D"
    )
    frame = keys.loc[keys.index.repeat(periods)].reset_index(drop=True)
    return frame.assign(
        as_of=as_of,
        grain_code=grain,
        period_start=np.tile(starts.date, len(keys)),
        expected_amount=np.maximum(amounts, 0.0).ravel().round(2),
        p10_amount=low.ravel().round(2),
        p90_amount=high.ravel().round(2),
    )


def _digest(keys: pd.DataFrame, revenue: Matrix) -> str:
    hashed = hashlib.sha256(keys.to_csv(index=False).encode())
    hashed.update(revenue.tobytes())
    return hashed.hexdigest()
