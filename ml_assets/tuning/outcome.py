"""A tuning: what was tried on which data, one candidate after the other."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ml_assets.contest.gate import Vector
from ml_assets.tuning.grid import Parameters, configured, drawn, grid_of

Trial = Callable[[Any], tuple[Mapping[str, float], tuple[Mapping[str, float], ...], Vector]]
"""Configuration → metrics of all folds together, of each fold, and what each unit adds to the primary metric."""
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class TuningConfig:
    candidates: int = 8
    """With the parameters that stand, which are always tried first."""
    folds: int = 5
    seed: int = 20


@dataclass(frozen=True)
class Candidate:
    """Parameters by dotted name, and how they did."""

    parameters: Parameters
    config: Any
    """The contest's configuration with these."""
    metrics: Mapping[str, float]
    """Names as in a contest."""
    folds: tuple[Mapping[str, float], ...]
    losses: Vector


class Subject(Protocol):
    """A question of contests."""

    @property
    def name(self) -> str: ...

    @property
    def shown_metrics(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Tuning:
    """What a tuning is about; nothing is tried before `candidates` is walked through."""

    question: Subject
    learner: str
    config: Any
    options: TuningConfig
    digest: str
    """Of the days that are looked at."""
    facts: Mapping[str, Any]
    trial: Trial

    def candidates(self, on_progress: Progress = lambda line: None) -> Iterator[Candidate]:
        """One after the other, the parameters that stand first. Raises BadInput without a grid."""
        options, primary = self.options, self.config.gate.primary_metric
        grid = grid_of(self.question.name, self.learner)
        tried = drawn(grid, self.config, options.candidates, options.seed)
        for number, parameters in enumerate(tried, 1):
            config = configured(self.config, parameters)
            metrics, folds, losses = self.trial(config)
            on_progress(f"candidate {number} of {len(tried)}: {primary} {metrics[primary]:.5g}, {told(parameters)}")
            yield Candidate(parameters, config, metrics, folds, losses)

    def about(self) -> dict[str, Any]:
        """Facts of data and protocol, for every run."""
        return {**self.facts, "data_digest": self.digest, "folds": self.options.folds}


def told(parameters: Parameters) -> str:
    return ", ".join(f"{name.rpartition('.')[2]} {value:g}" for name, value in parameters.items())
