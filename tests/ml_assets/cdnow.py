"""CDNOW, the data set that probability models are checked on: 2,357 customers' purchases of music, 1997 to 1998."""

import pandas as pd
import pytest

from ml_assets.bench import cdnow_purchases

CALIBRATION_END = pd.Timestamp("1997-09-30")
HOLDOUT_END = pd.Timestamp("1998-06-30")


def purchases() -> pd.DataFrame:
    try:
        return cdnow_purchases()
    except ModuleNotFoundError as missing:
        pytest.skip(str(missing))
