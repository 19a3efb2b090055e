"""The network's contender: one Keras network across all series, both grains and all levels (pinball loss).

It sees what the boosters see, a day's worth of it: sums of a week are divided by seven. The median is a mixture of what
the series sold lately (its weekday's medians, the same day of last weeks, mean days), with weights that depend on
everything else, and a correction; the other levels lie below and above by distances that are never negative, so they
cannot cross.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.demand.config import GRAINS, LEVELS, DemandConfig, NetworkConfig
from ml_assets.demand.features import inputs_at
from ml_assets.demand.learner import Cube, Fit
from ml_assets.demand.series import Past
from ml_assets.demand.windows import TrainingRows, categories_of, training_origins, training_rows
from ml_assets.encoder.network import keras_module
from ml_assets.histories.saved import read_json, write_json

Inputs = dict[str, npt.NDArray[np.float32]]
SUMS = ("week_1", "week_2", "week_4", "median_8", "median_26")
"""Over the days of a step."""
CHOICES = (*SUMS, "mean_7", "mean_28", "mean_91", "median_28", "croston")
"""What the median is a mixture of."""
AMOUNTS = (*CHOICES, "mean_14", "mean_56", "spread_28")
"""In mean days of the series."""
PLAIN = (
    "year_ago", "trend", "sold_share", "days_since_sale", "lived_days", "log_unit", "is_store", "is_all_cities",
    "is_all_categories", "step", "holidays", "day_of_month", "is_eve", "days_to_holiday", "days_since_holiday",
)  # fmt: skip
BELOW = LEVELS.index(0.5)
FAR = 5.0
"""Deviations at which an input is cut off: nothing farther was learnt from."""
ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class QuantileNetwork:
    network: Any
    """keras.Model, see `_built`."""
    categories: tuple[str, ...]
    config: DemandConfig

    def quantiles(self, past: Past, grain: str) -> Cube:
        steps = self.config.horizon_days // GRAINS[grain]
        if not len(past.keys):
            return np.zeros((0, steps, len(LEVELS)))
        seen = inputs_at(past, np.ones(len(past.keys), dtype=bool), grain, self.categories, self.config)
        entered = _entered(seen.frame, grain, len(self.categories))
        parts = [
            self.network.predict_on_batch({name: values[k : k + ROWS_AT_ONCE] for name, values in entered.items()})
            for k in range(0, len(seen.frame), ROWS_AT_ONCE)
        ]
        own = np.concatenate(parts).astype(np.float64).reshape(-1, steps, len(LEVELS))
        return np.maximum(own * seen.unit[:, :, None] * GRAINS[grain], 0.0)

    def save(self, folder: Path) -> None:
        self.network.save(folder / "quantile_network.keras")
        plain = asdict(self.config)
        kept = {name: plain[name] for name in ("horizon_days", "weeks", "country", "threads")}
        write_json(folder / "quantile_network.json", {"categories": self.categories, **kept})


def fit(name: str, past: Past, config: DemandConfig) -> Fit:
    """From windows within the past, days and weeks together. Raises HistoryTooShort where there is none."""
    categories, origins, network = categories_of(past), training_origins(past, config), config.network
    learnt = {grain: training_rows(past, grain, categories, network.rows_at_most, config) for grain in GRAINS}
    entered = [_entered(rows.frame, grain, len(categories)) for grain, rows in learnt.items()]
    together = {key: np.concatenate([part[key] for part in entered]) for key in entered[0]}
    target = np.concatenate([rows.target / GRAINS[grain] for grain, rows in learnt.items()])
    weight = _weights(learnt)
    keras = keras_module(config.threads)
    keras.utils.set_random_seed(config.seed)
    model = _built(keras, together, network)
    steps = -(-len(target) // network.batch_size) * network.epochs
    rate = keras.optimizers.schedules.CosineDecay(network.learning_rate, steps)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=network.weight_decay, clipnorm=1.0), _pinball(keras))
    history = model.fit(
        together, target[:, None].astype(np.float32), sample_weight=weight, batch_size=network.batch_size,
        epochs=network.epochs, verbose=0,
    ).history  # fmt: skip
    told = {**asdict(network), "training_origins_used": len(origins), "training_rows": len(target)}
    curve = tuple({"step": float(k), "pinball": float(loss)} for k, loss in enumerate(history["loss"], 1))
    return Fit(QuantileNetwork(model, categories, config), told, curve)


def load(folder: Path) -> QuantileNetwork:
    """Safe mode: a file that carries code (a Lambda layer) is refused."""
    saved = read_json(folder / "quantile_network.json")
    categories, config = tuple(saved.pop("categories")), DemandConfig(**saved)
    loaded = keras_module(config.threads).saving.load_model(
        folder / "quantile_network.keras", compile=False, safe_mode=True
    )
    return QuantileNetwork(loaded, categories, config)


def _entered(frame: pd.DataFrame, grain: str, category_count: int) -> Inputs:
    """choices, numbers, kinds: (rows, …) each. What is missing is the mean day; a week has no weekday."""
    days = frame.assign(**{name: frame[name] / GRAINS[grain] for name in SUMS})
    amounts = days[list(AMOUNTS)].apply(lambda column: column.fillna(days["mean_28"]))
    plain = frame.reindex(columns=list(PLAIN)).assign(year_ago=frame["year_ago"] / GRAINS[grain])
    is_new = plain["year_ago"].isna().to_numpy()[:, None]
    numbers = np.column_stack([np.arcsinh(amounts), np.arcsinh(plain.fillna(0.0)), is_new])
    weekday = frame["weekday"].to_numpy() if grain == "day" else np.full(len(frame), 7)
    category = frame["category"].fillna(category_count).to_numpy()
    kinds = np.column_stack(
        [
            np.eye(8, dtype=np.float32)[weekday.astype(int)],
            np.eye(category_count + 1, dtype=np.float32)[category.astype(int)],
        ]
    )
    entered = {"choices": amounts[list(CHOICES)].to_numpy(), "numbers": numbers, "kinds": kinds}
    return {name: values.astype(np.float32) for name, values in entered.items()}


def _weights(learnt: dict[str, TrainingRows]) -> npt.NDArray[np.float32]:
    """Mean 1 in each grain: days and weeks count alike, though a week is one row where there are seven days."""
    scaled = [rows.weight / rows.weight.sum() for rows in learnt.values()]
    together = np.concatenate(scaled)
    return np.asarray(together / together.mean(), dtype=np.float32)


def _built(keras: Any, entered: Inputs, config: NetworkConfig) -> Any:
    """choices, numbers, kinds → quantiles of revenue a day in mean days of the series, (rows, levels), rising."""
    layers, ops = keras.layers, keras.ops
    shapes = {name: keras.Input((values.shape[1],), name=name) for name, values in entered.items()}
    scaled = layers.Normalization(**_scale(entered["numbers"]), name="scale")(shapes["numbers"])
    x = layers.Concatenate(name="seen")([ops.clip(scaled, -FAR, FAR), shapes["kinds"]])
    for number in range(config.layers):
        x = layers.Dense(config.units, activation="gelu", name=f"hidden_{number + 1}")(x)
        x = layers.Dropout(config.dropout, name=f"dropout_{number + 1}")(x)
    weights = layers.Dense(len(CHOICES), activation="softmax", kernel_initializer="zeros", name="weights")(x)
    mixture = layers.Dot(1, name="mixture")([weights, shapes["choices"]])
    correction = layers.Dense(1, kernel_initializer="zeros", name="correction")(x)
    median = layers.Add(name="median")([mixture, correction])
    distances = layers.Dense(len(LEVELS) - 1, activation="softplus", name="distances")(x)
    below = ops.flip(ops.cumsum(distances[:, :BELOW], axis=1), axis=1)
    above = ops.cumsum(distances[:, BELOW:], axis=1)
    rising = layers.Concatenate(name="quantiles")([median - below, median, median + above])
    return keras.Model(shapes, rising, name="quantile_network")


def _scale(numbers: npt.NDArray[np.float32]) -> dict[str, list[float]]:
    """mean and variance of each column. What never changed in training stays as it is: divided by its deviation of
    nearly 0, the first year-ago value of a history that grew a year old would drown everything else."""
    mean, variance = numbers.mean(axis=0, dtype=np.float64), numbers.var(axis=0, dtype=np.float64)
    return {"mean": mean.tolist(), "variance": np.where(variance < 1e-6, 1.0, variance).tolist()}


def _pinball(keras: Any) -> Any:
    """Mean over the levels (Koenker and Bassett 1978)."""

    def pinball(truth: Any, quantiles: Any) -> Any:
        levels = keras.ops.convert_to_tensor([LEVELS], dtype="float32")
        error = truth - quantiles
        return keras.ops.mean(keras.ops.maximum(levels * error, (levels - 1.0) * error), axis=-1)

    return pinball
