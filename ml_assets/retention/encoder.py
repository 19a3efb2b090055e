"""The Keras contender: the return head of the encoder (`ml_assets/encoder`)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml_assets.contest.learner import Fit
from ml_assets.encoder import Encoder, train
from ml_assets.histories.panel import Panel
from ml_assets.histories.split import CALIBRATION_GROUP
from ml_assets.metrics import brier_score
from ml_assets.retention.task import Amounts, Progress, Rows, Task


@dataclass(frozen=True)
class EncoderModel:
    encoder: Encoder

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        return self.encoder.returns(panel, origin, rows)

    def save(self, folder: Path) -> None:
        self.encoder.save(folder)


def fit(task: Task, on_progress: Progress) -> Fit:
    trained = train(task, task.config.encoder, _error, on_progress)
    model = EncoderModel(trained.encoder)
    return Fit(model, model, trained.params, trained.curve)


def load(folder: Path) -> EncoderModel:
    return EncoderModel(Encoder.load(folder))


def _error(encoder: Encoder, task: Task) -> float:
    """Brier score of the calibration customers at the newest training origin, the mean of the horizons."""
    errors = []
    for horizon, split in task.splits.items():
        origin = split.train_origins[0]
        rows = task.active(origin, (CALIBRATION_GROUP,))
        chance = encoder.returns(task.panel, origin, rows)[horizon]
        errors.append(brier_score(task.truth(origin, horizon, rows), chance))
    return float(np.mean(errors))
