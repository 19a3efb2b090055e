"""What a contender must offer. To add one: a module with these functions, and a line in `learners.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ml_assets.histories.panel import Panel
from ml_assets.histories.task import Amounts, Progress, Rows, Task


class FittedLearner(Protocol):
    """Point forecasts of one learner."""

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        """What is asked (spend, a chance) of these rows of the panel, by horizon; reads no column after `origin`."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything needed into an existing folder, without pickle."""
        ...


@dataclass(frozen=True)
class Fit:
    """A learner after training."""

    model: FittedLearner
    calibration_model: FittedLearner
    """The same learner fitted without the calibration customers; `model` itself where it never saw them."""
    params: Mapping[str, object]
    curve: Sequence[Mapping[str, float]] = field(default=())
    """Training curve: one mapping a step, keys `step` and losses by name."""


class Learner(Protocol):
    """A module that fits and loads."""

    def fit(self, task: Task[Any], on_progress: Progress) -> Fit: ...

    def load(self, folder: Path) -> FittedLearner: ...
