"""LightGBM's contender: for each horizon a binary booster on the features as they are."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.retention.task import Amounts, Progress, Rows, Task, inputs_at, inputs_of


@dataclass(frozen=True)
class BoostingModel:
    boosters: Mapping[int, lgb.Booster]
    categories: tuple[str, ...]
    threads: int

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        if not len(rows):
            return {horizon: np.zeros(0) for horizon in self.boosters}
        inputs = inputs_at(panel, origin, rows, self.categories)
        return {
            horizon: np.asarray(booster.predict(inputs, num_threads=self.threads), np.float64)
            if len(rows)
            else np.zeros(0)
            for horizon, booster in self.boosters.items()
        }

    def save(self, folder: Path) -> None:
        for horizon, booster in self.boosters.items():
            booster.save_model(folder / f"returns_{horizon}.txt")
        saved = {"horizons": list(self.boosters), "categories": self.categories, "threads": self.threads}
        write_json(folder / "lightgbm.json", saved)


def fit(task: Task, on_progress: Progress) -> Fit:
    """Stop early on the calibration customers, then fit again on all with the number of trees found."""
    config, threads = task.config.boosting, task.config.threads
    material = {horizon: _material(task, horizon) for horizon in task.splits}
    with ThreadPoolExecutor(threads) as pool:  # one thread each, see purchasing_power/boosting.py
        grown = list(pool.map(lambda horizon: _grow(*material[horizon], task), task.splits))
    named = dict(zip(task.splits, grown, strict=True))
    for horizon, (_, _, trees, _) in named.items():
        on_progress(f"lightgbm: {trees} trees for {horizon} days")
    return Fit(
        BoostingModel({horizon: final for horizon, (_, final, _, _) in named.items()}, task.categories, threads),
        BoostingModel({horizon: held for horizon, (held, _, _, _) in named.items()}, task.categories, threads),
        {**asdict(config), **{f"trees_{horizon}": trees for horizon, (_, _, trees, _) in named.items()}},
        [
            {"step": step, f"binary_{horizon}": loss}
            for horizon, (_, _, _, losses) in named.items()
            for step, loss in enumerate(losses, 1)
        ],
    )


def load(folder: Path) -> BoostingModel:
    saved = read_json(folder / "lightgbm.json")
    boosters = {int(h): lgb.Booster(model_file=folder / f"returns_{h}.txt") for h in saved["horizons"]}
    return BoostingModel(boosters, tuple(saved["categories"]), int(saved["threads"]))


def _material(task: Task, horizon: int) -> tuple[tuple[Any, Amounts], tuple[Any, Amounts], tuple[Any, Amounts]]:
    """Training customers, those and the calibration customers, the latter alone: inputs and truth each."""
    rows = (
        task.training_rows(horizon, with_calibration=False),
        task.training_rows(horizon, with_calibration=True),
        task.calibration_rows(horizon),
    )
    part, whole, watched = ((inputs_of(features), truth) for features, truth in rows)
    return part, whole, watched


def _grow(
    part: tuple[Any, Amounts], whole: tuple[Any, Amounts], watched: tuple[Any, Amounts], task: Task
) -> tuple[lgb.Booster, lgb.Booster, int, list[float]]:
    config = task.config.boosting
    params = config.params("binary", min(config.rows_per_leaf, max(len(part[1]) // 10, 1)), task.config.seed)
    losses: dict[str, Any] = {}
    train = lgb.Dataset(part[0], part[1])
    held = lgb.train(
        params, train, config.trees, valid_sets=[lgb.Dataset(watched[0], watched[1], reference=train)],
        callbacks=[lgb.early_stopping(config.patience, verbose=False), lgb.record_evaluation(losses)],
    )  # fmt: skip
    trees = max(held.best_iteration, 1)
    final = lgb.train(params, lgb.Dataset(whole[0], whole[1]), trees)
    return held, final, trees, list(losses["valid_0"]["binary_logloss"])
