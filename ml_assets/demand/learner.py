"""What a contender for the demand forecast must offer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ml_assets.demand.config import DemandConfig
from ml_assets.demand.series import Past

Cube = npt.NDArray[np.float64]
"""(series, steps, levels): quantiles of the revenue of the coming steps."""


class FittedLearner(Protocol):
    """Own quantiles of one learner, before they are made conformal."""

    def quantiles(self, past: Past, grain: str) -> Cube:
        """Of every series of the past, rising from level to level, never below 0."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything needed into an existing folder, without pickle."""
        ...


@dataclass(frozen=True)
class Fit:
    """A learner after training."""

    model: FittedLearner
    params: Mapping[str, object]
    curve: tuple[Mapping[str, float], ...] = ()
    """Training curve: one mapping a step, keys `step` and losses by name."""


class Learner(Protocol):
    """A module that fits and loads; `name` tells apart the rules that one module holds."""

    def fit(self, name: str, past: Past, config: DemandConfig) -> Fit:
        """Learn from windows within the past."""
        ...

    def load(self, folder: Path) -> FittedLearner: ...
