"""Everything about the contest that may be chosen."""

from dataclasses import dataclass, field

from ml_assets.boosting import Boosting
from ml_assets.contest.gate import Gate
from ml_assets.contest.question import ContestConfig as AnyContestConfig
from ml_assets.encoder.config import EncoderConfig


@dataclass(frozen=True)
class LogisticConfig:
    """scikit-learn's logistic regression on log features."""

    inverse_penalty: float = 0.02


@dataclass(frozen=True, kw_only=True)
class BoostingConfig(Boosting):
    """LightGBM, binary. Chosen by cross-validation over customers on training origins only (docs/models.md)."""

    trees: int = 500
    patience: int = 40
    learning_rate: float = 0.03
    leaves: int = 15
    rows_per_leaf: int = 100
    feature_share: float = 0.3
    row_share: float = 0.7


@dataclass(frozen=True, kw_only=True)
class ContestConfig(AnyContestConfig):
    """The defaults are what `lyra` runs."""

    horizons: tuple[int, ...] = (30, 60, 90)
    contenders: tuple[str, ...] = ("recency", "logistic", "lightgbm", "blend", "encoder")
    logistic: LogisticConfig = field(default_factory=LogisticConfig)
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    encoder: EncoderConfig = field(default_factory=lambda: EncoderConfig(spend_weight=0.1, return_weight=1.0))
    gate: Gate = field(
        default_factory=lambda: Gate(primary_metric="brier_30", baseline="recency", calibration_error_at_most=0.03)
    )
