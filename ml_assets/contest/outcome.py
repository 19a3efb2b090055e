"""What the registry must know of a contest, whatever it was about."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from matplotlib.figure import Figure

from ml_assets.contest.gate import Decision


class Subject(Protocol):
    """One experiment and one registered model of this name."""

    @property
    def name(self) -> str: ...

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

    def decision(self) -> Decision: ...
