"""Who becomes champion: a pure decision on metrics, with thresholds as data (purchasing_power.config.Gate)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_assets.purchasing_power.config import Gate


@dataclass(frozen=True)
class Verdict:
    """`failures` is empty when this learner may become champion."""

    learner: str
    failures: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """`winner` is None when the standing champion is kept."""

    winner: str | None
    reason: str
    verdicts: tuple[Verdict, ...]


def decide(
    gate: Gate, metrics: Mapping[str, Mapping[str, float]], champion: Mapping[str, float] | None = None
) -> Decision:
    """Compare contenders (metrics by learner, the baseline among them) with baseline and standing champion.

    The baseline itself has nothing to beat; without any champion it is deployed even when its intervals miss, because
    a dashboard with the simplest model and its measured error is better than none.
    """
    verdicts = tuple(Verdict(learner, tuple(_failures(gate, learner, metrics, champion))) for learner in metrics)
    name = gate.primary_metric
    passed = sorted((v.learner for v in verdicts if not v.failures), key=lambda learner: metrics[learner][name])
    base = metrics[gate.baseline][name]
    if passed:
        best = passed[0]
        against = f"the baseline ({gate.baseline}) has {base:.2f}"
        if best == gate.baseline:
            against = "it is the baseline, and no other contender passed: " + _why(verdicts, gate.baseline)
        if champion:
            against += f", the champion until now {champion[name]:.2f}"
        return Decision(best, f"{best} has {name} {metrics[best][name]:.2f}; {against}.", verdicts)
    if champion:
        return Decision(None, f"The champion stays with {name} {champion[name]:.2f}: {_why(verdicts)}", verdicts)
    reason = f"{gate.baseline} has {name} {base:.2f}; no contender passed and there is no champion: {_why(verdicts)}"
    return Decision(gate.baseline, reason, verdicts)


def coverage_misses(gate: Gate, metrics: Mapping[str, float]) -> list[str]:
    """Horizons whose interval coverage is farther from nominal than the tolerance, as readable text."""
    misses = []
    for name, nominal in metrics.items():
        if name.startswith("coverage_nominal_"):
            horizon = name.removeprefix("coverage_nominal_")
            covered = metrics[f"coverage_{horizon}"]
            if abs(covered - nominal) > gate.coverage_tolerance:
                misses.append(
                    f"coverage_{horizon} is {covered:.3f} where {nominal:.3f} ± {gate.coverage_tolerance} is due"
                )
    return misses


def _failures(
    gate: Gate, learner: str, metrics: Mapping[str, Mapping[str, float]], champion: Mapping[str, float] | None
) -> Sequence[str]:
    name, own = gate.primary_metric, metrics[learner]
    failures = coverage_misses(gate, own)
    rivals = {} if learner == gate.baseline else {gate.baseline: metrics[gate.baseline][name]}
    if champion:
        rivals["the champion"] = champion[name]
    for rival, value in rivals.items():
        if own[name] > value * (1 - gate.margin):
            failures.append(f"{name} {own[name]:.2f} does not beat {rival} ({value:.2f}) by {gate.margin:.1%}")
    return failures


def _why(verdicts: Sequence[Verdict], *without: str) -> str:
    told = [f"{v.learner}: {', '.join(v.failures)}" for v in verdicts if v.failures and v.learner not in without]
    return "; ".join(told) or "nothing else was tried"
