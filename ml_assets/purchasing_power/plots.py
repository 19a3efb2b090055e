"""The pictures of a run: calibration and deciles. Figures without pyplot, so nothing global is touched."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ml_assets.contest.question import Measured


def charts(measured: Mapping[int, Measured]) -> dict[str, Figure]:
    """All of them by file name."""
    deciles = {f"deciles_{horizon}.png": decile_chart(held, horizon) for horizon, held in measured.items()}
    return {**deciles, "calibration.png": calibration_chart(measured)}


def decile_chart(measured: Measured, horizon: int) -> Figure:
    """Mean forecast beside mean truth in ten equally full groups of rising forecast."""
    expected = measured.columns["expected_amount"]
    groups = np.array_split(np.argsort(expected, kind="stable"), 10)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    place = np.arange(1, 11)
    means = [[float(values[g].mean()) if len(g) else 0.0 for g in groups] for values in (expected, measured.truth)]
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
        shares = [float((held.truth <= held.columns[f"p{level}_amount"]).mean()) for level in (10, 50, 90)]
        axes.plot([0.1, 0.5, 0.9], shares, marker="o", label=f"{horizon} days")
    axes.set(
        title="Calibration of quantiles", xlabel="promised share", ylabel="share at or below", xlim=(0, 1), ylim=(0, 1)
    )
    axes.legend()
    return figure
