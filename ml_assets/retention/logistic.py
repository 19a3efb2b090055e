"""scikit-learn's contender: logistic regression on logarithms of the features, saved by skops."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.pipeline import Pipeline, make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]
from skops.io import dump  # type: ignore[import-untyped]
from skops.io import load as load_skops

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.retention.task import Amounts, Progress, Rows, Task, inputs_at, inputs_of


@dataclass(frozen=True)
class LogisticModel:
    pipelines: Mapping[int, Pipeline]
    categories: tuple[str, ...]

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        inputs = _log(inputs_at(panel, origin, rows, self.categories))
        return {
            horizon: np.asarray(pipeline.predict_proba(inputs)[:, 1]) if len(rows) else np.zeros(0)
            for horizon, pipeline in self.pipelines.items()
        }

    def save(self, folder: Path) -> None:
        for horizon, pipeline in self.pipelines.items():
            dump(pipeline, folder / f"logistic_{horizon}.skops")
        write_json(folder / "logistic.json", {"horizons": list(self.pipelines), "categories": self.categories})


def fit(task: Task, on_progress: Progress) -> Fit:
    held = _fit(task, with_calibration=False)
    return Fit(_fit(task, with_calibration=True), held, asdict(task.config.logistic))


def load(folder: Path) -> LogisticModel:
    """Only types that skops trusts by default are read: a file with any other type is refused."""
    saved = read_json(folder / "logistic.json")
    pipelines = {int(horizon): load_skops(folder / f"logistic_{horizon}.skops") for horizon in saved["horizons"]}
    return LogisticModel(pipelines, tuple(saved["categories"]))


def _fit(task: Task, *, with_calibration: bool) -> LogisticModel:
    pipelines = {}
    for horizon in task.splits:
        features, truth = task.training_rows(horizon, with_calibration=with_calibration)
        regression = LogisticRegression(C=task.config.logistic.inverse_penalty, max_iter=500)
        inputs, returned = _log(inputs_of(features)), truth.astype(np.int64)
        if returned.min() == returned.max():  # a regression needs both: one mean customer of whom the other is true
            inputs = pd.concat([inputs, inputs.mean().to_frame().T], ignore_index=True)
            returned = np.append(returned, 1 - returned[0])
        pipelines[horizon] = make_pipeline(StandardScaler(), regression).fit(inputs, returned)
    return LogisticModel(pipelines, task.categories)


def _log(features: pd.DataFrame) -> pd.DataFrame:
    logs: pd.DataFrame = features.clip(lower=0.0).apply(np.log1p).astype(np.float64)
    return logs
