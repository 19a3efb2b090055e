"""The pictures of a run."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ml_assets.contest.question import Measured


def charts(measured: Mapping[int, Measured]) -> dict[str, Figure]:
    """Reliability of the probabilities at every horizon."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for horizon, held in measured.items():
        chance = held.columns["return_probability"]
        groups = np.array_split(np.argsort(chance, kind="stable"), 10)
        points = [(chance[group].mean(), held.truth[group].mean()) for group in groups if len(group)]
        axes.plot(*zip(*points, strict=True), marker="o", label=f"{horizon} days")
    axes.set(
        title="Calibration", xlabel="forecast chance to return", ylabel="share who returned", xlim=(0, 1), ylim=(0, 1)
    )
    axes.legend()
    return {"calibration.png": figure}
