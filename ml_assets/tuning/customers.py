"""Cross-validation over customers at training origins: the held-out days, and held-out customers, are not there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ml_assets.contest.gate import Vector
from ml_assets.contest.question import ContestConfig, Measured, Question
from ml_assets.contest.run import fitted_and_calibrated, losses_by_unit, measure, splits_of, task_of
from ml_assets.histories.snapshot import check_events, digest_of
from ml_assets.histories.split import GROUPS, TEST_GROUP, Split, group_of
from ml_assets.histories.task import Task
from ml_assets.tuning.outcome import Progress, Tuning, TuningConfig


def tune_customers(
    question: Question,
    learner: str,
    events: pd.DataFrame,
    as_of: date,
    config: ContestConfig,
    options: TuningConfig | None = None,
    on_progress: Progress = lambda line: None,
) -> Tuning:
    """Each fold is a fifth of the customers that the learner does not see, in the contest's own training windows.

    Days after the last of these windows are cut off first; where the contest would measure other customers, these are
    left out. Raises BadInput and HistoryTooShort as a contest does.
    """
    events = check_events(events)
    events = events.loc[events["business_date"] <= pd.Timestamp(as_of)]
    splits = splits_of(events, as_of, config)
    first = events["business_date"].min()
    last = first + pd.Timedelta(days=max(split.train_origins[0] + split.horizon for split in splits.values()))
    known = events.loc[events["business_date"] <= last]
    if any(split.kind == "customers" for split in splits.values()):
        known = known.loc[group_of(known["customer_id"].to_numpy()) != TEST_GROUP]
    task = task_of(question, known, last.date(), config, _across_customers(splits))
    options = options or TuningConfig()
    facts = {
        "as_of": str(as_of),
        "first_date": str(first.date()),
        "last_date": str(last.date()),
        "event_rows": len(known),
        **{f"training_origins_{horizon}": len(split.train_origins) for horizon, split in splits.items()},
    }

    def trial(tried: Any) -> tuple[Mapping[str, float], tuple[Mapping[str, float], ...], Vector]:
        held = [_held_out(question, learner, task, tried, number, on_progress) for number in range(options.folds)]
        together = {horizon: Measured.together([fold[horizon] for fold in held]) for horizon in splits}
        folds = tuple(_figures(question, fold) for fold in held)
        return _figures(question, together), folds, losses_by_unit(question, next(iter(together.values())))

    return Tuning(question, learner, config, options, digest_of(known), facts, trial)


def _across_customers(splits: Mapping[int, Split]) -> dict[int, Split]:
    """Learnt from and measured in the same windows, on other customers."""
    return {
        horizon: replace(split, kind="customers", test_origins=split.train_origins) for horizon, split in splits.items()
    }


def _held_out(
    question: Question, learner: str, task: Task[ContestConfig], config: ContestConfig, number: int, say: Progress
) -> dict[int, Measured]:
    """What a learner says of the customers of a fold. Features are computed once for all folds and candidates."""
    fold = replace(task, config=config, _fits={})
    count = len(task.panel.customer_ids)
    fold.groups = (np.random.default_rng(config.seed).permutation(count) - number) % GROUPS
    model, _ = fitted_and_calibrated(question, learner, fold, say)
    return {horizon: measure(model, fold, split) for horizon, split in fold.splits.items()}


def _figures(question: Question, measured: Mapping[int, Measured]) -> dict[str, float]:
    return {
        name: value for horizon, held in measured.items() for name, value in question.evaluate(held, horizon).items()
    }
