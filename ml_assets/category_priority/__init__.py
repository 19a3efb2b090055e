"""In which categories a customer will buy in the next 30 days, the likeliest first."""

from ml_assets.category_priority.config import ContestConfig
from ml_assets.category_priority.contest import Contender, Contest, run_contest
from ml_assets.category_priority.model import LEARNERS, PRIORITY_COLUMNS, SUBJECT, RankingModel

__all__ = [
    "LEARNERS", "PRIORITY_COLUMNS", "SUBJECT", "Contender", "Contest", "ContestConfig", "RankingModel", "run_contest",
]  # fmt: skip
