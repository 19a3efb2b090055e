"""A fitted contender with everything it needs to score, in one folder without pickle."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.contest.learner import FittedLearner
from ml_assets.contest.question import Calibration, Question
from ml_assets.histories.panel import Panel, panel_of
from ml_assets.histories.people import PEOPLE_COLUMNS, Levels, demand_people
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.snapshot import EVENT_COLUMNS, check_events
from ml_assets.histories.task import Amounts, Rows

CUSTOMERS_AT_ONCE = 2_500
"""With 5,000 the encoder's process came to 1.7 GB (59 rows a customer); half as many leave room below 2 GiB."""


@dataclass(frozen=True)
class ScoringModel:
    """What scores customers. From the registry it knows its name, version and run."""

    question: Question
    learner: str
    fitted: FittedLearner
    calibration: Mapping[int, Calibration]
    categories: tuple[str, ...]
    active_days: int
    levels: Levels = field(default_factory=dict)
    """Of age band and gender, where these are features."""
    model_version: int = 0
    """Version in MLflow's registry; 0 before it is registered."""
    run_id: str = ""

    def seen(self, events: pd.DataFrame) -> pd.DataFrame:
        """What of checked events it looks at: all, and who the customer is where it was trained with that."""
        return events.loc[:, [*EVENT_COLUMNS, *(name for name in PEOPLE_COLUMNS if self.levels and name in events)]]

    def predict(self, events: pd.DataFrame, as_of: date, first_day: date | None = None) -> pd.DataFrame:
        """Score every customer with a receipt in the 90 days up to as_of; rows after as_of are not looked at.

        events: as Snapshot.events. first_day: of the bank's history, where the events are of a part of the customers;
        with it a forecast does not depend on who else is in the part. Returns
        score_columns, one row per customer and horizon, ordered by horizon and customer. No active customer: an empty
        frame with these columns.
        A category that training never saw counts as one of its own, "unseen". Raises BadInput as read_snapshot does,
        and where the model was trained with age band and gender and the events lack them.
        """
        events = check_events(events)
        if self.levels:
            name = f"{self.question.name} version {self.model_version}, {self.learner}"
            demand_people(events, f"{name}, was trained with age band and gender")
        events = events.loc[events["business_date"] <= pd.Timestamp(as_of)]
        recent = events.loc[events["business_date"] > pd.Timestamp(as_of) - pd.Timedelta(days=self.active_days)]
        customers = np.unique(recent.loc[recent["receipt_count"] > 0, "customer_id"].to_numpy())
        first_day = first_day or (events["business_date"].min().date() if len(events) else None)
        parts = [self._empty()]
        for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
            chunk = events.loc[events["customer_id"].isin(customers[start : start + CUSTOMERS_AT_ONCE])]
            panel = panel_of(chunk, as_of, self.categories, self.levels, first_day)
            rows = panel.active(panel.days - 1, self.active_days)
            parts += self._frames(panel, rows, as_of)
        scored = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        return scored.sort_values(["horizon_days", "customer_id"], ignore_index=True)

    @property
    def score_columns(self) -> tuple[str, ...]:
        """Columns of the prediction table, without scored_at."""
        about, model = ("as_of", "horizon_days", "customer_id"), ("model_name", "model_version", "run_id")
        return (*about, *self.question.columns, *model)

    def score(self, panel: Panel, origin: int, rows: Rows) -> dict[int, tuple[Amounts, dict[str, Amounts]]]:
        """By horizon: the learner's own forecast, and the calibrated columns of the question."""
        own = self.fitted.forecasts(panel, origin, rows)
        return {horizon: (values, self.calibration[horizon].columns(values)) for horizon, values in own.items()}

    def registered(self, model_version: int, run_id: str) -> "ScoringModel":
        return replace(self, model_version=model_version, run_id=run_id)

    def save(self, folder: Path) -> None:
        """JSON, LightGBM text, `.keras` or `.skops`: nothing in the folder can run code."""
        folder.mkdir(parents=True, exist_ok=True)
        self.fitted.save(folder)
        saved = {
            "question": self.question.name,
            "learner": self.learner,
            "categories": self.categories,
            "active_days": self.active_days,
            "levels": self.levels,
            "calibration": {str(horizon): table.as_dict() for horizon, table in self.calibration.items()},
        }
        write_json(folder / "contender.json", saved)

    @classmethod
    def load(cls, folder: Path) -> "ScoringModel":
        from ml_assets.questions import question as named

        saved = read_json(folder / "contender.json")
        question = named(saved["question"])
        return cls(
            question=question,
            learner=saved["learner"],
            fitted=question.learners[saved["learner"]].load(folder),
            calibration={int(h): question.load_calibration(table) for h, table in saved["calibration"].items()},
            categories=tuple(saved["categories"]),
            active_days=int(saved["active_days"]),
            levels={name: tuple(known) for name, known in saved.get("levels", {}).items()},
        )

    def _frames(self, panel: Panel, rows: Rows, as_of: date) -> list[pd.DataFrame]:
        frames = []
        for horizon, (_, columns) in self.score(panel, panel.days - 1, rows).items():
            frame = pd.DataFrame(
                {
                    "as_of": as_of,
                    "horizon_days": horizon,
                    "customer_id": panel.customer_ids[rows],
                    **{name: values.round(self.question.decimals) for name, values in columns.items()},
                    "model_name": self.question.name,
                    "model_version": self.model_version,
                    "run_id": self.run_id,
                }
            )
            frames.append(frame[list(self.score_columns)])
        return frames

    def _empty(self) -> pd.DataFrame:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in self.score_columns})
