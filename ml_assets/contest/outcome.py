"""What the registry must know of a contest, whatever it was about."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from matplotlib.figure import Figure

from ml_assets.contest.gate import Decision


class Subject(Protocol):
    """One experiment and one registered model of this name."""

    @property
    def name(self) -> str: ...

    @property
    def purpose(self) -> str:
        """What it is for, in a sentence."""
        ...

    @property
    def shown_metrics(self) -> tuple[str, ...]:
        """For tables of people."""
        ...

    @property
    def requirements(self) -> Mapping[str, tuple[str, ...]]:
        """Packages that a saved learner needs."""
        ...

    @property
    def inputs(self) -> Mapping[str, str]:
        """Columns that a served model takes, with MLflow's types; "any" may be missing."""
        ...

    @property
    def outputs(self) -> Mapping[str, str]: ...

    @property
    def served_code(self) -> Path:
        """The module that MLflow runs when a version is loaded."""
        ...


class Saves(Protocol):
    def save(self, folder: Path) -> None: ...

    def predict(self, rows: pd.DataFrame, as_of: date, /) -> pd.DataFrame: ...


class Entry(Protocol):
    """One learner after the contest."""

    @property
    def learner(self) -> str: ...

    @property
    def model(self) -> Saves: ...

    @property
    def metrics(self) -> Mapping[str, float]: ...

    @property
    def params(self) -> Mapping[str, object]: ...

    @property
    def seconds(self) -> float: ...

    @property
    def curve(self) -> Sequence[Mapping[str, float]]:
        """Training curve: one mapping a step, keys `step` and losses by name."""
        ...

    def figures(self) -> Mapping[str, Figure]:
        """Pictures by file name."""
        ...


class Standing(Protocol):
    """The champion until now."""

    @property
    def learner(self) -> str: ...

    @property
    def model_version(self) -> int: ...

    @property
    def run_id(self) -> str: ...


class Outcome(Protocol):
    """Contenders in the order of the primary metric, best first, before the gate."""

    @property
    def question(self) -> Subject: ...

    @property
    def as_of(self) -> date: ...

    @property
    def config(self) -> Any:
        """A dataclass with a `gate`."""
        ...

    @property
    def digest(self) -> str: ...

    @property
    def contenders(self) -> Sequence[Entry]: ...

    @property
    def champion(self) -> Standing | None: ...

    @property
    def champion_metrics(self) -> Mapping[str, float] | None: ...

    def about(self) -> dict[str, Any]:
        """Facts of data and protocol, for every run."""
        ...

    @property
    def sample(self) -> pd.DataFrame:
        """A little of what the models take: a version must forecast the same from it in a clean process."""
        ...

    def decision(self, faults: Mapping[str, str] | None = None) -> Decision:
        """faults: by learner, what was found after measuring."""
        ...
