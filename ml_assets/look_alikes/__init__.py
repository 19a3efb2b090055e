"""How many of the bank's customers resemble the best ones of a merchant: what they are compared by, and who counts."""

from ml_assets.look_alikes.audience import Audience, AudienceConfig, best_of, counts_of, find_audience, resemblance
from ml_assets.look_alikes.population import Population, population_of

__all__ = [
    "Audience", "AudienceConfig", "Population", "best_of", "counts_of", "find_audience", "population_of", "resemblance",
]  # fmt: skip
