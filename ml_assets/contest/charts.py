"""The picture that every training has. Figures without pyplot, so nothing global is touched."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure


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
