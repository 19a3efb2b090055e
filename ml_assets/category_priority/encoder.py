"""The Keras contender: the category head of the encoder (`ml_assets/encoder`)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.category_priority.config import ContestConfig
from ml_assets.category_priority.crowd import Crowd
from ml_assets.category_priority.evaluation import evaluate
from ml_assets.category_priority.history import History, Matrix, Rows
from ml_assets.category_priority.learner import Fit
from ml_assets.encoder import Encoder, train
from ml_assets.histories.config import HistoryConfig
from ml_assets.histories.panel import Panel
from ml_assets.histories.split import CALIBRATION_GROUP, Split
from ml_assets.histories.task import Task


@dataclass(frozen=True)
class EncoderModel:
    encoder: Encoder

    def scores(self, history: History, origin: int, rows: Rows, crowd: Crowd) -> Matrix:
        """Chance to buy within the horizon."""
        return self.encoder.next_categories(panel_of_rows(history, rows), origin, np.arange(len(rows)))

    def save(self, folder: Path) -> None:
        self.encoder.save(folder)


def fit(history: History, origin: int, config: ContestConfig) -> Fit:
    """On origins that lie a horizon and more before `origin`, without the calibration customers."""
    task = _task(history, origin, config)
    trained = train(task, config.encoder, lambda encoder, known: _error(encoder, known, config), _say_nothing)
    return Fit(EncoderModel(trained.encoder), trained.params, trained.curve)


def load(folder: Path) -> EncoderModel:
    return EncoderModel(Encoder.load(folder))


def panel_of_rows(history: History, rows: Rows) -> Panel:
    """The purchases of these rows (ascending) in known categories."""
    kept = np.isin(history.row, rows)
    row, day, amount = np.searchsorted(rows, history.row[kept]), history.day[kept], history.amount[kept]
    columns = {"row": row, "day": day, "category": history.column[kept], "amount": amount, "receipts": 1.0}
    shape = (len(rows), history.days)
    spend, receipts = (
        np.bincount(row * history.days + day, weights=weights, minlength=shape[0] * shape[1]).reshape(shape)
        for weights in (amount, np.ones(len(row)))
    )
    events = pd.DataFrame(columns).sort_values(["row", "day", "category"], ignore_index=True)
    return Panel(
        history.customer_ids[rows], history.first_day, spend.astype(np.float32), receipts.astype(np.float32), events
    )


def _task(history: History, origin: int, config: ContestConfig) -> Task[HistoryConfig]:
    rows = np.unique(history.row[history.day <= origin])
    if len(rows) > config.encoder.sequences_at_most:
        random = np.random.default_rng(config.seed)
        rows = np.sort(random.choice(rows, config.encoder.sequences_at_most, replace=False))
    newest = max(origin - config.horizon, 0)
    oldest = min(config.horizon, newest)
    split = Split(config.horizon, "time", (origin,), (newest, oldest))
    settings = HistoryConfig(active_days=config.active_days, threads=config.threads, seed=config.seed)
    return Task(panel_of_rows(history, rows), {config.horizon: split}, history.categories, settings)


def _error(encoder: Encoder, task: Task[HistoryConfig], config: ContestConfig) -> float:
    """What is missing to an NDCG of 1, of the calibration customers at the newest training origin."""
    newest = task.splits[config.horizon].train_origins[0]
    rows = task.active(newest, (CALIBRATION_GROUP,))
    events = task.panel.events
    ahead = events.loc[events["day"].between(newest + 1, newest + config.horizon)]
    bought = np.zeros((len(task.panel.customer_ids), len(task.categories)), np.float32)
    bought[ahead["row"], ahead["category"]] = 1
    if not bought[rows].any():
        return 1.0
    return (
        1 - evaluate(bought[rows], encoder.next_categories(task.panel, newest, rows), config.top)[f"ndcg_{config.top}"]
    )


def _say_nothing(line: str) -> None:
    """The rankers tell their figures only."""
