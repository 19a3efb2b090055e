"""The pictures of a run. Figures without pyplot, so nothing global is touched."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ml_assets.category_priority.measured import Measured

SHOWN = 40


def charts(measured: Measured, categories: Sequence[str]) -> dict[str, Figure]:
    return {"calibration.png": _calibration(measured), "buyers.png": _buyers(measured, categories)}


def _calibration(measured: Measured) -> Figure:
    """Share who bought in twenty equally full groups of rising probability."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    chance, bought = measured.chances.ravel(), measured.bought.ravel()
    groups = [group for group in np.array_split(np.argsort(chance, kind="stable"), 20) if len(group)]
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.plot([chance[g].mean() for g in groups], [bought[g].mean() for g in groups], marker="o")
    axes.set(title="Calibration", xlabel="forecast chance to buy", ylabel="share who bought", xlim=(0, 1), ylim=(0, 1))
    return figure


def _buyers(measured: Measured, categories: Sequence[str]) -> Figure:
    """Expected beside actual buyers of the categories in which most bought."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    expected, actual = measured.chances.sum(axis=0), measured.bought.sum(axis=0)
    first = np.argsort(-actual, kind="stable")[:SHOWN]
    axes.plot(actual[first], marker="o", linestyle="", label="bought")
    axes.plot(expected[first], marker="x", linestyle="", label="expected")
    axes.set(title="Buyers by category", ylabel="customers and windows", xticks=range(len(first)))
    axes.set_xticklabels([categories[column] for column in first], rotation=90, fontsize=6)
    axes.legend()
    return figure
