"""What a customer will spend in the next 30 and 90 days: contenders, contest, scoring."""

from ml_assets.histories.snapshot import EVENT_COLUMNS, Snapshot, read_snapshot
from ml_assets.purchasing_power.config import ContestConfig
from ml_assets.purchasing_power.contest import Contender, Contest, run_contest
from ml_assets.purchasing_power.scoring import SCORE_COLUMNS, ScoringModel

__all__ = [
    "EVENT_COLUMNS", "SCORE_COLUMNS", "Contender", "Contest", "ContestConfig", "ScoringModel", "Snapshot",
    "read_snapshot", "run_contest",
]  # fmt: skip
