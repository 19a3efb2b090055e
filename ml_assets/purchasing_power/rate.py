"""The baseline: a customer goes on spending as in the last 90 days. Hard to beat; see docs/models.md."""

import json
from dataclasses import dataclass
from pathlib import Path

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Panel
from ml_assets.purchasing_power.task import Amounts, Progress, Rows, Task

DAYS = 90


@dataclass(frozen=True)
class RateModel:
    horizons: tuple[int, ...]

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        days = min(DAYS, origin + 1)
        recent = panel.window(origin + 1 - days, origin + 1)[rows].astype("float64")
        return {horizon: recent * horizon / days for horizon in self.horizons}

    def save(self, folder: Path) -> None:
        (folder / "rate.json").write_text(json.dumps({"days": DAYS, "horizons": self.horizons}))


def fit(task: Task, on_progress: Progress) -> Fit:
    model = RateModel(tuple(task.splits))
    return Fit(model, model, {"days": DAYS})


def load(folder: Path) -> RateModel:
    return RateModel(tuple(json.loads((folder / "rate.json").read_text())["horizons"]))
