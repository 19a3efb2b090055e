"""LightGBM once more, with the encoder's state of a customer as further features (`boosting.py`, `encoder.py`)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.contest.learner import Fit
from ml_assets.encoder import Encoder, embeddings
from ml_assets.histories.panel import Panel
from ml_assets.histories.split import CALIBRATION_GROUP
from ml_assets.purchasing_power import boosting, encoder
from ml_assets.purchasing_power.inputs import inputs_at
from ml_assets.purchasing_power.task import CALIBRATION_ORIGINS, Amounts, Progress, Rows, Task


@dataclass(frozen=True)
class EmbeddedModel:
    boosters: boosting.BoostingModel
    encoder: Encoder

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        return self.boosters.of(inputs(self.encoder, panel, origin, rows))

    def save(self, folder: Path) -> None:
        self.boosters.save(folder)
        self.encoder.save(folder)


def fit(task: Task, on_progress: Progress) -> Fit:
    fitted: encoder.EncoderModel = task.fitted(encoder.fit, on_progress).model  # type: ignore[assignment]
    tables = _Tables(task, fitted.encoder)
    grown = boosting.grow(task, {horizon: tables.material(horizon) for horizon in task.splits}, on_progress)
    final, held = (
        EmbeddedModel(boosters, fitted.encoder)  # type: ignore[arg-type]
        for boosters in (grown.model, grown.calibration_model)
    )
    return Fit(final, held, grown.params, grown.curve)


def load(folder: Path) -> EmbeddedModel:
    return EmbeddedModel(boosting.load(folder), Encoder.load(folder))


def inputs(model: Encoder, panel: Panel, origin: int, rows: Rows) -> pd.DataFrame:
    """The features of the other table learners, then the embedding; float32, one row a customer."""
    features = inputs_at(panel, origin, rows, model.categories)
    points = embeddings(model, panel, origin, rows)
    names = [f"embedding_{number:02}" for number in range(points.shape[1])]
    return features.join(pd.DataFrame(points, index=features.index, columns=names))


class _Tables:
    """The rows that boosting.py learns from, with embeddings."""

    def __init__(self, task: Task, model: Encoder) -> None:
        self.task, self.model = task, model
        self.known: dict[int, tuple[Rows, pd.DataFrame]] = {}

    def material(self, horizon: int) -> boosting.Material:
        split = self.task.splits[horizon]
        newest = split.train_origins[:CALIBRATION_ORIGINS]
        return boosting.Material(
            self._sampled(horizon, split.train_origins, split.train_groups(with_calibration=False)),
            self._sampled(horizon, split.train_origins, split.train_groups(with_calibration=True)),
            self._rows(horizon, newest, (CALIBRATION_GROUP,)),
        )

    def _rows(self, horizon: int, origins: tuple[int, ...], groups: tuple[int, ...]) -> tuple[pd.DataFrame, Amounts]:
        frames, truths = [], []
        for origin in origins:
            rows, features = self._at(origin)
            kept = np.isin(self.task.groups[rows], groups)
            frames.append(features.loc[kept])
            truths.append(self.task.truth(origin, horizon, rows[kept]))
        return pd.concat(frames, ignore_index=True), np.concatenate(truths)

    def _sampled(self, horizon: int, origins: tuple[int, ...], groups: tuple[int, ...]) -> tuple[pd.DataFrame, Amounts]:
        features, truth = self._rows(horizon, origins, groups)
        most = self.task.config.rows_at_most
        if len(truth) <= most:
            return features, truth
        kept = np.sort(np.random.default_rng(self.task.config.seed).choice(len(truth), most, replace=False))
        return features.iloc[kept], truth[kept]

    def _at(self, origin: int) -> tuple[Rows, pd.DataFrame]:
        if origin not in self.known:
            rows = self.task.panel.active(origin, self.task.config.active_days)
            self.known[origin] = rows, inputs(self.model, self.task.panel, origin, rows)
        return self.known[origin]
