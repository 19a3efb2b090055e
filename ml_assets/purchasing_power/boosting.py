"""LightGBM's contender: for each horizon a median booster (L1) and a mean booster (Tweedie), averaged.

The average ranked customers better than either (cross-validated on training origins, docs/models.md); what median and
mean belong to it is the business of the common calibration.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.purchasing_power.config import BoostingConfig
from ml_assets.purchasing_power.inputs import inputs_at, inputs_of
from ml_assets.purchasing_power.task import Amounts, Progress, Rows, Task

OBJECTIVES = ("regression_l1", "tweedie")


@dataclass(frozen=True)
class BoostingModel:
    boosters: Mapping[tuple[int, str], lgb.Booster]
    categories: tuple[str, ...]
    threads: int

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        return self.of(inputs_at(panel, origin, rows, self.categories))

    def of(self, features: pd.DataFrame) -> dict[int, Amounts]:
        """By horizon, of rows with the columns that the boosters were grown on."""
        forecasts: dict[int, Amounts] = {}
        for (horizon, _), booster in self.boosters.items():
            predicted = np.asarray(booster.predict(features, num_threads=self.threads), dtype=np.float64)
            forecasts[horizon] = forecasts.get(horizon, 0.0) + np.maximum(predicted, 0.0) / len(OBJECTIVES)
        return forecasts

    def save(self, folder: Path) -> None:
        for (horizon, objective), booster in self.boosters.items():
            booster.save_model(folder / f"{objective}_{horizon}.txt")
        horizons = sorted({horizon for horizon, _ in self.boosters})
        write_json(
            folder / "lightgbm.json", {"horizons": horizons, "categories": self.categories, "threads": self.threads}
        )


def fit(task: Task, on_progress: Progress) -> Fit:
    """Stop early on the calibration customers, then fit again on all with the number of trees found.

    Boosters are trained side by side with one thread each: with two OpenMP threads a booster took 4 s on an idle
    machine and 114 s beside another process, because such threads wait by spinning.
    """
    config, threads = task.config.boosting, task.config.threads
    jobs = [(horizon, objective) for horizon in task.splits for objective in OBJECTIVES]
    material = {horizon: _material(task, horizon) for horizon in task.splits}
    with ThreadPoolExecutor(threads) as pool:
        grown = list(pool.map(lambda job: _grow(material[job[0]], job[1], config, task.config.seed), jobs))
    named = dict(zip(jobs, grown, strict=True))
    for (horizon, objective), booster in named.items():
        rows = len(material[horizon].whole[1])
        on_progress(f"lightgbm: {objective} for {horizon} days, {booster.trees} trees on {rows:,} rows")
    return Fit(
        BoostingModel({job: g.final for job, g in named.items()}, task.categories, threads),
        BoostingModel({job: g.held for job, g in named.items()}, task.categories, threads),
        {**asdict(config), **{f"trees_{objective}_{h}": g.trees for (h, objective), g in named.items()}},
        [point for (h, objective), g in named.items() for point in _curve(g.losses, f"{objective}_{h}")],
    )


def load(folder: Path) -> BoostingModel:
    saved = read_json(folder / "lightgbm.json")
    return BoostingModel(
        {
            (horizon, objective): lgb.Booster(model_file=folder / f"{objective}_{horizon}.txt")
            for horizon in saved["horizons"]
            for objective in OBJECTIVES
        },
        tuple(saved["categories"]),
        int(saved["threads"]),
    )


@dataclass(frozen=True)
class _Material:
    """Features and truth of one horizon: training customers, those and the calibration customers, the latter alone."""

    part: tuple[pd.DataFrame, Amounts]
    whole: tuple[pd.DataFrame, Amounts]
    watched: tuple[pd.DataFrame, Amounts]


@dataclass(frozen=True)
class _Grown:
    held: lgb.Booster
    final: lgb.Booster
    trees: int
    losses: dict[str, dict[str, list[float]]]


def _material(task: Task, horizon: int) -> _Material:
    rows = (
        task.training_rows(horizon, with_calibration=False),
        task.training_rows(horizon, with_calibration=True),
        task.calibration_rows(horizon),
    )
    return _Material(*((inputs_of(features), truth) for features, truth in rows))


def _grow(material: _Material, objective: str, config: BoostingConfig, seed: int) -> _Grown:
    metric = "l1" if objective == "regression_l1" else "tweedie"
    parameters = config.params(
        objective, config.rows_per_leaf, seed, metric=metric, tweedie_variance_power=config.tweedie_power,
        lambda_l2=5.0, force_row_wise=True,
    )  # fmt: skip
    losses: dict[str, dict[str, list[float]]] = {}
    training = lgb.Dataset(*material.part)
    held = lgb.train(
        parameters,
        training,
        config.trees,
        valid_sets=[lgb.Dataset(*material.watched, reference=training)],
        valid_names=["held_out"],
        callbacks=[lgb.early_stopping(config.patience, verbose=False), lgb.record_evaluation(losses)],
    )
    trees = held.best_iteration or config.trees
    return _Grown(held, lgb.train(parameters, lgb.Dataset(*material.whole), trees), trees, losses)


def _curve(losses: dict[str, dict[str, list[float]]], name: str) -> list[dict[str, float]]:
    """Every tenth tree: 2,000 points of a curve are not read."""
    series = {f"{part}_{name}": next(iter(values.values())) for part, values in losses.items()}
    length = max((len(values) for values in series.values()), default=0)
    return [{"step": step, **{key: values[step] for key, values in series.items()}} for step in range(0, length, 10)]
