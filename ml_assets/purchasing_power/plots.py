"""The pictures of a run: calibration, deciles, training curve. Figures without pyplot, so nothing global is touched."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ml_assets.purchasing_power.evaluation import Measured


def decile_chart(measured: Measured, horizon: int) -> Figure:
    """Mean forecast beside mean truth in ten equally full groups of rising forecast."""
    groups = np.array_split(np.argsort(measured.expected, kind="stable"), 10)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    place = np.arange(1, 11)
    means = [
        [float(values[g].mean()) if len(g) else 0.0 for g in groups] for values in (measured.expected, measured.truth)
    ]
    axes.bar(place - 0.2, means[0], 0.4, label="forecast")
    axes.bar(place + 0.2, means[1], 0.4, label="actual")
    axes.set(
        title=f"Spend in {horizon} days by decile of forecast", xlabel="decile", ylabel="mean amount", xticks=place
    )
    axes.legend()
    return figure


def calibration_chart(measured: Mapping[int, Measured]) -> Figure:
    """How often the truth lay at or below p10, p50, p90, against the promised share."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for horizon, held in measured.items():
        shares = [float((held.truth <= held.quantiles[:, k]).mean()) for k in range(3)]
        axes.plot([0.1, 0.5, 0.9], shares, marker="o", label=f"{horizon} days")
    axes.set(
        title="Calibration of quantiles", xlabel="promised share", ylabel="share at or below", xlim=(0, 1), ylim=(0, 1)
    )
    axes.legend()
    return figure


def training_curve(curve: Sequence[Mapping[str, float]]) -> Figure:
    """Each loss over the steps, relative to its first value, so that different losses fit one picture."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name in sorted({key for point in curve for key in point} - {"step"}):
        points = [(point["step"], point[name]) for point in curve if name in point]
        first = points[0][1] or 1.0
        axes.plot([step for step, _ in points], [value / first for _, value in points], marker=".", label=name)
    axes.set(title="Training curve", xlabel="step", ylabel="loss / first loss")
    axes.legend(fontsize=7)
    return figure
