"""Who comes back: the contest's material with this contest's settings."""

import numpy as np
import pandas as pd

from ml_assets.histories.features import features_at
from ml_assets.histories.panel import Panel
from ml_assets.histories.task import Amounts, Progress, Rows
from ml_assets.histories.task import Task as AnyTask
from ml_assets.retention.config import ContestConfig

__all__ = ["Amounts", "Progress", "Rows", "Task", "inputs_at", "inputs_of", "returned"]

Task = AnyTask[ContestConfig]


def returned(panel: Panel, origin: int, horizon: int, rows: Rows) -> Amounts:
    """1 for a customer with a receipt in the `horizon` days after the origin, else 0."""
    ahead = panel.receipts[rows, origin + 1 : origin + 1 + horizon]
    return np.asarray((ahead > 0).any(axis=1), dtype=np.float64)


def inputs_at(panel: Panel, origin: int, rows: Rows, categories: tuple[str, ...]) -> pd.DataFrame:
    """What a table learner sees of rows of the panel at the end of column `origin`."""
    return inputs_of(features_at(panel, origin, rows, categories))


def inputs_of(features: pd.DataFrame) -> pd.DataFrame:
    """Without the sums of single months and of last year: they tell how much is spent, hardly whether at all."""
    return features.loc[:, ~features.columns.str.startswith(("month_", "last_year_"))]
