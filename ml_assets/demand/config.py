"""Everything about the demand contest that may be chosen."""

from dataclasses import dataclass, field

from ml_assets.boosting import Boosting
from ml_assets.contest.gate import Gate

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Quantiles of every forecast, rising."""
GRAINS = {"day": 1, "week": 7}
"""Days of one step of the forecast."""


@dataclass(frozen=True, kw_only=True)
class BoostingConfig(Boosting):
    """LightGBM's quantile boosters, one a level and grain."""

    trees: int = 120
    learning_rate: float = 0.08
    leaves: int = 24
    rows_per_leaf: int = 100
    feature_share: float = 0.5
    row_share: float = 0.7


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """The Keras network. Epochs and size of a batch were compared on windows before all held-out ones."""

    layers: int = 2
    units: int = 64
    dropout: float = 0.1
    epochs: int = 3
    batch_size: int = 1024
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    rows_at_most: int = 80_000
    """Of each grain; this and the epochs bound the time."""


@dataclass(frozen=True, kw_only=True)
class DemandConfig:
    """The defaults are what `lyra` runs."""

    horizon_days: int = 28
    weeks: int = 26
    """Weeks that a forecast looks back; fewer where a series is younger."""
    least_days: int = 7
    """A younger series is not forecast; one under four weeks borrows its weekdays from its category."""
    test_origins: int = 3
    """Windows of `horizon_days`, one behind the other, that the contest is measured on; fewer in a short history."""
    calibration_origins: int = 4
    training_origins: int = 20
    step: int = 14
    """Days between two origins of calibration or training."""
    own_weight: float = 4.0
    """How many typical errors each series' own mean error is mixed with."""
    rows_at_most: int = 120_000
    """Series × origin × step that a booster learns from; more are sampled."""
    country: str | None = "RU"
    """Whose public holidays count (ISO 3166, as the package `holidays` knows them); None: nobody's."""
    threads: int = 2
    seed: int = 1
    contenders: tuple[str, ...] = ("weekday_median", "seasonal_naive", "lightgbm", "quantile_network")
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    gate: Gate = field(default_factory=lambda: Gate(primary_metric="wape_day", baseline="weekday_median"))

    @property
    def unlearnt_days(self) -> int:
        """The newest days, which no learner learns from: they make the intervals."""
        return self.horizon_days + self.step * (self.calibration_origins - 1)
