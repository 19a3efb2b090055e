"""Whether a model in charge can still be trusted: a pure rule on figures, its limits as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Limits:
    """When a model needs attention."""

    metric: str
    """The error that counts, less is better."""
    horizon_code: str
    growth: float = 0.25
    """By which share the error may exceed the one that the model was deployed with."""
    coverage_tolerance: float = 0.05
    calibration_error: float = 0.05
    psi: float = 0.25
    """Above it a distribution counts as moved (Siddiqi 2006)."""
    windows: int = 3
    """Past forecasts that count as recent."""

    @property
    def deployed_metric(self) -> str:
        """The same error among the figures of a deployment."""
        return f"{self.metric}_{self.horizon_code}"


LIMITS: Mapping[str, Limits] = {
    "purchasing-power": Limits("wape", "30"),
    "retention": Limits("brier", "30"),
    "demand": Limits("wape", "day"),
    "category-priority": Limits("brier", "30"),
}


@dataclass(frozen=True)
class Health:
    """`status`: waiting (no truth yet), stable, attention, degraded. `reason_code` names what decided."""

    status: str
    reason_code: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def health_of(
    limits: Limits,
    deployed: Mapping[str, float],
    scores: Sequence[Mapping[str, float]],
    moved: Mapping[str, float],
) -> Health:
    """deployed: figures of the contest, horizon as suffix. scores: figures of past forecasts at limits.horizon_code,
    oldest first. moved: the newest PSI by name.

    Degraded: the latest forecast and the recent ones together fail. A forecast fails whose error has grown too much, or
    is above that of the simplest forecast on the same truth. One failure alone, a broken promise (coverage,
    calibration) and moved inputs or forecasts need attention: they are no proof.
    """
    recent = list(scores)[-limits.windows :]
    bound = _bound(limits, deployed)
    if recent:
        latest = recent[-1]
        told = {"metric": limits.metric, "horizon": limits.horizon_code, "error": latest[limits.metric]}
        told |= {"deployed": deployed[limits.deployed_metric]} if limits.deployed_metric in deployed else {}
        told |= {"windows": len(recent)}
        if _fails(limits, latest, bound):
            mean = {
                name: sum(score[name] for score in recent) / len(recent)
                for name in (limits.metric, f"baseline_{limits.metric}")
                if all(name in score for score in recent)
            }
            if len(recent) > 1 and _fails(limits, mean, bound):
                return Health("degraded", "errors_grew", told | {"mean_error": mean[limits.metric]})
            return Health("attention", "last_error_grew", told)
        if abs(latest.get("coverage", 0) - latest.get("coverage_nominal", 0)) > limits.coverage_tolerance:
            covered = {"coverage": latest["coverage"], "promised": latest["coverage_nominal"]}
            return Health("attention", "interval_misses", told | covered)
        if latest.get("ece", 0) > limits.calibration_error:
            return Health("attention", "probability_misses", told | {"calibration_error": latest["ece"]})
    worst = max(moved, key=lambda name: moved[name], default=None)
    if worst is not None and moved[worst] > limits.psi:
        return Health("attention", "distribution_moved", {"name": worst, "psi": moved[worst]})
    return Health("stable", "errors_as_deployed", told) if recent else Health("waiting", "no_truth_yet")


def _bound(limits: Limits, deployed: Mapping[str, float]) -> float:
    known = deployed.get(limits.deployed_metric)
    return float("inf") if known is None else known * (1 + limits.growth)


def _fails(limits: Limits, score: Mapping[str, float], bound: float) -> bool:
    error = score[limits.metric]
    return error > bound or error > score.get(f"baseline_{limits.metric}", float("inf"))
