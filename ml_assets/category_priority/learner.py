"""What a contender for the ranking of categories must offer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ml_assets.category_priority.config import ContestConfig
from ml_assets.category_priority.crowd import Crowd
from ml_assets.category_priority.history import History, Matrix, Rows


class FittedRanker(Protocol):
    """Scores of categories: a higher one comes first. Reads no day after `origin`, and of others than `rows` the crowd
    only: a score does not depend on who else is asked about."""

    def scores(self, history: History, origin: int, rows: Rows, crowd: Crowd) -> Matrix: ...

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True)
class Fit:
    """A ranker after training, which saw neither a day after its origin nor a calibration customer's outcome."""

    model: FittedRanker
    params: Mapping[str, object]
    curve: Sequence[Mapping[str, float]] = field(default=())


@dataclass(frozen=True)
class Learner:
    """A way to fit, and to load what was saved."""

    fit: Callable[[History, int, ContestConfig], Fit]
    load: Callable[[Path], FittedRanker]
