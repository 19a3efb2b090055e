"""The contest's material with this contest's settings: see `ml_assets/histories/task.py`."""

from ml_assets.histories.task import CALIBRATION_ORIGINS, Amounts, Progress, Rows
from ml_assets.histories.task import Task as AnyTask
from ml_assets.purchasing_power.config import ContestConfig

__all__ = ["CALIBRATION_ORIGINS", "Amounts", "Progress", "Rows", "Task"]

Task = AnyTask[ContestConfig]
