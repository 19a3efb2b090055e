"""Everything about the contest that may be chosen. Results depend on these and the events alone."""

from dataclasses import dataclass, field

from ml_assets.boosting import Boosting
from ml_assets.contest.gate import Gate
from ml_assets.contest.question import ContestConfig as AnyContestConfig


@dataclass(frozen=True)
class LinearConfig:
    """Ridge regression of the square root of spend on log features."""

    penalty: float = 30.0


@dataclass(frozen=True, kw_only=True)
class BoostingConfig(Boosting):
    """LightGBM. Chosen by cross-validation over customers on training origins only (docs/models.md)."""

    trees: int = 400
    patience: int = 40
    learning_rate: float = 0.03
    leaves: int = 24
    rows_per_leaf: int = 100
    feature_share: float = 0.3
    row_share: float = 0.7
    tweedie_power: float = 1.5


@dataclass(frozen=True)
class EncoderConfig:
    """Keras sequence encoder: a GRU over visits, a zero-inflated lognormal head after each visit."""

    visits: int = 64
    units: int = 48
    batch_size: int = 128
    learning_rate: float = 3e-3
    epochs_at_most: int = 16
    sequences_at_most: int = 40_000
    """Sequences over all epochs: this bounds the time. 40,000 sequences of 64 visits take about 25 s on 2 cores."""
    sigma_range: tuple[float, float] = (0.1, 2.0)
    """The mean of a lognormal grows with exp(sigma² / 2): unclamped, one customer outweighs the bank."""


@dataclass(frozen=True, kw_only=True)
class ContestConfig(AnyContestConfig):
    """The defaults are what `lyra` runs."""

    horizons: tuple[int, ...] = (30, 90)
    contenders: tuple[str, ...] = ("rate", "mbg_nbd", "linear", "lightgbm", "encoder")
    linear: LinearConfig = field(default_factory=LinearConfig)
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    gate: Gate = field(default_factory=lambda: Gate(primary_metric="mae_30", baseline="rate"))
