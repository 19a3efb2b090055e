"""The Keras contender: a GRU over visits with a zero-inflated lognormal head for each horizon.

A sequence is learnt from at every visit at once: after each visit a day before the next one is drawn as origin, and the
step's loss has the gap as weight. That is the same as drawing origins evenly over all days, at the cost of one pass.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtri

from ml_assets.contest.learner import Fit
from ml_assets.histories.panel import Matrix, Panel
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.split import CALIBRATION_GROUP
from ml_assets.metrics import wape
from ml_assets.purchasing_power.config import EncoderConfig
from ml_assets.purchasing_power.network import (
    build_network,
    keras_module,
    load_network,
    zero_inflated_lognormal_loss,
)
from ml_assets.purchasing_power.sequences import (
    CONTEXT_WIDTH,
    Totals,
    Visits,
    last_visit_of,
    token_width,
    tokens_at,
    visits_of,
    windows_ending_at,
)
from ml_assets.purchasing_power.task import Amounts, Progress, Rows, Task

SCORING_BATCH = 1024
WATCHED_AT_MOST = 1000


@dataclass(frozen=True)
class EncoderModel:
    network: Any
    """keras.Model, see network.py."""
    horizons: tuple[int, ...]
    categories: tuple[str, ...]
    scale: float
    """Mean spend of a visit in training: amounts enter the network in units of it."""
    config: EncoderConfig

    def forecasts(self, panel: Panel, origin: int, rows: Rows) -> dict[int, Amounts]:
        visits, totals = _laid_out(panel, len(self.categories), self.scale)
        return {
            horizon: (mean + median)
            / 2  # ranks best, as in boosting.py; the level is calibrated for all learners alike
            for horizon, (mean, median) in self.moments(visits, totals, origin, rows).items()
        }

    def moments(self, visits: Visits, totals: Totals, origin: int, rows: Rows) -> dict[int, tuple[Amounts, Amounts]]:
        """Mean and median of the predicted distribution, by horizon, in currency."""
        if not len(rows):
            return {horizon: (np.zeros(0), np.zeros(0)) for horizon in self.horizons}
        last = last_visit_of(visits, origin, rows)
        index = windows_ending_at(visits, last, self.config.visits)
        at = np.full(len(rows), origin)
        context = np.zeros((*index.shape, CONTEXT_WIDTH), np.float32)
        context[:, -1] = totals.context(rows, at, visits.day[last], self.scale)
        output = self.network.predict([tokens_at(visits, index), context], batch_size=SCORING_BATCH, verbose=0)[:, -1]
        found = {}
        for k, horizon in enumerate(self.horizons):
            logit, mu, raw = output[:, 3 * k : 3 * k + 3].astype(np.float64).T
            sigma = np.clip(np.logaddexp(0, raw), *self.config.sigma_range)
            mu = mu + totals.offset(rows, at, horizon, self.scale)
            spends = expit(logit)
            mean = spends * np.exp(mu + sigma**2 / 2)
            depth = np.clip(1 - 0.5 / np.maximum(spends, 1e-9), 1e-9, 1 - 1e-9)
            median = np.where(spends > 0.5, np.exp(mu + sigma * ndtri(depth)), 0.0)
            found[horizon] = mean * self.scale, median * self.scale
        return found

    def save(self, folder: Path) -> None:
        self.network.save(folder / "encoder.keras")
        saved = {
            "horizons": self.horizons,
            "categories": self.categories,
            "scale": self.scale,
            "config": asdict(self.config),
        }
        write_json(folder / "encoder.json", saved)


def fit(task: Task, on_progress: Progress) -> Fit:
    config, horizons = task.config.encoder, tuple(task.splits)
    keras = keras_module(task.config.threads)
    keras.utils.set_random_seed(task.config.seed)
    learnt_until = max(split.train_origins[0] for split in task.splits.values())
    past = task.panel.events.loc[task.panel.events["day"] <= learnt_until]
    visit_count = max(int((task.panel.receipts[:, : learnt_until + 1] > 0).sum()), 1)
    scale = max(float(past["amount"].sum()) / visit_count, 1e-6)
    visits, totals = _laid_out(task.panel, len(task.categories), scale)
    network = build_network(keras, token_width(len(task.categories)), CONTEXT_WIDTH, len(horizons), config)
    model = EncoderModel(network, horizons, task.categories, scale, config)

    draw = _Draw(task, visits, totals, scale)
    batches = max(len(draw.customers) // config.batch_size, 1)
    epochs = int(np.clip(config.sequences_at_most // max(len(draw.customers), 1), 1, config.epochs_at_most))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, epochs * batches, warmup_target=config.learning_rate, warmup_steps=batches // 2 + 1, alpha=0.02
    )
    network.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0),
        loss=zero_inflated_lognormal_loss(keras, len(horizons), config),
    )
    curve: list[dict[str, float]] = []
    best, best_error = network.get_weights(), float("inf")
    for epoch in range(epochs):
        losses = [float(network.train_on_batch(*batch)) for batch in draw.epoch(config.batch_size, batches)]
        error = float(np.mean([wape(truth, sum(pair) / 2) for _, truth, pair in _watched(model, task, visits, totals)]))
        curve.append({"step": epoch + 1, "training_loss": float(np.mean(losses)), "held_out_wape": error})
        on_progress(f"encoder: epoch {epoch + 1} of {epochs}, loss {curve[-1]['training_loss']:.3f}, WAPE {error:.3f}")
        if error < best_error:
            best, best_error = network.get_weights(), error
    network.set_weights(best)
    params = {**asdict(config), "epochs": epochs, "batches": batches, "parameters": network.count_params()}
    return Fit(model, model, params, curve)


def load(folder: Path) -> EncoderModel:
    saved = read_json(folder / "encoder.json")
    config = EncoderConfig(**{**saved["config"], "sigma_range": tuple(saved["config"]["sigma_range"])})
    return EncoderModel(
        load_network(folder), tuple(saved["horizons"]), tuple(saved["categories"]), float(saved["scale"]), config
    )


class _Draw:
    """Random training sequences: each customer once an epoch, ending at a random visit."""

    def __init__(self, task: Task, visits: Visits, totals: Totals, scale: float) -> None:
        self.task, self.visits, self.totals, self.scale = task, visits, totals, scale
        self.random = np.random.default_rng(task.config.seed)
        newest = max(split.train_origins[0] for split in task.splits.values())
        rows = np.arange(len(task.panel.customer_ids))
        key = visits.row * visits.days + visits.day
        self.until = np.searchsorted(key, rows * visits.days + newest, side="right")
        groups = {g for split in task.splits.values() for g in split.train_groups(with_calibration=False)}
        learnt = np.isin(task.groups, sorted(groups)) & (self.until > visits.starts[:-1])
        self.customers = np.flatnonzero(learnt)

    def epoch(self, size: int, batches: int) -> Any:
        order = np.resize(self.random.permutation(self.customers), size * batches)
        for k in range(batches):
            yield self._batch(order[k * size : (k + 1) * size])

    def _batch(self, rows: npt.NDArray[np.int64]) -> tuple[list[Matrix], Matrix]:
        visits, config = self.visits, self.task.config
        first, until = visits.starts[rows], self.until[rows]
        shortest = np.minimum(first + config.encoder.visits // 2, until - 1)
        index = windows_ending_at(visits, self.random.integers(shortest, until), config.encoder.visits)
        valid = index >= 0
        row, day, gap = rows[:, None] + 0 * index, visits.day[index], visits.next_gap[index]
        origin = day + np.floor(self.random.random(index.shape) * np.minimum(gap, config.active_days)).astype(np.int64)
        origin = np.where(valid, origin, 0)
        context = self.totals.context(row, origin, np.where(valid, day, 0), self.scale) * valid[..., None]
        parts: list[npt.NDArray[Any]] = []
        for horizon, split in self.task.splits.items():
            learnt = valid & (origin <= split.train_origins[0]) & (origin >= split.train_origins[-1])
            learnt &= np.isin(self.task.groups[row], split.train_groups(with_calibration=False))
            stop = np.where(learnt, origin + 1 + horizon, 0)
            start = np.where(learnt, origin + 1, 0)
            weight = learnt * np.minimum(gap, config.active_days) / 7
            parts += [
                self.totals.between(row, start, stop) / self.scale,
                weight,
                self.totals.offset(row, origin, horizon, self.scale),
            ]
        return [tokens_at(visits, index), context], np.stack(parts, axis=-1).astype(np.float32)


@lru_cache(maxsize=1)
def _laid_out(panel: Panel, category_count: int, scale: float) -> tuple[Visits, Totals]:
    """Kept for the panel of the moment: ten origins of one contest share it (1.5 s each at 1.5 M events)."""
    return visits_of(panel, category_count, scale), Totals(panel)


def _watched(
    model: EncoderModel, task: Task, visits: Visits, totals: Totals
) -> list[tuple[int, Amounts, tuple[Amounts, Amounts]]]:
    """Horizon, truth and (mean, median) of up to 1,000 calibration customers at the newest training origin."""
    found = []
    for horizon, split in task.splits.items():
        origin = split.train_origins[0]
        rows = task.active(origin, (CALIBRATION_GROUP,))[:WATCHED_AT_MOST]
        found.append((horizon, task.truth(origin, horizon, rows), model.moments(visits, totals, origin, rows)[horizon]))
    return found
