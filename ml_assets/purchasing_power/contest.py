"""All contenders on one out-of-time split."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from ml_assets.purchasing_power.scoring import ScoringModel


@dataclass(frozen=True)
class ContestConfig:
    """What may be chosen. The defaults are what `lyra` runs."""

    horizons: tuple[int, ...] = (30, 90)
    contenders: tuple[str, ...] = ("rate", "linear", "lightgbm", "encoder")
    threads: int = 2
    seed: int = 20


@dataclass(frozen=True)
class Contender:
    """One learner after the contest."""

    learner: str
    model: ScoringModel
    metrics: Mapping[str, float]
    """mae_30, wape_30, spearman_30, gini_30, bias_decile_01_30 … bias_decile_10_30, coverage_30, pinball_30, *_90."""
    params: Mapping[str, object]
    seconds: float


@dataclass(frozen=True)
class Contest:
    """Outcome: `ranking` is best first by the primary metric, before the gate."""

    as_of: date
    config: ContestConfig
    digest: str
    contenders: tuple[Contender, ...]
    champion_metrics: Mapping[str, float] | None = field(default=None)
    """The standing champion measured on the same split; None without one."""


def run_contest(
    events: pd.DataFrame,
    as_of: date,
    config: ContestConfig | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
    champion: ScoringModel | None = None,
) -> Contest:
    """Fit every contender on the past, measure each on the last 30 (90) days up to as_of.

    events: Snapshot.events. on_progress gets a readable line a step ("encoder: epoch 3 of 12, loss 4.81, 9 s").
    champion: the standing champion, measured on the same split (its training never saw the held-out window because
    it was itself fitted before its own held-out window).
    Raises BadInput, HistoryTooShort.
    """
    raise NotImplementedError
