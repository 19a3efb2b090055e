"""Training sequences, drawn at random while the network learns from the ones before.

A sequence is learnt from at every visit at once: after each visit a day before the next one is drawn as origin, and the
step's loss has the gap as weight. That is the same as drawing origins evenly over all days, at the cost of one pass.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.sequences import Indices, Totals, Visits, tastes_at, tokens_at, windows_ending_at
from ml_assets.histories.panel import Matrix
from ml_assets.histories.task import Task

Batch = tuple[Any, dict[str, Matrix]]
"""Inputs as the network takes them, and truth by name."""
DRAWN_AHEAD = 4


class Draw:
    """Random training sequences: each customer once an epoch, ending at a random visit."""

    def __init__(self, task: Task[Any], config: EncoderConfig, visits: Visits, totals: Totals, scale: float) -> None:
        self.task, self.config, self.visits, self.totals, self.scale = task, config, visits, totals, scale
        self.random = np.random.default_rng(task.config.seed)
        newest = max(split.train_origins[0] for split in task.splits.values())
        rows = np.arange(len(task.panel.customer_ids))
        self.until = visits.until(rows, np.full(len(rows), newest))
        groups = {g for split in task.splits.values() for g in split.train_groups(with_calibration=False)}
        learnt = np.isin(task.groups, sorted(groups)) & (self.until > visits.starts[:-1])
        self.customers = np.flatnonzero(learnt)
        self.batches = max(len(self.customers) // config.batch_size, 1)

    def tastes(self) -> Matrix:
        """What is known of each customer's taste at his last visit."""
        return tastes_at(self.visits, self.until[self.customers] - 1)

    def next_events(self) -> Iterator[Batch]:
        """An epoch of visits with, at each, the next visit's categories and the days until it."""
        return self._epoch(self._next_events)

    def outcomes(self, answers: Collection[str]) -> Iterator[Batch]:
        """An epoch of visits, context and habits with, at each origin, what is to be answered (network.py)."""
        return self._epoch(partial(self._outcomes, answers))

    def _epoch(self, batch: Callable[[Indices], Batch]) -> Iterator[Batch]:
        """One thread draws ahead: NumPy lets the others run meanwhile, and one alone draws the same on every run."""
        size = self.config.batch_size
        order = np.resize(self.random.permutation(self.customers), self.batches * size)
        with ThreadPoolExecutor(1) as pool:
            waiting: deque[Future[Batch]] = deque()
            for rows in order.reshape(self.batches, size):
                waiting.append(pool.submit(batch, rows))
                if len(waiting) > DRAWN_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _windows(self, rows: Indices) -> Indices:
        first, until = self.visits.starts[rows], self.until[rows]
        shortest = np.minimum(first + self.config.visits // 2, until - 1)
        return windows_ending_at(self.visits, rows, self.random.integers(shortest, until), self.config.visits)

    def _next_events(self, rows: Indices) -> Batch:
        visits, index = self.visits, self._windows(rows)
        known = (index >= 0) & (index + 1 < self.until[rows][:, None])
        after = np.where(known, index + 1, 0)
        basket = (visits.bought[after + 1] - visits.bought[after])[..., :-1].astype(np.float32)
        size = basket.sum(axis=-1, keepdims=True)
        share = basket / np.maximum(size, 1)
        gap = np.log1p(visits.next_gap[index]).astype(np.float32)
        truth = {
            "next_categories": np.concatenate([share, known[..., None] * (size > 0)], axis=-1, dtype=np.float32),
            "next_gap": np.stack([gap, known], axis=-1, dtype=np.float32),
        }
        return {"visits": tokens_at(visits, index), "taste": tastes_at(visits, index)}, truth

    def _outcomes(self, answers: Collection[str], rows: Indices) -> Batch:
        visits, index = self.visits, self._windows(rows)
        valid = index >= 0
        days = np.minimum(visits.next_gap[index], self.task.config.active_days)
        row, day = np.broadcast_to(rows[:, None], index.shape), np.where(valid, visits.day[index], 0)
        origin = np.where(valid, day + np.floor(self.random.random(index.shape) * days).astype(np.int64), 0)
        context = self.totals.context(row, origin, day, self.scale) * valid[..., None]
        inputs = {
            "visits": tokens_at(visits, index), "taste": tastes_at(visits, index),
            "context": context, "habits": visits.habits(row, origin),
        }  # fmt: skip
        truth = {}
        for horizon, split in self.task.splits.items():
            learnt = valid & (origin <= split.train_origins[0]) & (origin >= split.train_origins[-1])
            learnt &= np.isin(self.task.groups[row], split.train_groups(with_calibration=False))
            weight = learnt * days / 7
            stop = np.where(learnt, origin + 1 + horizon, origin + 1)
            amount = self.totals.between(row, origin + 1, stop) / self.scale
            offset = self.totals.offset(row, origin, horizon, self.scale)
            returned = day + visits.next_gap[index] < stop
            truth[f"spend_{horizon}"] = np.stack([amount, weight, offset], axis=-1, dtype=np.float32)
            truth[f"returns_{horizon}"] = np.stack([returned, weight], axis=-1, dtype=np.float32)
        if "categories" in answers:
            nearest = min(self.task.splits)
            bought = visits.baskets(row, origin, origin + nearest) > 0
            weight = truth[f"returns_{nearest}"][..., 1:]
            truth["categories"] = np.concatenate([bought, weight], axis=-1, dtype=np.float32)
        return inputs, truth
