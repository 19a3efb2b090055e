"""Forecasts by rule: the weekday median of 26 weeks (the baseline), and last week once more (seasonal naive).

Each gives one number a step, the same at all levels; how far the truth strays from it, the conformal layer adds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml_assets.demand.config import GRAINS, LEVELS, DemandConfig
from ml_assets.demand.learner import Cube, Fit
from ml_assets.demand.series import Flags, Matrix, Past, nan_mean, nan_median
from ml_assets.histories.saved import read_json, write_json

MATURE_DAYS = 28
SPARSE_SHARE = 0.5
"""A series that sells on fewer of its days is sparse: most weekday medians are 0, and so would be its weeks."""
SMOOTHING = 0.1


@dataclass(frozen=True)
class Rule:
    """`name` says which; there is nothing else to know."""

    name: str
    weeks: int
    horizon_days: int

    def quantiles(self, past: Past, grain: str) -> Cube:
        by_day = seasonal_naive(past) if self.name == "seasonal_naive" else weekday_median(past, self.weeks)
        days = np.tile(by_day, (1, self.horizon_days // 7 + 1))[:, : self.horizon_days]
        steps = days.reshape(len(days), -1, GRAINS[grain]).sum(axis=2)
        if grain == "week" and self.name != "seasonal_naive":
            sparse = sparse_ones(past)
            steps[sparse] = 7 * croston(past.recent(7 * self.weeks)[sparse])[:, None]
        return np.repeat(np.maximum(steps, 0.0)[:, :, None], len(LEVELS), axis=2)

    def save(self, folder: Path) -> None:
        write_json(folder / "rule.json", vars(self))


def fit(name: str, past: Past, config: DemandConfig) -> Fit:
    """Nothing is learnt."""
    return Fit(Rule(name, config.weeks, config.horizon_days), {"weeks": config.weeks})


def load(folder: Path) -> Rule:
    saved: Mapping[str, Any] = read_json(folder / "rule.json")
    return Rule(**saved)


def weekday_median(past: Past, weeks: int) -> Matrix:
    """(series, 7): what the first, second … day after the past brings: the median of its weekday.

    A series younger than four weeks takes its own mean day and its category's weekdays.
    """
    recent = past.recent(7 * weeks)
    width = recent.shape[1] // 7 * 7
    by_weekday = recent[:, recent.shape[1] - width :].reshape(len(recent), -1, 7)
    median = np.nan_to_num(nan_median(by_weekday))
    young = past.lived < MATURE_DAYS
    if young.any():
        profile = _profiles(past, median, young)
        level = nan_mean(recent)[:, None]
        median[young] = (level * profile)[young]
    return median


def seasonal_naive(past: Past) -> Matrix:
    """(series, 7): the last seven days."""
    return np.nan_to_num(past.recent(7))


def sparse_ones(past: Past) -> Flags:
    recent = past.recent(91)
    sold = (np.nan_to_num(recent) != 0).sum(axis=1)
    return np.asarray(sold < SPARSE_SHARE * np.maximum((~np.isnan(recent)).sum(axis=1), 1))


def croston(revenue: Matrix) -> Matrix:
    """Mean revenue a day of series that sell now and then: smoothed size of a sale ÷ smoothed days between two, with
    the correction of Syntetos and Boylan (2005). Shape (series, days) -> (series,)."""
    size, gap = np.zeros(len(revenue)), np.ones(len(revenue))
    since, is_begun = np.ones(len(revenue)), np.zeros(len(revenue), dtype=bool)
    for day in np.nan_to_num(revenue).T:
        sold = day > 0
        first = sold & ~is_begun
        size = np.where(first, day, np.where(sold, size + SMOOTHING * (day - size), size))
        gap = np.where(first, since, np.where(sold, gap + SMOOTHING * (since - gap), gap))
        is_begun |= sold
        since = np.where(sold, 1.0, since + 1)
    return np.asarray((1 - SMOOTHING / 2) * size / np.maximum(gap, 1.0))


def _profiles(past: Past, median: Matrix, young: Flags) -> Matrix:
    """(series, 7): weekdays beside the mean day, in the median of the mature series of the category, else of all."""
    mature = ~young & (median.sum(axis=1) > 0)
    if not mature.any():
        return np.ones_like(median)
    shape = median[mature] / np.maximum(median[mature].mean(axis=1, keepdims=True), 0.01)
    categories = past.keys["category_code"].to_numpy()
    found = np.tile(np.median(shape, axis=0), (len(median), 1))
    for category in np.unique(categories[young]):
        alike = categories[mature] == category
        if alike.any():
            found[categories == category] = np.median(shape[alike], axis=0)
    return found
