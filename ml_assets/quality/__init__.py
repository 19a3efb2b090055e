"""Forecasts against the truth that has come since: figures, drift, and whether a model can still be trusted."""

from ml_assets.quality.drift import drift
from ml_assets.quality.health import LIMITS, Health, Limits, health_of
from ml_assets.quality.scores import score_categories, score_demand, score_returns, score_spend

__all__ = [
    "LIMITS", "Health", "Limits", "drift", "health_of", "score_categories", "score_demand", "score_returns",
    "score_spend",
]  # fmt: skip
