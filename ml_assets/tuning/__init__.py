"""Which parameters a learner should have, found on training windows alone.

tuning = tune_customers(question, "lightgbm", events, as_of, config, TuningConfig(candidates=8))
best = log_tuning(tuning, tags)                  # a run for the tuning, a nested one for each candidate
config = configured(config, best.parameters)     # what a contest then takes
"""

from ml_assets.tuning.customers import tune_customers
from ml_assets.tuning.grid import GRIDS, configured, grid_of
from ml_assets.tuning.outcome import Candidate, Tuning, TuningConfig
from ml_assets.tuning.registry import Tuned, log_tuning
from ml_assets.tuning.series import tune_demand

__all__ = [
    "GRIDS", "Candidate", "Tuned", "Tuning", "TuningConfig", "configured", "grid_of", "log_tuning",
    "tune_customers", "tune_demand",
]  # fmt: skip
