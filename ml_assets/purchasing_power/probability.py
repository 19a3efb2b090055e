"""MBG/NBD × Gamma-Gamma: how often a customer will come times what he pays a time, from nothing but his past visits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ml_assets.contest.learner import Fit
from ml_assets.customer_base import BgNbd, GammaGamma, MbgNbd
from ml_assets.histories.panel import Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.split import CALIBRATION_GROUP
from ml_assets.purchasing_power.task import Amounts, Progress, Rows, Task

CUSTOMERS_AT_MOST = 5_000
"""The likelihood of 5,000 customers is computed in 2 ms; more of them hardly move the parameters."""


@dataclass(frozen=True)
class Visits:
    """Of rows of a panel up to column `origin`: frequency, recency and age in days, mean spend of the repeat days."""

    frequency: Amounts
    recency: Amounts
    age: Amounts
    mean_amount: Amounts

    @classmethod
    def of(cls, panel: Panel, origin: int, rows: Rows) -> "Visits":
        came = panel.receipts[rows, : origin + 1] > 0
        first = came.argmax(axis=1)
        last = origin - came[:, ::-1].argmax(axis=1)
        frequency = came.sum(axis=1) - 1.0
        repeats = came & (np.arange(origin + 1) > first[:, None])
        paid = np.where(repeats, np.maximum(panel.spend[rows, : origin + 1], 0), 0).sum(axis=1, dtype=np.float64)
        return cls(
            frequency, (last - first).astype(float), (origin - first).astype(float), paid / np.maximum(frequency, 1)
        )


@dataclass(frozen=True)
class ProbabilityModel:
    purchases: BgNbd
    spend: GammaGamma
    horizons: tuple[int, ...]

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        known = Visits.of(panel, origin, rows)
        amount = self.spend.expected_amount(known.frequency, known.mean_amount)
        return {
            horizon: amount * self.purchases.expected_purchases(horizon, known.frequency, known.recency, known.age)
            for horizon in self.horizons
        }

    def save(self, folder: Path) -> None:
        write_json(
            folder / "probability.json",
            {"purchases": asdict(self.purchases), "spend": asdict(self.spend), "horizons": self.horizons},
        )


def fit(task: Task, on_progress: Progress) -> Fit:
    model = _fit(task, with_calibration=True)
    on_progress(f"mbg_nbd: r {model.purchases.r:.3f}, α {model.purchases.alpha:.2f} days, p {model.spend.p:.2f}")
    return Fit(model, _fit(task, with_calibration=False), _params(model))


def load(folder: Path) -> ProbabilityModel:
    saved = read_json(folder / "probability.json")
    return ProbabilityModel(MbgNbd(**saved["purchases"]), GammaGamma(**saved["spend"]), tuple(saved["horizons"]))


def _fit(task: Task, *, with_calibration: bool) -> ProbabilityModel:
    """On what is known at the newest training origin; the truth behind it is not looked at."""
    origin = min(split.train_origins[0] for split in task.splits.values())
    groups = set(task.groups) - (set() if with_calibration else {CALIBRATION_GROUP})
    rows = np.flatnonzero((task.panel.receipts[:, : origin + 1] > 0).any(axis=1) & np.isin(task.groups, list(groups)))
    if len(rows) > CUSTOMERS_AT_MOST:
        rows = np.sort(np.random.default_rng(task.config.seed).choice(rows, CUSTOMERS_AT_MOST, replace=False))
    known = Visits.of(task.panel, origin, rows)
    pays = (known.frequency > 0) & (known.mean_amount > 0)
    return ProbabilityModel(
        MbgNbd.fit(known.frequency, known.recency, known.age),
        GammaGamma.fit(known.frequency[pays], known.mean_amount[pays]),
        tuple(task.splits),
    )


def _params(model: ProbabilityModel) -> Mapping[str, object]:
    return {**asdict(model.purchases), **asdict(model.spend)}
