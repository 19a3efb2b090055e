"""A ranker with its calibration: what predicts, and how MLflow knows it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ml_assets.category_priority import boosting, encoder, rules
from ml_assets.category_priority.calibration import Calibration, Flags, ranks_of
from ml_assets.category_priority.config import ContestConfig, NeighboursConfig
from ml_assets.category_priority.crowd import Crowd, crowd_on
from ml_assets.category_priority.history import Matrix, history_of
from ml_assets.category_priority.learner import FittedRanker, Learner
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.snapshot import EVENT_COLUMNS, check_events

CUSTOMERS_AT_ONCE = 2_500
"""As purchasing power takes them: beyond, the encoder's process comes near 2 GiB."""
RULES = ("popularity", "personal_frequency", "neighbours")
LEARNERS: Mapping[str, Learner] = {
    **{name: Learner(rules.rule(name), rules.load) for name in RULES},
    "lightgbm": Learner(boosting.fit, boosting.load),
    "encoder": Learner(encoder.fit, encoder.load),
}
PRIORITY_COLUMNS = (
    "as_of", "horizon_days", "customer_id", "category_code", "category_rank", "purchase_probability",
    "model_name", "model_version",
)  # fmt: skip
"""Columns of predictions.category_priority, without scored_at."""
_FOR_PREDICTIONS = ("horizon", "active_days", "top", "least_probability")


@dataclass(frozen=True)
class PrioritySubject:
    """One experiment and one registered model: what the registry must know."""

    name: str = "category-priority"
    purpose: str = "in which categories a merchant's customers will buy in the next 30 days."
    shown_metrics: tuple[str, ...] = ("ndcg_10", "hit_1", "brier_30", "ece_30", "wape_buyers_30")

    @property
    def requirements(self) -> Mapping[str, tuple[str, ...]]:
        own = {"lightgbm": ("lightgbm",), "encoder": ("keras", "tensorflow")}
        return {name: ("numpy", "pandas", "scipy", *own.get(name, ())) for name in LEARNERS}

    @property
    def inputs(self) -> Mapping[str, str]:
        return dict(zip(EVENT_COLUMNS, ("datetime", "long", "string", "double", "long"), strict=True))

    @property
    def outputs(self) -> Mapping[str, str]:
        ranks = {"customer_id": "long", "category_code": "string", "category_rank": "long"}
        return {"horizon_days": "long", **ranks, "purchase_probability": "double"}

    @property
    def served_code(self) -> Path:
        return Path(__file__).with_name("served_model.py")


SUBJECT = PrioritySubject()


@dataclass(frozen=True)
class RankingModel:
    """What ranks categories for customers. From the registry it knows its version and run."""

    learner: str
    fitted: FittedRanker
    calibration: Calibration
    categories: tuple[str, ...]
    config: ContestConfig
    model_version: int = 0
    """Version in MLflow's registry; 0 before it is registered."""
    run_id: str = ""

    @property
    def question(self) -> PrioritySubject:
        return SUBJECT

    def chances(self, scores: Matrix) -> tuple[Matrix, Flags]:
        """(probability of a purchase within the horizon, whether the prediction keeps the pair), shaped as scores."""
        return self.calibration.chances(scores, self.config.top, self.config.least_probability)

    def predict(self, events: pd.DataFrame, as_of: date) -> pd.DataFrame:
        """PRIORITY_COLUMNS, by customer and rank: the ten likeliest categories, and others of 1 % or more.

        Last, without customer and rank, a row a category: its probability for a customer of whom it is not kept.
        Of every customer with a receipt in the 90 days up to as_of; rows after as_of are not looked at. A category that
        training never saw is not ranked. Raises BadInput as read_snapshot does.
        """
        amid = self.amid([events], as_of)
        return pd.concat([amid.predict(events, as_of), amid.rest()], ignore_index=True)

    def amid(self, parts: Iterable[pd.DataFrame], as_of: date) -> "AmidCrowd":
        """What ranks on as_of, for any part of the customers; parts: all of them, as histories.read_batches gives."""
        return AmidCrowd(self, as_of, crowd_on(as_of, parts, self.categories, self.config.neighbours))

    def registered(self, model_version: int, run_id: str) -> "RankingModel":
        return replace(self, model_version=model_version, run_id=run_id)

    def save(self, folder: Path) -> None:
        """JSON, LightGBM text or `.keras`: nothing in the folder can run code."""
        folder.mkdir(parents=True, exist_ok=True)
        self.fitted.save(folder)
        saved = {
            "learner": self.learner,
            "calibration": self.calibration.as_dict(),
            "categories": self.categories,
            "config": {name: getattr(self.config, name) for name in _FOR_PREDICTIONS},
            "neighbours": asdict(self.config.neighbours),
        }
        write_json(folder / "ranking.json", saved)

    @classmethod
    def load(cls, folder: Path) -> "RankingModel":
        saved = read_json(folder / "ranking.json")
        return cls(
            learner=saved["learner"],
            fitted=LEARNERS[saved["learner"]].load(folder),
            calibration=Calibration.from_dict(saved["calibration"]),
            categories=tuple(saved["categories"]),
            config=ContestConfig(**saved["config"], neighbours=NeighboursConfig(**saved.get("neighbours", {}))),
        )


