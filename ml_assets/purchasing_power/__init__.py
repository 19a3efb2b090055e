"""What a customer will spend in the next 30 and 90 days."""

from ml_assets.contest.question import Question
from ml_assets.histories.task import spend_ahead
from ml_assets.purchasing_power.calibration import Calibration
from ml_assets.purchasing_power.config import ContestConfig
from ml_assets.purchasing_power.evaluation import absolute_errors, evaluate
from ml_assets.purchasing_power.learners import LEARNERS
from ml_assets.purchasing_power.plots import charts

__all__ = ["QUESTION", "ContestConfig"]

QUESTION = Question(
    name="purchasing-power",
    purpose="what a customer will spend by card in the next 30 and 90 days, summed over a merchant's customers.",
    columns=("expected_amount", "p10_amount", "p50_amount", "p90_amount"),
    decimals=2,
    learners=LEARNERS,
    outcome=spend_ahead,
    calibrate=Calibration.fit,
    load_calibration=Calibration.from_dict,
    evaluate=evaluate,
    charts=charts,
    losses=absolute_errors,
    shown_metrics=("mae_30", "wape_30", "gini_30", "coverage_30", "mae_90", "gini_90"),
    requirements={
        "rate": ("numpy", "pandas"),
        "mbg_nbd": ("numpy", "pandas", "scipy"),
        "linear": ("numpy", "pandas", "scikit-learn", "skops"),
        "lightgbm": ("numpy", "pandas", "lightgbm"),
        "encoder": ("numpy", "pandas", "scipy", "keras", "tensorflow-cpu"),
        "lightgbm_embedded": ("numpy", "pandas", "scipy", "lightgbm", "keras", "tensorflow-cpu"),
    },
)
