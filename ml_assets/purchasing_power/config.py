"""Everything about the contest that may be chosen. Results depend on these and the events alone."""

from dataclasses import dataclass, field

from ml_assets.boosting import Boosting
from ml_assets.contest.gate import Gate
from ml_assets.contest.question import ContestConfig as AnyContestConfig
from ml_assets.encoder.config import EncoderConfig


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


@dataclass(frozen=True, kw_only=True)
class ContestConfig(AnyContestConfig):
    """The defaults are what `lyra` runs."""

    horizons: tuple[int, ...] = (30, 90)
    contenders: tuple[str, ...] = ("rate", "mbg_nbd", "linear", "lightgbm", "encoder", "lightgbm_embedded")
    linear: LinearConfig = field(default_factory=LinearConfig)
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    gate: Gate = field(default_factory=lambda: Gate(primary_metric="mae_30", baseline="rate"))
