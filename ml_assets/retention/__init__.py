"""Whether a customer comes back within 30, 60, 90 days."""

from ml_assets.contest.question import Question
from ml_assets.retention import blend, boosting, encoder, logistic, recency
from ml_assets.retention.calibration import Calibration
from ml_assets.retention.config import ContestConfig
from ml_assets.retention.evaluation import evaluate, squared_errors
from ml_assets.retention.plots import charts
from ml_assets.retention.task import returned
from ml_assets.retention.units import VISIT_COLUMNS, unit_numbers, units_of

__all__ = ["QUESTION", "VISIT_COLUMNS", "ContestConfig", "unit_numbers", "units_of"]

QUESTION = Question(
    name="retention",
    purpose="how likely a merchant's customer is to return to it within 30, 60 and 90 days.",
    columns=("return_probability",),
    decimals=4,
    learners={"recency": recency, "logistic": logistic, "lightgbm": boosting, "blend": blend, "encoder": encoder},
    outcome=returned,
    calibrate=Calibration.fit,
    load_calibration=Calibration.from_dict,
    evaluate=evaluate,
    charts=charts,
    losses=squared_errors,
    shown_metrics=("auroc_30", "ap_30", "brier_30", "ece_30", "auroc_90", "brier_90"),
    requirements={
        "recency": ("numpy", "pandas"),
        "logistic": ("numpy", "pandas", "scikit-learn", "skops"),
        "lightgbm": ("numpy", "pandas", "lightgbm"),
        "blend": ("numpy", "pandas", "scipy", "scikit-learn", "skops", "lightgbm"),
        "encoder": ("numpy", "pandas", "scipy", "keras", "tensorflow-cpu"),
    },
)
