"""The rules: what all buy, what the customer buys, and what those buy who buy alike."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ml_assets.category_priority.config import ContestConfig, NeighboursConfig
from ml_assets.category_priority.crowd import Crowd
from ml_assets.category_priority.history import History, Matrix, Rows
from ml_assets.category_priority.learner import Fit
from ml_assets.histories.saved import read_json, write_json

LONG_AGO = 10_000
"""Days: all of the history."""
ROWS_AT_ONCE = 2_000
SIMILAR_DIGITS = 5
"""What a product of matrices says behind them depends on how many rows it has."""


def personal_frequency(history: History, origin: int, rows: Rows, crowd: Crowd) -> Matrix:
    """Days on which each of `rows` bought in each category, ever; ties and the rest by popularity (below 1)."""
    own = history.counts(origin, LONG_AGO)[rows].toarray()
    return np.asarray(own + crowd.popularity, dtype=np.float32)


def neighbours(history: History, origin: int, rows: Rows, config: NeighboursConfig, crowd: Crowd) -> Matrix:
    """Own share of days by category, mixed with those of the customers whose shares are most alike (cosine)."""
    recent = history.counts(origin, config.recent_days)
    pool = crowd.pool / np.maximum(crowd.pool.sum(axis=1, keepdims=True), 1)
    unit = pool / np.maximum(np.linalg.norm(pool, axis=1, keepdims=True), 1e-12)
    scores = np.empty((len(rows), len(history.categories)), np.float32)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        own = recent[part].toarray()
        own /= np.maximum(own.sum(axis=1, keepdims=True), 1)
        similar = (own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-12)) @ unit.T
        similar = similar.round(SIMILAR_DIGITS)
        similar[history.customer_ids[part][:, None] == crowd.pool_ids] = 0  # nobody is his own neighbour
        count = min(config.neighbours, similar.shape[1])
        best = np.argpartition(-similar, count - 1, axis=1)[:, :count]
        weight = np.take_along_axis(similar, best, axis=1)
        theirs = np.einsum("ij,ijk->ik", weight, pool[best]) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
        scores[start : start + len(part)] = (
            config.own_share * own + (1 - config.own_share) * theirs + 1e-3 * crowd.popularity
        )
    return scores


@dataclass(frozen=True)
class RuleModel:
    """A rule needs no training: what it says follows from the history up to the day asked about."""

    name: str
    config: NeighboursConfig

    def scores(self, history: History, origin: int, rows: Rows, crowd: Crowd) -> Matrix:
        if self.name == "popularity":
            return np.tile(crowd.popularity, (len(rows), 1))
        if self.name == "personal_frequency":
            return personal_frequency(history, origin, rows, crowd)
        return neighbours(history, origin, rows, self.config, crowd)

    def save(self, folder: Path) -> None:
        write_json(folder / "rule.json", {"name": self.name, "config": asdict(self.config)})


def rule(name: str) -> Callable[[History, int, ContestConfig], Fit]:
    """The learner of this name: it learns nothing."""

    def fit(history: History, origin: int, config: ContestConfig) -> Fit:
        return Fit(RuleModel(name, config.neighbours), asdict(config.neighbours) if name == "neighbours" else {})

    return fit


def load(folder: Path) -> RuleModel:
    saved = read_json(folder / "rule.json")
    return RuleModel(saved["name"], NeighboursConfig(**saved["config"]))
