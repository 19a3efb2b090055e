"""scikit-learn's contender: ridge regression of √spend on logarithms of the features, saved by skops."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge  # type: ignore[import-untyped]
from sklearn.pipeline import Pipeline, make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]
from skops.io import dump  # type: ignore[import-untyped]
from skops.io import load as load_skops

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.purchasing_power.inputs import inputs_at, inputs_of
from ml_assets.purchasing_power.task import Amounts, Progress, Rows, Task


@dataclass(frozen=True)
class LinearModel:
    pipelines: Mapping[int, Pipeline]
    half_variance: Mapping[int, float]
    """Half the residual variance of √spend: the forecast lies midway between median and mean, as in boosting.py."""
    categories: tuple[str, ...]

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        features = _log(inputs_at(panel, origin, rows, self.categories))
        return {
            horizon: np.maximum(pipeline.predict(features), 0.0) ** 2 + self.half_variance[horizon]
            for horizon, pipeline in self.pipelines.items()
        }

    def save(self, folder: Path) -> None:
        for horizon, pipeline in self.pipelines.items():
            dump(pipeline, folder / f"ridge_{horizon}.skops")
        write_json(
            folder / "linear.json",
            {"half_variance": {str(h): v for h, v in self.half_variance.items()}, "categories": self.categories},
        )


def fit(task: Task, on_progress: Progress) -> Fit:
    held = _fit(task, with_calibration=False)
    return Fit(_fit(task, with_calibration=True), held, {"penalty": task.config.linear.penalty})


def load(folder: Path) -> LinearModel:
    """Only types that skops trusts by default are read: a file with any other type is refused."""
    saved = read_json(folder / "linear.json")
    variance = {int(horizon): float(value) for horizon, value in saved["half_variance"].items()}
    return LinearModel(
        {horizon: load_skops(folder / f"ridge_{horizon}.skops") for horizon in variance},
        variance,
        tuple(saved["categories"]),
    )


def _fit(task: Task, *, with_calibration: bool) -> LinearModel:
    pipelines, variance = {}, {}
    for horizon in task.splits:
        features, truth = task.training_rows(horizon, with_calibration=with_calibration)
        pipeline = make_pipeline(StandardScaler(), Ridge(task.config.linear.penalty))
        inputs, target = _log(inputs_of(features)), np.sqrt(truth)
        pipeline.fit(inputs, target)
        pipelines[horizon] = pipeline
        variance[horizon] = float(np.mean((target - pipeline.predict(inputs)) ** 2) / 2)
    return LinearModel(pipelines, variance, task.categories)


def _log(features: pd.DataFrame) -> pd.DataFrame:
    logs: pd.DataFrame = features.clip(lower=0.0).apply(np.log1p).astype(np.float64)
    return logs
