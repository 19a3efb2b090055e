"""What the boosters see of a series at an origin, for each coming step. Amounts are in mean days of the series."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml_assets.demand.calendar import calendar_of
from ml_assets.demand.config import GRAINS, DemandConfig
from ml_assets.demand.rules import croston
from ml_assets.demand.series import Flags, Matrix, Past, nan_mean, nan_median

ALL = "*"
YEAR_DAYS = 364
LEVEL_DAYS = (7, 14, 28, 56, 91)


@dataclass(frozen=True)
class Inputs:
    """`frame` has a row for each series and step, series by series; `unit` is each series' mean day, (series, 1)."""

    frame: pd.DataFrame
    unit: Matrix


def inputs_at(past: Past, keep: Flags, grain: str, categories: tuple[str, ...], config: DemandConfig) -> Inputs:
    """Of the series `keep`, for all steps of the horizon; a pure function of the past and the calendar."""
    kept = Past(past.keys.loc[keep].reset_index(drop=True), past.first_day, past.revenue[keep])
    unit = kept.mean_day(7 * config.weeks)
    step_days, steps = GRAINS[grain], config.horizon_days // GRAINS[grain]
    count = len(kept.keys)
    by_series = _of_series(kept, unit, categories, config)
    by_step = _of_steps(kept, unit, step_days, steps)
    calendar = _of_calendar(past.last_day, step_days, steps, config.country)
    columns = {
        **{name: np.repeat(values, steps) for name, values in by_series.items()},
        **{name: values.ravel() for name, values in by_step.items()},
        **{name: np.tile(values, count) for name, values in calendar.items()},
    }
    return Inputs(pd.DataFrame(columns, dtype=np.float32), unit)


def _of_series(kept: Past, unit: Matrix, categories: tuple[str, ...], config: DemandConfig) -> dict[str, Matrix]:
    scaled = kept.revenue / unit
    known = pd.Index(categories)
    code = known.get_indexer(pd.Index(kept.keys["category_code"].astype(str))).astype(np.float64)
    quarter = np.nan_to_num(scaled[:, -91:])
    sold = quarter != 0
    recent = scaled[:, -28:]
    since = np.where(sold.any(axis=1), np.argmax(sold[:, ::-1], axis=1), quarter.shape[1]).astype(np.float64)
    found = {f"mean_{days}": nan_mean(scaled[:, -days:]) for days in LEVEL_DAYS}
    found["median_28"] = np.nan_to_num(nan_median(recent))
    found["spread_28"] = np.sqrt(np.maximum(nan_mean(recent**2) - nan_mean(recent) ** 2, 0.0))
    found["trend"] = found["mean_28"] - found["mean_56"]
    found["sold_share"] = sold.mean(axis=1)
    found["days_since_sale"] = since
    found["lived_days"] = np.minimum(kept.lived, 7 * config.weeks).astype(np.float64)
    found["croston"] = croston(scaled[:, -7 * config.weeks :])
    found["log_unit"] = np.log(unit[:, 0])
    found["category"] = np.where(code < 0, np.nan, code)  # one that training never saw is missing, not the first
    kinds = {
        "is_store": kept.keys["store_id"].notna(),
        "is_all_cities": kept.keys["city_code"] == ALL,
        "is_all_categories": kept.keys["category_code"] == ALL,
    }
    found |= {name: is_so.to_numpy().astype(np.float64) for name, is_so in kinds.items()}
    return found


def _of_steps(kept: Past, unit: Matrix, step_days: int, steps: int) -> dict[str, Matrix]:
    """(series, steps) each: the same weekdays of the last weeks, and of a year ago."""
    scaled = kept.revenue / unit
    weeks = min(scaled.shape[1] // 7, 26)
    if not weeks:
        empty = np.full((len(scaled), steps), np.nan)
        return dict.fromkeys(("week_1", "week_2", "week_4", "median_8", "median_26", "year_ago"), empty)
    past = scaled[:, scaled.shape[1] - 7 * weeks :].reshape(len(scaled), weeks, 7)
    tiled = -(-steps * step_days // 7)

    def laid(by_weekday: Matrix) -> Matrix:
        days = np.tile(by_weekday, (1, tiled))[:, : steps * step_days]
        return np.asarray(days.reshape(len(days), steps, step_days).sum(axis=2))

    def week(back: int) -> Matrix:
        return past[:, -back] if back <= weeks else np.full((len(past), 7), np.nan)

    return {
        "week_1": laid(week(1)),
        "week_2": laid(week(2)),
        "week_4": laid(week(4)),
        "median_8": laid(nan_median(past[:, -8:])),
        "median_26": laid(nan_median(past)),
        "year_ago": _year_ago(scaled, steps, step_days),
    }


def _year_ago(scaled: Matrix, steps: int, step_days: int) -> Matrix:
    """The step 52 weeks before, beside the mean of the four weeks up to a year before the origin; else NaN."""
    days = steps * step_days
    start = scaled.shape[1] - YEAR_DAYS
    if start < 28:
        return np.full((len(scaled), steps), np.nan)
    then = scaled[:, start : start + days].reshape(len(scaled), steps, step_days).sum(axis=2)
    level = nan_mean(scaled[:, start - 28 : start])[:, None]
    return np.where(level > 0, then / np.maximum(level, 0.01), np.nan)


def _of_calendar(last: np.datetime64, step_days: int, steps: int, country: str | None) -> dict[str, Matrix]:
    """(steps,) each."""
    days = calendar_of(last + np.timedelta64(1, "D"), steps * step_days, country)
    by_step = {name: values.to_numpy(dtype=np.float64).reshape(steps, step_days) for name, values in days.items()}
    found = {"step": np.arange(steps, dtype=np.float64), "holidays": by_step["is_holiday"].sum(axis=1)}
    if step_days == 1:
        named = ("weekday", "is_eve", "days_to_holiday", "days_since_holiday")
        found |= {name: by_step[name][:, 0] for name in named}
    found["day_of_month"] = by_step["day_of_month"][:, 0]
    return found
