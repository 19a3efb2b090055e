"""LightGBM once more, with the encoder's state of a customer as further features (`boosting.py`, `encoder.py`)."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from ml_assets.contest.learner import Fit
from ml_assets.encoder import Encoder, embeddings
from ml_assets.histories.features import features_at
from ml_assets.histories.panel import Panel
from ml_assets.purchasing_power import boosting, encoder
from ml_assets.purchasing_power.inputs import inputs_of
from ml_assets.purchasing_power.task import Amounts, Progress, Rows, Task


@dataclass(frozen=True)
class EmbeddedModel:
    boosters: boosting.BoostingModel
    encoder: Encoder

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        return self.boosters.of(inputs_of(told(self.encoder, panel, origin, rows, self.encoder.categories)))

    def save(self, folder: Path) -> None:
        self.boosters.save(folder)
        self.encoder.save(folder)


def fit(task: Task, on_progress: Progress) -> Fit:
    fitted: encoder.EncoderModel = task.fitted(encoder.fit, on_progress).model  # type: ignore[assignment]
    grown = boosting.fit(replace(task, table=partial(told, fitted.encoder), _features={}), on_progress)
    final, held = (
        EmbeddedModel(boosters, fitted.encoder)  # type: ignore[arg-type]
        for boosters in (grown.model, grown.calibration_model)
    )
    return Fit(final, held, grown.params, grown.curve)


def load(folder: Path) -> EmbeddedModel:
    return EmbeddedModel(boosting.load(folder), Encoder.load(folder))


def told(model: Encoder, panel: Panel, origin: int, rows: Rows, categories: tuple[str, ...]) -> pd.DataFrame:
    """The features of the other table learners, then the embedding; float32, one row a customer."""
    features = features_at(panel, origin, rows, categories)
    points = embeddings(model, panel, origin, rows)
    names = [f"embedding_{number:02}" for number in range(points.shape[1])]
    return features.join(pd.DataFrame(points, index=features.index, columns=names))
