"""What a contest is about: one question to the customers' histories, and everything that belongs to its answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from ml_assets.contest.gate import Gate
from ml_assets.contest.learner import Learner
from ml_assets.histories.config import HistoryConfig
from ml_assets.histories.panel import Panel
from ml_assets.histories.snapshot import EVENT_COLUMNS
from ml_assets.histories.task import Rows

Vector = npt.NDArray[np.float64]


class Calibration(Protocol):
    """From any learner's own forecast to the columns of the prediction: the same layer for all learners."""

    def columns(self, own: Vector) -> dict[str, Vector]:
        """Question.columns, in this order."""
        ...

    def as_dict(self) -> dict[str, object]: ...


@dataclass(frozen=True)
class Measured:
    """Held-out customers of one horizon: their truths, the learner's own forecasts, the calibrated columns."""

    truth: Vector
    own: Vector
    columns: Mapping[str, Vector]
    unit: npt.NDArray[np.int64]
    """Row of the panel: a customer is measured at each origin at which he is active."""
    origin: npt.NDArray[np.int64]
    """0 for the newest window, 1 for the one before."""

    def where(self, kept: npt.NDArray[np.bool_ | np.int64]) -> "Measured":
        columns = {name: values[kept] for name, values in self.columns.items()}
        return Measured(self.truth[kept], self.own[kept], columns, self.unit[kept], self.origin[kept])

    @classmethod
    def together(cls, parts: Sequence["Measured"]) -> "Measured":
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
        return cls(
            np.concatenate([part.truth for part in parts]),
            np.concatenate([part.own for part in parts]),
            columns,
            np.concatenate([part.unit for part in parts]),
            np.concatenate([part.origin for part in parts]),
        )


@dataclass(frozen=True, kw_only=True)
class ContestConfig(HistoryConfig):
    """What every contest may choose."""

    horizons: tuple[int, ...]
    contenders: tuple[str, ...]
    gate: Gate
    demographics: bool = False
    """Whether age band and gender are features; where they are not, the error is told by them all the same."""


@dataclass(frozen=True)
class Question:
    """One experiment and one registered model of this name."""

    name: str
    purpose: str
    """What it is for, in a sentence."""
    columns: tuple[str, ...]
    """Columns of the prediction."""
    decimals: int
    """Digits behind the point that a prediction keeps."""
    learners: Mapping[str, Learner]
    outcome: Callable[[Panel, int, int, Rows], Vector]
    """(panel, origin, horizon in days, rows) -> the truth."""
    calibrate: Callable[[Vector, Vector], Calibration]
    """(own forecasts, truths) of customers that no learner trained on."""
    load_calibration: Callable[[Mapping[str, Any]], Calibration]
    evaluate: Callable[[Measured, int], dict[str, float]]
    """Metrics with the horizon as suffix."""
    charts: Callable[[Mapping[int, Measured]], dict[str, Figure]]
    """Pictures of a run by file name."""
    shown_metrics: tuple[str, ...]
    """For tables of people."""
    requirements: Mapping[str, tuple[str, ...]]
    """Packages that a saved learner needs."""
    losses: Callable[[Measured], Vector]
    """What each held-out customer adds to the primary metric, up to a factor."""

    @property
    def inputs(self) -> Mapping[str, str]:
        """Columns that a served model takes, with MLflow's types."""
        kinds = ("datetime", "long", "string", "double", "long")
        return dict(zip(EVENT_COLUMNS, kinds, strict=True))

    @property
    def outputs(self) -> Mapping[str, str]:
        return {"horizon_days": "long", "customer_id": "long", **dict.fromkeys(self.columns, "double")}

    @property
    def served_code(self) -> Path:
        return Path(__file__).with_name("served_model.py")
