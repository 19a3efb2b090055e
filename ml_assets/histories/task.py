"""What every learner is given: the panel, the splits, and rows of features with their truth."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.histories.config import HistoryConfig
from ml_assets.histories.features import features_at
from ml_assets.histories.panel import Panel
from ml_assets.histories.split import CALIBRATION_GROUP, Split, group_of

Amounts = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
Progress = Callable[[str], None]
CALIBRATION_ORIGINS = 5


Config = TypeVar("Config", bound=HistoryConfig)
Fit = TypeVar("Fit")


def spend_ahead(panel: Panel, origin: int, horizon: int, rows: Rows) -> Amounts:
    """Spend in the `horizon` days after the origin, never below 0."""
    return panel.window(origin + 1, origin + 1 + horizon)[rows].astype(np.float64)


@dataclass
class Task(Generic[Config]):
    """One contest's material. Features of an origin are computed once and shared by learners and horizons."""

    panel: Panel
    splits: Mapping[int, Split]
    categories: tuple[str, ...]
    config: Config
    outcome: Callable[[Panel, int, int, Rows], Amounts] = spend_ahead
    """(panel, origin, horizon in days, rows) -> what is to be forecast of each row."""
    table: Callable[[Panel, int, Rows, tuple[str, ...]], pd.DataFrame] = features_at
    """(panel, origin, rows, categories) -> what a table learner is given of each row."""
    _fits: dict[Any, Any] = field(default_factory=dict)
    _features: dict[int, tuple[Rows, pd.DataFrame]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = group_of(self.panel.customer_ids)

    def fitted(self, fit: Callable[["Task[Config]", Progress], Fit], on_progress: Progress) -> Fit:
        """What `fit` makes of this task, made once: a blend of learners need not fit them again."""
        if fit not in self._fits:
            self._fits[fit] = fit(self, on_progress)
        found: Fit = self._fits[fit]
        return found

    def before_held_out(self, horizons: Collection[int]) -> "Task[Config]":
        """This task as far as whoever is to answer these horizons may know it: days before all their held-out windows.

        Training windows are moved back until they end there; a horizon for which none is left has no split. Where one
        of them is measured on other customers, those are learnt from for none.
        """
        asked = [self.splits[horizon] for horizon in horizons]
        last = min(split.known_until(self.panel.days) for split in asked)
        kind = "customers" if any(split.kind == "customers" for split in asked) else "time"
        moved = {split.horizon: split.moved_before(last, kind) for split in asked}
        splits = {horizon: split for horizon, split in moved.items() if split}
        return replace(self, panel=self.panel.until(last), splits=splits, _fits={}, _features={})

    def active(self, origin: int, groups: tuple[int, ...]) -> Rows:
        rows = self.panel.active(origin, self.config.active_days)
        return rows[np.isin(self.groups[rows], groups)]

    def truth(self, origin: int, horizon: int, rows: Rows) -> Amounts:
        return self.outcome(self.panel, origin, horizon, rows)

    def training_rows(self, horizon: int, *, with_calibration: bool) -> tuple[pd.DataFrame, Amounts]:
        """Features and truth of all training origins of a horizon, newest first; sampled above config.rows_at_most."""
        split = self.splits[horizon]
        frames, truths = [], []
        for origin in split.train_origins:
            rows, features = self._features_of_active(origin)
            kept = np.isin(self.groups[rows], split.train_groups(with_calibration=with_calibration))
            frames.append(features.loc[kept])
            truths.append(self.truth(origin, horizon, rows[kept]))
        return self._sampled(pd.concat(frames, ignore_index=True), np.concatenate(truths))

    def calibration_rows(self, horizon: int) -> tuple[pd.DataFrame, Amounts]:
        """Features and truth of customers that no learner trained on, at the newest training origins."""
        frames, truths = [], []
        for origin in self.splits[horizon].train_origins[:CALIBRATION_ORIGINS]:
            rows, features = self._features_of_active(origin)
            kept = self.groups[rows] == CALIBRATION_GROUP
            frames.append(features.loc[kept])
            truths.append(self.truth(origin, horizon, rows[kept]))
        return pd.concat(frames, ignore_index=True), np.concatenate(truths)

    def _sampled(self, features: pd.DataFrame, truth: Amounts) -> tuple[pd.DataFrame, Amounts]:
        if len(truth) <= self.config.rows_at_most:
            return features, truth
        random = np.random.default_rng(self.config.seed)
        kept = np.sort(random.choice(len(truth), self.config.rows_at_most, replace=False))
        return features.iloc[kept], truth[kept]

    def _features_of_active(self, origin: int) -> tuple[Rows, pd.DataFrame]:
        if origin not in self._features:
            rows = self.panel.active(origin, self.config.active_days)
            self._features[origin] = (rows, self.table(self.panel, origin, rows, self.categories))
        return self._features[origin]
