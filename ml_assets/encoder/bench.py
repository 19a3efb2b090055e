"""Does the device wait for data? Events a second as in training, beside the same loop on batches that lie in memory."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

import pandas as pd

from ml_assets.encoder.batches import Batch
from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.training import fine_tuning, prepare, pretraining, run_epoch
from ml_assets.histories.config import HistoryConfig
from ml_assets.histories.panel import panel_of
from ml_assets.histories.snapshot import check_events
from ml_assets.histories.split import choose_split
from ml_assets.histories.task import Task

ROUNDS = 9
BATCHES = 15


def pipeline_table(events: pd.DataFrame) -> str:
    """Of both stages of training, on all categories of `events`; an event is a visit.

    Rounds alternate and the median of their ratios is told: a machine that others use too is now faster, now slower.
    """
    lines = ["| stage | events/s, drawn | events/s, in memory | ratio |", "| --- | --- | --- | --- |"]
    for stage, network, epoch in _stages(events):
        held = list(islice(epoch(), BATCHES))
        visits = sum(int(inputs["visits"].any(axis=-1).sum()) for inputs, _ in held)
        run_epoch(network, iter(held))  # compiles
        pairs = [(_seconds(network, islice(epoch(), BATCHES)), _seconds(network, iter(held))) for _ in range(ROUNDS)]
        drawn, kept = (visits / median(seconds) for seconds in zip(*pairs, strict=True))
        lines.append(f"| {stage} | {drawn:,.0f} | {kept:,.0f} | {median(b / a for a, b in pairs):.2f} |")
    return "\n".join(lines)


def _stages(events: pd.DataFrame) -> Iterator[tuple[str, Any, Callable[[], Iterator[Batch]]]]:
    events, config = check_events(events), HistoryConfig()
    first, as_of = events["business_date"].min(), events["business_date"].max()
    splits = {horizon: choose_split((as_of - first).days + 1, horizon, config) for horizon in (30, 90)}
    categories = tuple(sorted(set(events["category_code"])))
    task = Task(panel_of(events, as_of.date(), categories), splits, categories, config)
    training = prepare(task.before_held_out(splits), EncoderConfig(), tuple(splits))
    yield "next events", pretraining(training, 1), training.draw.next_events
    network = fine_tuning(training, 1)
    yield "body and heads", network, partial(training.draw.outcomes, network.output)


def _seconds(network: Any, batches: Iterator[Batch]) -> float:
    begun = perf_counter()
    run_epoch(network, batches)
    return perf_counter() - begun
