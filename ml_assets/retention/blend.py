"""Both contenders together: the mean of their log-odds; what one misses the other often sees."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit, logit

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Panel
from ml_assets.retention import boosting, logistic
from ml_assets.retention.task import Amounts, Progress, Rows, Task


@dataclass(frozen=True)
class BlendModel:
    first: logistic.LogisticModel
    second: boosting.BoostingModel

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        parts = [model.forecasts(panel, origin, rows) for model in (self.first, self.second)]
        return {horizon: expit(np.mean([_odds(part[horizon]) for part in parts], axis=0)) for horizon in parts[0]}

    def save(self, folder: Path) -> None:
        self.first.save(folder)
        self.second.save(folder)


def fit(task: Task, on_progress: Progress) -> Fit:
    one, two = task.fitted(logistic.fit, on_progress), task.fitted(boosting.fit, on_progress)
    return Fit(
        BlendModel(one.model, two.model),  # type: ignore[arg-type]
        BlendModel(one.calibration_model, two.calibration_model),  # type: ignore[arg-type]
        {**one.params, **two.params},
        two.curve,
    )


def load(folder: Path) -> BlendModel:
    return BlendModel(logistic.load(folder), boosting.load(folder))


def _odds(probability: Amounts) -> Amounts:
    return np.asarray(logit(np.clip(probability, 1e-6, 1 - 1e-6)), dtype=np.float64)
