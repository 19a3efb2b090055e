"""A version must forecast in a process that shares nothing with the one that trained it, as it did there."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180
TOLERANCE = 1e-3
"""Of single precision in another order of adding up; a cent beside it, which forecasts are rounded to."""


def fault_elsewhere(name: str, version: int, sample: pd.DataFrame, as_of: date, expected: pd.DataFrame) -> str | None:
    """None, or what is wrong with a registered version: it does not load, or forecasts other than `expected`."""
    with TemporaryDirectory() as folder:
        given, found = Path(folder) / "sample.parquet", Path(folder) / "forecast.parquet"
        sample.to_parquet(given)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
            "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        }
        command = [sys.executable, "-m", __name__, f"models:/{name}/{version}", str(given), str(as_of), str(found)]
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"it does not load in a clean process within {SECONDS} s"
        if done.returncode:
            return f"it does not load in a clean process: {(done.stderr.strip().splitlines() or ['no word'])[-1][:300]}"
        return _difference(expected, pd.read_parquet(found))


def _difference(expected: pd.DataFrame, found: pd.DataFrame) -> str | None:
    if len(expected) != len(found):
        return f"in a clean process it forecasts {len(found)} rows instead of {len(expected)}"
    for column in expected.columns.intersection(found.columns):
        here, there = expected[column], found[column]
        if is_float_dtype(here):
            is_same = np.allclose(here, there, rtol=TOLERANCE, atol=0.011, equal_nan=True)
        else:
            is_same = here.astype(str).tolist() == there.astype(str).tolist()
        if not is_same:
            return f"in a clean process it forecasts another {column}"
    return None


def main(model: str, given: str, as_of: str, found: str) -> None:
    forecast = mlflow.pyfunc.load_model(model).predict(pd.read_parquet(given), params={"as_of": as_of})
    forecast.to_parquet(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
