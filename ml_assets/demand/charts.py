"""The pictures of a demand run."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from ml_assets.demand.series import Matrix


def charts(learner: str, metrics: Mapping[str, float], errors_by_step: Matrix) -> dict[str, Figure]:
    """How the error grows with the days ahead."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(range(1, len(errors_by_step) + 1), errors_by_step, marker=".")
    axes.axhline(metrics["wape_day"], linestyle="--", linewidth=1, label=f"all days: {metrics['wape_day']:.3f}")
    axes.set(title=f"{learner}: error by days ahead", xlabel="days ahead", ylabel="WAPE", ylim=(0, None))
    axes.legend()
    return {"error_by_days_ahead.png": figure}
