"""LightGBM's contender: one quantile booster a level and grain, across all series at once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np

from ml_assets.demand.config import GRAINS, LEVELS, DemandConfig
from ml_assets.demand.features import inputs_at
from ml_assets.demand.learner import Cube, Fit
from ml_assets.demand.series import Past
from ml_assets.demand.windows import TrainingRows, categories_of, training_origins, training_rows
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
    categories, origins = categories_of(past), training_origins(past, config)
    boosters: dict[tuple[str, float], lgb.Booster] = {}
    rows = 0
    for grain in GRAINS:
        learnt = training_rows(past, grain, categories, config.rows_at_most, config)
        rows = max(rows, len(learnt.target))
        with ThreadPoolExecutor(config.threads) as pool:  # one thread each, see purchasing_power/boosting.py
            grown = pool.map(lambda level: _grow(learnt, level, config), LEVELS)  # noqa: B023
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


def _grow(learnt: TrainingRows, level: float, config: DemandConfig) -> lgb.Booster:
    rows_per_leaf = min(config.boosting.rows_per_leaf, max(len(learnt.target) // 20, 1))
    params = config.boosting.params("quantile", rows_per_leaf, config.seed, alpha=level)
    data = lgb.Dataset(learnt.frame, learnt.target, weight=learnt.weight, categorical_feature=["category"])
    return lgb.train(params, data, config.boosting.trees)
