"""Everything about the contest that may be chosen."""

from dataclasses import dataclass, field

from ml_assets.boosting import Boosting
from ml_assets.contest.gate import Gate
from ml_assets.encoder.config import EncoderConfig


@dataclass(frozen=True)
class NeighboursConfig:
    """User-wise popularity and neighbours (UP-CF, Faggioli et al. 2020, "Recency Aware Collaborative Filtering")."""

    recent_days: int = 180
    neighbours: int = 100
    own_share: float = 0.85
    """Weight of the customer's own frequency; the rest is the neighbours'."""
    pool_at_most: int = 6_000
    """Neighbours are looked for among so many customers, a fair draw: time grows with the customers, not its square."""


@dataclass(frozen=True, kw_only=True)
class BoostingConfig(Boosting):
    """LightGBM on pairs of customer and category: whether he will buy there."""

    trees: int = 400
    patience: int = 30
    learning_rate: float = 0.05
    leaves: int = 31
    rows_per_leaf: int = 200
    feature_share: float = 0.6
    row_share: float = 0.7
    pairs_at_most: int = 400_000
    origins: int = 3
    origin_step: int = 30


@dataclass(frozen=True)
class ContestConfig:
    """The defaults are what `lyra` runs."""

    horizon: int = 30
    contenders: tuple[str, ...] = ("popularity", "personal_frequency", "neighbours", "lightgbm")
    """The encoder takes part where it is named: it learns longer than all others together, and comes second."""
    test_origins: int = 3
    """Windows that a contender is measured on (rolling origin, fitted once); fewer where the history is short."""
    test_step: int = 7
    measured_at_most: int = 5_000
    """Customers measured in each window: a fair draw above it."""
    calibration_origins: int = 3
    active_days: int = 90
    """A customer is asked about with a receipt in so many days up to as_of."""
    top: int = 10
    """So many categories are always kept of a customer's prediction, the likeliest first."""
    least_probability: float = 0.01
    """Further categories are kept from this probability on; the others have one probability for all customers."""
    fillers: int = 20
    """Popular categories that are candidates for everybody, besides those that a customer knows."""
    neighbours: NeighboursConfig = field(default_factory=NeighboursConfig)
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    encoder: EncoderConfig = field(
        default_factory=lambda: EncoderConfig(spend_weight=0.1, return_weight=0.1, category_weight=0.3)
    )
    gate: Gate = field(
        default_factory=lambda: Gate(
            primary_metric="ndcg_10",
            baseline="personal_frequency",
            margin=0.002,
            calibration_error_at_most=0.03,
            more_is_better=True,
        )
    )
    threads: int = 2
    seed: int = 20
