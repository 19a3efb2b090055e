"""LightGBM's contender: one quantile booster a level and grain, across all series at once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd

from ml_assets.demand.config import GRAINS, LEVELS, DemandConfig
from ml_assets.demand.features import inputs_at
from ml_assets.demand.learner import Cube, Fit
from ml_assets.demand.series import Matrix, Past
from ml_assets.errors import HistoryTooShort
from ml_assets.histories.saved import read_json, write_json


@dataclass(frozen=True)
class BoostingModel:
    boosters: Mapping[tuple[str, float], lgb.Booster]
    categories: tuple[str, ...]
    config: DemandConfig

    def quantiles(self, past: Past, grain: str) -> Cube:
        steps = self.config.horizon_days // GRAINS[grain]
        found = np.zeros((len(past.keys), steps, len(LEVELS)))
        if not len(past.keys):
            return found
        inputs = inputs_at(past, np.ones(len(past.keys), dtype=bool), grain, self.categories, self.config)
        for place, level in enumerate(LEVELS):
            own = self.boosters[grain, level].predict(inputs.frame, num_threads=self.config.threads)
            found[:, :, place] = np.asarray(own).reshape(-1, steps) * inputs.unit
        return np.sort(np.maximum(found, 0.0), axis=2)

    def save(self, folder: Path) -> None:
        for (grain, level), booster in self.boosters.items():
            booster.save_model(folder / f"{grain}_{round(100 * level)}.txt")
        plain = asdict(self.config)
        kept = {name: plain[name] for name in ("horizon_days", "weeks", "country", "threads")}
        write_json(folder / "lightgbm.json", {"categories": self.categories, **kept})


def fit(name: str, past: Past, config: DemandConfig) -> Fit:
    """From windows within the past, `step` days apart. Raises HistoryTooShort where there is none."""
    categories = tuple(sorted(past.keys["category_code"].astype(str).unique()))
    origins = [past.days - 1 - config.horizon_days - k * config.step for k in range(config.training_origins)]
    origins = [origin for origin in origins if origin + 1 >= config.least_days]
    if not origins:
        raise HistoryTooShort(f"{past.days} days hold no window of {config.horizon_days} with a week before it.")
    boosters: dict[tuple[str, float], lgb.Booster] = {}
    rows = 0
    for grain, step_days in GRAINS.items():
        frames, targets, weights = [], [], []
        for origin in origins:
            known = past.until(origin)
            alive = known.alive(config.least_days)
            inputs = inputs_at(known, alive, grain, categories, config)
            truth = past.ahead(origin, config.horizon_days, step_days)[alive]
            frames.append(inputs.frame)
            targets.append((truth / inputs.unit).ravel())
            weights.append(np.repeat(np.sqrt(inputs.unit[:, 0]), truth.shape[1]))
        frame, target, weight = pd.concat(frames, ignore_index=True), np.concatenate(targets), np.concatenate(weights)
        if len(target) > config.rows_at_most:
            random = np.random.default_rng(config.seed)
            kept = np.sort(random.choice(len(target), config.rows_at_most, replace=False))
            frame, target, weight = frame.iloc[kept], target[kept], weight[kept]
        rows = max(rows, len(target))
        with ThreadPoolExecutor(config.threads) as pool:  # one thread each, see purchasing_power/boosting.py
            grown = pool.map(lambda level: _grow(frame, target, weight, level, config), LEVELS)  # noqa: B023
            boosters |= {(grain, level): booster for level, booster in zip(LEVELS, grown, strict=True)}
    told = {**asdict(config.boosting), "training_origins_used": len(origins), "training_rows": rows}
    return Fit(BoostingModel(boosters, categories, config), told)


def load(folder: Path) -> BoostingModel:
    saved = read_json(folder / "lightgbm.json")
    categories = tuple(saved.pop("categories"))
    boosters = {
        (grain, level): lgb.Booster(model_file=folder / f"{grain}_{round(100 * level)}.txt")
        for grain in GRAINS
        for level in LEVELS
    }
    return BoostingModel(boosters, categories, DemandConfig(**saved))


def _grow(frame: pd.DataFrame, target: Matrix, weight: Matrix, level: float, config: DemandConfig) -> lgb.Booster:
    rows_per_leaf = min(config.boosting.rows_per_leaf, max(len(target) // 20, 1))
    params = config.boosting.params("quantile", rows_per_leaf, config.seed, alpha=level)
    data = lgb.Dataset(frame, target, weight=weight, categorical_feature=["category"])
    return lgb.train(params, data, config.boosting.trees)
