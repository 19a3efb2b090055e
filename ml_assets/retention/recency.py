"""The baseline: who was here lately comes again. How likely that is, the common calibration says."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.retention.task import Amounts, Progress, Rows, Task


@dataclass(frozen=True)
class RecencyModel:
    horizons: tuple[int, ...]

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        came = panel.receipts[rows, : origin + 1] > 0
        days = came[:, ::-1].argmax(axis=1).astype(np.float64)
        return dict.fromkeys(self.horizons, 1 / (1 + days))

    def save(self, folder: Path) -> None:
        write_json(folder / "recency.json", {"horizons": self.horizons})


def fit(task: Task, on_progress: Progress) -> Fit:
    model = RecencyModel(tuple(task.splits))
    return Fit(model, model, {})


def load(folder: Path) -> RecencyModel:
    return RecencyModel(tuple(read_json(folder / "recency.json")["horizons"]))
