"""Contenders for one question on the same later days: contest, gate, registry, scoring."""

from ml_assets.contest.gate import Decision, Gate, decide
from ml_assets.contest.learner import Fit, FittedLearner, Learner
from ml_assets.contest.question import Calibration, Measured, Question
from ml_assets.contest.run import Contender, Contest, run_contest
from ml_assets.contest.scoring import ScoringModel

__all__ = [
    "Calibration", "Contender", "Contest", "Decision", "Fit", "FittedLearner", "Gate", "Learner", "Measured",
    "Question", "ScoringModel", "decide", "run_contest",
]  # fmt: skip
