"""In which categories a customer will buy in the next 30 days, the likeliest first."""

from ml_assets.category_priority.config import ContestConfig
from ml_assets.category_priority.contest import Contender, Contest, RankingModel, run_contest

__all__ = ["Contender", "Contest", "ContestConfig", "RankingModel", "run_contest"]
