"""What a table learner sees of a customer: the common features, without those of the gaps between visits."""

import pandas as pd

from ml_assets.histories.features import GAPS, features_at
from ml_assets.histories.panel import Panel
from ml_assets.histories.task import Rows


def inputs_at(panel: Panel, origin: int, rows: Rows, categories: tuple[str, ...]) -> pd.DataFrame:
    """One float32 row per customer at the end of column `origin`."""
    return inputs_of(features_at(panel, origin, rows, categories))


def inputs_of(features: pd.DataFrame) -> pd.DataFrame:
    return features.drop(columns=list(GAPS))
