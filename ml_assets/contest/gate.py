"""Who becomes champion: a pure decision on metrics, with thresholds as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import ttest_rel

Vector = npt.NDArray[np.float64]
THE_CHAMPION = "the champion"
"""Key of the standing champion's losses."""


@dataclass(frozen=True)
class Gate:
    """When a contender may become champion."""

    primary_metric: str
    baseline: str
    margin: float = 0.005
    """A contender must beat baseline and standing champion by this share of their primary metric."""
    coverage_tolerance: float = 0.03
    """Largest distance of a 10–90 % interval's coverage from its nominal coverage, at every horizon."""
    calibration_error_at_most: float = 1.0
    """Of probabilities, at every horizon (expected calibration error)."""
    more_is_better: bool = False
    """Whether a larger primary metric is the better one."""
    significance: float = 0.05
    """A contender's losses must be below a rival's by more than chance: largest p-value of the test in pairs."""
    part_tolerance: float = 0.02
    """By which share the primary metric may be worse than the baseline's on a part of what is measured: the smallest
    merchants (metric …_smallest), one of the windows (…_origin_1, the newest, and so on)."""

    def beats(self, own: float, rival: float) -> bool:
        """By the margin."""
        if self.more_is_better:
            return own >= rival * (1 + self.margin)
        return own <= rival * (1 - self.margin)

    def rank(self, value: float) -> float:
        """Key that sorts the best first."""
        return -value if self.more_is_better else value


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
    is_sound: bool
    """Whether who is in charge now passed every condition, or as the champion of before still keeps its promises."""


def figure(value: float) -> str:
    """Four digits for a person, thousands parted."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def decide(
    gate: Gate,
    metrics: Mapping[str, Mapping[str, float]],
    champion: Mapping[str, float] | None = None,
    losses: Mapping[str, Vector] | None = None,
    renewed: str | None = None,
    faults: Mapping[str, str] | None = None,
) -> Decision:
    """Compare contenders (metrics by learner, the baseline among them) with baseline and standing champion.

    losses: by learner, and of THE_CHAMPION: what each unit that was measured (a customer, a series) adds to the primary
    metric, in the same order; without them nothing is tested in pairs. renewed: a contender that is the champion's
    learner fitted anew; it need not beat what it was. faults: what else is wrong, by learner.
    The baseline itself has nothing to beat; without any champion it is deployed even when its intervals miss, because
    a dashboard with the simplest model and its measured error is better than none.
    """
    verdicts = tuple(
        Verdict(
            learner,
            (
                *_failures(gate, learner, metrics, None if learner == renewed else champion, losses or {}),
                *((faults[learner],) if faults and learner in faults else ()),
            ),
        )
        for learner in metrics
    )
    name = gate.primary_metric
    passed = sorted(
        (v.learner for v in verdicts if not v.failures), key=lambda learner: gate.rank(metrics[learner][name])
    )
    base = metrics[gate.baseline][name]
    if passed:
        best = passed[0]
        against = f"the baseline ({gate.baseline}) has {figure(base)}"
        if best == gate.baseline:
            against = "it is the baseline, and no other contender passed: " + _why(verdicts, gate.baseline)
        if champion:
            against += f", the champion until now {figure(champion[name])}"
        return Decision(best, f"{best} has {name} {figure(metrics[best][name])}; {against}.", verdicts, is_sound=True)
    if champion:
        told = f"The champion stays with {name} {figure(champion[name])}: {_why(verdicts)}"
        return Decision(None, told, verdicts, is_sound=not calibration_misses(gate, champion))
    reason = (
        f"{gate.baseline} has {name} {figure(base)}; no contender passed and there is no champion: {_why(verdicts)}"
    )
    return Decision(gate.baseline, reason, verdicts, is_sound=False)


def calibration_misses(gate: Gate, metrics: Mapping[str, float]) -> list[str]:
    """Horizons whose intervals or probabilities promise what they do not hold, as readable text."""
    misses = [
        f"{name} is {value:.3f} where {gate.calibration_error_at_most} at most is due"
        for name, value in metrics.items()
        if name.startswith("ece_") and value > gate.calibration_error_at_most
    ]
    for name, nominal in metrics.items():
        if name.startswith("coverage_nominal_"):
            horizon = name.removeprefix("coverage_nominal_")
            covered = metrics[f"coverage_{horizon}"]
            if abs(covered - nominal) > gate.coverage_tolerance:
                misses.append(
                    f"coverage_{horizon} is {covered:.3f} where {nominal:.3f} ± {gate.coverage_tolerance} is due"
                )
    return misses


def chance(own: Vector, rival: Vector) -> float:
    """How likely losses as far below the rival's would be, were the two alike: one-sided t-test in pairs (Student).

    1 where they are the same. Squared or absolute errors of thousands of units: their mean is near enough to normal.
    """
    if np.array_equal(own, rival):
        return 1.0
    return float(ttest_rel(own, rival, alternative="less").pvalue)


def _failures(
    gate: Gate,
    learner: str,
    metrics: Mapping[str, Mapping[str, float]],
    champion: Mapping[str, float] | None,
    losses: Mapping[str, Vector],
) -> Sequence[str]:
    name, own = gate.primary_metric, metrics[learner]
    failures = calibration_misses(gate, own)
    rivals = {} if learner == gate.baseline else {gate.baseline: metrics[gate.baseline][name]}
    if champion:
        rivals[THE_CHAMPION] = champion[name]
    for rival, value in rivals.items():
        if not gate.beats(own[name], value):
            failures.append(f"{name} {figure(own[name])} does not beat {rival} ({figure(value)}) by {gate.margin:.1%}")
        elif {learner, rival} <= losses.keys() and (p := chance(losses[learner], losses[rival])) > gate.significance:
            failures.append(f"{name} {figure(own[name])} may beat {rival} ({figure(value)}) by chance (p {p:.2f})")
    base = metrics[gate.baseline]
    failures += [
        f"{part} {figure(own[part])} is worse than {gate.baseline}'s {figure(base[part])}"
        for part in own
        if part.startswith((f"{name}_smallest", f"{name}_origin_"))
        and part in base
        and _is_worse(gate, own[part], base[part])
    ]
    return failures


def _is_worse(gate: Gate, own: float, base: float) -> bool:
    if gate.more_is_better:
        return own < base * (1 - gate.part_tolerance)
    return own > base * (1 + gate.part_tolerance)


def _why(verdicts: Sequence[Verdict], *without: str) -> str:
    told = [f"{v.learner}: {', '.join(v.failures)}" for v in verdicts if v.failures and v.learner not in without]
    return "; ".join(told) or "nothing else was tried"