@dataclass(frozen=True)
class AmidCrowd:
    """A ranking model on one day among all customers of the bank: a forecast does not depend on who else is asked."""

    model: RankingModel
    as_of: date
    crowd: Crowd

    @property
    def active_days(self) -> int:
        return self.model.config.active_days

    def seen(self, events: pd.DataFrame) -> pd.DataFrame:
        """What it looks at: purchases and refunds in categories that training saw."""
        return events.loc[events["category_code"].isin(self.model.categories), list(EVENT_COLUMNS)]

    def predict(self, events: pd.DataFrame, as_of: date, first_day: date | None = None) -> pd.DataFrame:
        """As RankingModel.predict, of these customers, without the rows of nobody. first_day: of the bank's history.

        Raises ValueError on another day than the crowd's.
        """
        if as_of != self.as_of:
            raise ValueError(f"The crowd is that of {self.as_of}, asked about is {as_of}.")
        events = check_events(events)
        events = events.loc[events["business_date"] <= pd.Timestamp(as_of)]
        first_day = first_day or (events["business_date"].min().date() if len(events) else as_of)
        events = self.seen(events)
        recent = events.loc[events["business_date"] > pd.Timestamp(as_of) - pd.Timedelta(days=self.active_days)]
        customers = np.unique(recent.loc[recent["receipt_count"] > 0, "customer_id"].to_numpy())
        parts = [_laid_out([], [], [], [])]
        for start in range(0, len(customers), CUSTOMERS_AT_ONCE):
            part = events.loc[events["customer_id"].isin(customers[start : start + CUSTOMERS_AT_ONCE])]
            parts.append(self._frame(part, first_day))
        return self._of_model(pd.concat(parts, ignore_index=True))

    def rest(self) -> pd.DataFrame:
        """A row a category, without customer and rank: its probability for who has no row of his own in it."""
        categories, nobody = self.model.categories, [None] * len(self.model.categories)
        return self._of_model(_laid_out(nobody, categories, nobody, np.array(self.model.calibration.rest)))

    def _frame(self, events: pd.DataFrame, first_day: date) -> pd.DataFrame:
        history = history_of(events, self.as_of, self.model.categories, first_day)
        rows = np.arange(len(history.customer_ids))
        scores = self.model.fitted.scores(history, history.days - 1, rows, self.crowd)
        chances, kept = self.model.chances(scores)
        ranks = ranks_of(scores)
        place, column = np.nonzero(kept)
        order = np.lexsort((ranks[place, column], place))
        place, column = place[order], column[order]
        return _laid_out(
            history.customer_ids[rows[place]],
            np.array(self.model.categories, dtype=object)[column],
            ranks[place, column],
            chances[place, column],
        )

    def _of_model(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(
            as_of=self.as_of,
            horizon_days=self.model.config.horizon,
            model_name=SUBJECT.name,
            model_version=self.model.model_version,
        )[list(PRIORITY_COLUMNS)]


def _laid_out(customer_ids: Any, codes: Any, ranks: Any, chances: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": pd.array(customer_ids, dtype="Int64"),
            "category_code": pd.Series(codes, dtype=object),
            "category_rank": pd.array(ranks, dtype="Int64"),
            "purchase_probability": np.asarray(chances, dtype=np.float64).round(4),
        }
    )
