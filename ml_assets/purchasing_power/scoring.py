"""A fitted contender with everything it needs to score, in one folder without pickle."""

from datetime import date
from typing import Protocol

import pandas as pd

SCORE_COLUMNS = (
    "as_of", "horizon_days", "customer_id", "expected_amount", "p10_amount", "p50_amount", "p90_amount",
    "model_name", "model_version", "run_id",
)  # fmt: skip
"""Columns of predictions.purchasing_power, without scored_at."""


class ScoringModel(Protocol):
    """What scores customers. From the registry it knows its name, version and run."""

    learner: str
    model_name: str
    model_version: int
    run_id: str

    def predict(self, events: pd.DataFrame, as_of: date) -> pd.DataFrame:
        """Score every customer with an event in the 90 days up to as_of; rows after as_of are not looked at.

        events: as Snapshot.events. Returns SCORE_COLUMNS, one row per customer and horizon, amounts >= 0 with
        p10 <= p50 <= p90, ordered by horizon and customer. No active customer: an empty frame with these columns.
        A category that training never saw counts as "other". Raises BadInput as read_snapshot does.
        """
        ...
