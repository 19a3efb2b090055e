"""LightGBM's contender: the chance that a customer buys in a category that he knows, or that is popular."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from ml_assets.category_priority.config import ContestConfig, NeighboursConfig
from ml_assets.category_priority.crowd import Crowd, crowd_of
from ml_assets.category_priority.history import History, Matrix, Rows
from ml_assets.category_priority.learner import Fit
from ml_assets.category_priority.rules import LONG_AGO, neighbours
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.split import CALIBRATION_GROUP, group_of

WINDOWS = (7, 14, 30, 60, 90, 180, LONG_AGO)


@dataclass(frozen=True)
class BoostingModel:
    booster: lgb.Booster
    config: ContestConfig

    def scores(self, history: History, origin: int, rows: Rows, crowd: Crowd) -> Matrix:
        """Chance to buy for candidates; the others come after all of these, by popularity."""
        result = np.tile(crowd.popularity * np.float32(1e-6), (len(rows), 1))
        if len(rows):
            place, column, inputs = pairs(history, origin, rows, self.config, crowd)
            result[place, column] = self.booster.predict(inputs, num_threads=self.config.threads)
        return result

    def save(self, folder: Path) -> None:
        self.booster.save_model(folder / "buys.txt")
        kept = {
            "fillers": self.config.fillers,
            "threads": self.config.threads,
            "neighbours": asdict(self.config.neighbours),
        }
        write_json(folder / "lightgbm.json", kept)


def fit(history: History, origin: int, config: ContestConfig) -> Fit:
    """On origins that lie a horizon and more before `origin`; the newest of them chooses the number of trees."""
    boosting = config.boosting
    origins = [origin - config.horizon - k * boosting.origin_step for k in range(boosting.origins + 1)]
    origins = [at for at in origins if at >= config.horizon] or [max(origin - config.horizon, 0)]
    material = [_material(history, at, config) for at in origins]
    inputs = [pd.concat([m[0] for m in part], ignore_index=True) for part in (material[1:] or material, material)]
    truths = [np.concatenate([m[1] for m in part]) for part in (material[1:] or material, material)]
    rows_per_leaf = min(boosting.rows_per_leaf, max(len(truths[0]) // 20, 1))
    params = boosting.params("binary", rows_per_leaf, config.seed, force_row_wise=True)
    train = lgb.Dataset(inputs[0], truths[0])
    watched = lgb.Dataset(material[0][0], material[0][1], reference=train)
    stop: list[Any] = [lgb.early_stopping(boosting.patience, verbose=False)]
    held = lgb.train(params, train, boosting.trees, valid_sets=[watched], callbacks=stop)
    trees = held.best_iteration or boosting.trees
    booster = lgb.train(params, lgb.Dataset(inputs[1], truths[1]), trees)
    return Fit(BoostingModel(booster, config), {**asdict(boosting), "trees": trees, "pairs": len(truths[1])})


def load(folder: Path) -> BoostingModel:
    saved = read_json(folder / "lightgbm.json")
    config = ContestConfig(
        fillers=saved["fillers"], threads=saved["threads"], neighbours=NeighboursConfig(**saved["neighbours"])
    )
    return BoostingModel(lgb.Booster(model_file=folder / "buys.txt"), config)


def pairs(
    history: History, origin: int, rows: Rows, config: ContestConfig, crowd: Crowd
) -> tuple[Any, Any, pd.DataFrame]:
    """(place in rows, category, features) of every candidate: categories that a customer knows, and popular ones."""
    popular = crowd.popularity
    ever = history.counts(origin, LONG_AGO)[rows].toarray()
    candidate = ever > 0
    candidate[:, np.argsort(-popular, kind="stable")[: config.fillers]] = True
    place, column = np.nonzero(candidate)
    by_window = {days: history.counts(origin, days)[rows].toarray() for days in WINDOWS}
    last, first = _first_and_last(history, origin, rows)
    seen = ever[place, column]
    age = np.where(seen > 0, origin - last[place, column], np.nan)
    span = np.where(seen > 1, last[place, column] - first[place, column], np.nan)
    gap = span / np.maximum(seen - 1, 1)
    features = {f"days_{days}": counts[place, column] for days, counts in by_window.items()}
    for days in (30, 90, LONG_AGO):
        features[f"customer_days_{days}"] = by_window[days].sum(axis=1)[place]
        features[f"share_{days}"] = features[f"days_{days}"] / np.maximum(features[f"customer_days_{days}"], 1)
    features |= {
        "customer_categories": (by_window[90] > 0).sum(axis=1)[place],
        "customer_age": (origin - np.nanmin(np.where(ever > 0, first, np.nan), axis=1))[place],
        "last": age,
        "gap": gap,
        "last_over_gap": age / np.maximum(gap, 1),
        "popularity": popular[column],
        "buyers": crowd.buyer_shares[column],
        "neighbours": neighbours(history, origin, rows, config.neighbours, crowd)[place, column],
    }
    return place, column, pd.DataFrame(features).astype(np.float32)


def _first_and_last(history: History, origin: int, rows: Rows) -> tuple[Any, Any]:
    """Day of the first and of the last purchase, customers × categories; 0 where there is none."""
    kept = history.day <= origin
    shape = len(history.customer_ids), len(history.categories)
    last, first = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    last[history.row[kept], history.column[kept]] = history.day[kept]  # days rise, so the last one stays
    back = np.flatnonzero(kept)[::-1]
    first[history.row[back], history.column[back]] = history.day[back]
    return last[rows], first[rows]


def _material(history: History, origin: int, config: ContestConfig) -> tuple[pd.DataFrame, Any]:
    """Candidates of active customers at `origin`, and who bought in the horizon behind it; sampled by customers.

    Without the calibration customers.
    """
    rows = history.active(origin, config.active_days)
    rows = rows[group_of(history.customer_ids[rows]) != CALIBRATION_GROUP]
    affordable = max(config.boosting.pairs_at_most // (config.boosting.origins + 1) // 40, 50)
    if len(rows) > affordable:
        rows = np.sort(np.random.default_rng(config.seed).choice(rows, affordable, replace=False))
    place, column, inputs = pairs(history, origin, rows, config, crowd_of(history, origin, config.neighbours))
    return inputs, history.bought(origin, config.horizon)[rows].toarray()[place, column]
