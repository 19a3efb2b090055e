"""A learner with its conformal layer: what forecasts, and how MLflow knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.demand import boosting, conformal, quantile_network, rules
from ml_assets.demand.config import GRAINS, DemandConfig
from ml_assets.demand.learner import Cube, FittedLearner, Learner
from ml_assets.demand.series import KEY, Past, check_series, past_of
from ml_assets.histories.saved import read_json, write_json

LEARNERS: Mapping[str, Learner] = {
    "weekday_median": rules,
    "seasonal_naive": rules,
    "lightgbm": boosting,
    "quantile_network": quantile_network,
}
DEMAND_COLUMNS = (
    "as_of", *KEY, "grain_code", "period_start", "expected_amount",
    "p10_amount", "p25_amount", "p75_amount", "p90_amount", "p95_amount", "model_name", "model_version", "run_id",
)  # fmt: skip
"""Columns of predictions.demand, without scored_at."""
AMOUNTS = ("p10_amount", "p25_amount", "expected_amount", "p75_amount", "p90_amount", "p95_amount")
"""Columns of the quantiles LEVELS; the median is what is expected."""
_FOR_FORECASTS = ("horizon_days", "weeks", "least_days", "calibration_origins", "step", "own_weight", "country")


@dataclass(frozen=True)
class DemandSubject:
    """One experiment and one registered model: what the registry must know."""

    name: str = "demand"
    purpose: str = "what a merchant will sell in the next 28 days and 4 weeks, by city, category and store."
    shown_metrics: tuple[str, ...] = ("wape_day", "wape_week", "mase_day", "coverage_day", "coverage_week")

    @property
    def requirements(self) -> Mapping[str, tuple[str, ...]]:
        needed = dict.fromkeys(LEARNERS, ("numpy", "pandas", "lightgbm", "holidays"))
        return {**needed, "quantile_network": (*needed["quantile_network"], "keras", "tensorflow-cpu")}

    @property
    def inputs(self) -> Mapping[str, str]:
        texts = dict.fromkeys(("legal_group", "city_code", "category_code"), "string")
        return {**texts, "store_id": "any", "business_date": "datetime", "revenue_amount": "double"}

    @property
    def outputs(self) -> Mapping[str, str]:
        amounts = [column for column in DEMAND_COLUMNS if column.endswith("_amount")]
        return {"period_start": "datetime", **dict.fromkeys(amounts, "double")}

    @property
    def served_code(self) -> Path:
        return Path(__file__).with_name("served_model.py")


SUBJECT = DemandSubject()


@dataclass(frozen=True)
class Registered:
    """Where a model stands in MLflow."""

    learner: str
    model_version: int
    run_id: str


@dataclass(frozen=True)
class DemandModel:
    """A learner with its conformal layer: what forecasts."""

    learner: str
    fitted: FittedLearner
    config: DemandConfig
    registered: Registered | None = None

    def quantiles(self, past: Past, grain: str) -> Cube:
        return conformal.quantiles(self.fitted, past, grain, self.config)

    def predict(self, series: pd.DataFrame, as_of: date) -> pd.DataFrame:
        """The 28 days and 4 weeks after as_of of every series that lives; rows after as_of are never read.

        series: SERIES_COLUMNS. Returns DEMAND_COLUMNS without the model's three. Raises BadInput.
        """
        past = past_of(check_series(series), as_of)
        alive = past.alive(self.config.least_days)
        keys = past.keys.loc[alive].reset_index(drop=True)
        return pd.concat(
            [_rows(keys, self.quantiles(past, grain)[alive], as_of, grain) for grain in GRAINS], ignore_index=True
        )

    def frame(self, series: pd.DataFrame, as_of: date) -> pd.DataFrame:
        """Rows of predictions.demand (DEMAND_COLUMNS) by a model that is registered."""
        assert self.registered is not None
        return self.predict(series, as_of).assign(
            model_name=SUBJECT.name,
            model_version=self.registered.model_version,
            run_id=self.registered.run_id,
        )[list(DEMAND_COLUMNS)]

    def save(self, folder: Path) -> None:
        """JSON, LightGBM text or `.keras`: nothing in the folder can run code."""
        folder.mkdir(parents=True, exist_ok=True)
        self.fitted.save(folder)
        saved = {
            "learner": self.learner,
            "config": {name: getattr(self.config, name) for name in _FOR_FORECASTS},
        }
        write_json(folder / "demand.json", saved)

    @classmethod
    def load(cls, folder: Path) -> "DemandModel":
        saved = read_json(folder / "demand.json")
        fitted = LEARNERS[saved["learner"]].load(folder)
        return cls(saved["learner"], fitted, DemandConfig(**saved["config"]))


def _rows(keys: pd.DataFrame, cube: Cube, as_of: date, grain: str) -> pd.DataFrame:
    steps = cube.shape[1]
    starts = pd.date_range(pd.Timestamp(as_of) + pd.Timedelta(days=1), periods=steps, freq=f"{GRAINS[grain]}D")
    frame = keys.loc[keys.index.repeat(steps)].reset_index(drop=True)
    amounts = {name: cube[:, :, place].ravel().round(2) for place, name in enumerate(AMOUNTS)}
    laid = frame.assign(as_of=as_of, grain_code=grain, period_start=np.tile(starts.date, len(keys)), **amounts)
    return laid[[column for column in DEMAND_COLUMNS if column in laid.columns]]
