"""The Keras contender: the spend head of the encoder (`ml_assets/encoder`)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml_assets.contest.learner import Fit
from ml_assets.encoder import Encoder, train
from ml_assets.histories.panel import Panel
from ml_assets.histories.split import CALIBRATION_GROUP
from ml_assets.metrics import wape
from ml_assets.purchasing_power.task import Amounts, Progress, Rows, Task

WATCHED_AT_MOST = 1000


@dataclass(frozen=True)
class EncoderModel:
    encoder: Encoder

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        """Midway between mean and median: it ranks best, as in boosting.py, and the level is calibrated for all."""
        found = self.encoder.spend(panel, origin, rows)
        return {horizon: (mean + median) / 2 for horizon, (mean, median) in found.items()}

    def save(self, folder: Path) -> None:
        self.encoder.save(folder)


def fit(task: Task, on_progress: Progress) -> Fit:
    trained = train(task, task.config.encoder, lambda encoder, known: _error(EncoderModel(encoder), known), on_progress)
    model = EncoderModel(trained.encoder)
    return Fit(model, model, trained.params, trained.curve)


def load(folder: Path) -> EncoderModel:
    return EncoderModel(Encoder.load(folder))


def _error(model: EncoderModel, task: Task) -> float:
    """WAPE over up to 1,000 calibration customers at the newest training origin, the mean of the horizons."""
    errors = []
    for horizon, split in task.splits.items():
        origin = split.train_origins[0]
        rows = task.active(origin, (CALIBRATION_GROUP,))[:WATCHED_AT_MOST]
        errors.append(wape(task.truth(origin, horizon, rows), model.forecasts(task.panel, origin, rows)[horizon]))
    return float(np.mean(errors))
