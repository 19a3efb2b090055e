"""CDNOW, the data set that probability models are checked on: 2,357 customers' purchases of music, 1997 to 1998."""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

CALIBRATION_END = pd.Timestamp("1997-09-30")
HOLDOUT_END = pd.Timestamp("1998-06-30")


def purchases() -> pd.DataFrame:
    """customer_id, business_date, amount of the published 1/10 sample."""
    found = find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        pytest.skip("lifetimes is not installed")
    path = Path(found.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    lines = pd.read_csv(path, sep=r"\s+", header=None, names=["master_id", "customer_id", "day", "discs", "amount"])
    return lines.assign(business_date=pd.to_datetime(lines["day"], format="%Y%m%d"))[
        ["customer_id", "business_date", "amount"]
    ]
