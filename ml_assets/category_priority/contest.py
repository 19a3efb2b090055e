"""All contenders on one out-of-time split, and the model that ranks categories for customers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Protocol

import numpy as np
import pandas as pd

from ml_assets.category_priority import boosting, encoder, rules
from ml_assets.category_priority.config import ContestConfig
from ml_assets.category_priority.evaluation import evaluate
from ml_assets.category_priority.history import History, Matrix, Rows, history_of
from ml_assets.errors import BadInput, HistoryTooShort
from ml_assets.histories.saved import read_json, write_json
from ml_assets.histories.snapshot import check_events, digest_of

CUSTOMERS_AT_ONCE = 20_000


class FittedRanker(Protocol):
    """Scores of categories: a higher one comes first. Reads no day after `origin`."""

    def scores(self, history: History, origin: int, rows: Rows) -> Matrix: ...

    def save(self, folder: Path) -> None: ...


RULES = ("popularity", "personal_frequency", "neighbours")
FIT: Mapping[str, Callable[[History, int, ContestConfig], FittedRanker]] = {
    **{name: rules.rule(name) for name in RULES},
    "lightgbm": boosting.fit,
    "encoder": encoder.fit,
}
LOAD: Mapping[str, Callable[[Path], FittedRanker]] = {
    **dict.fromkeys(RULES, rules.load),
    "lightgbm": boosting.load,
    "encoder": encoder.load,
}


@dataclass(frozen=True)
class RankingModel:
    """What ranks categories for customers."""

    learner: str
    fitted: FittedRanker
    categories: tuple[str, ...]
    active_days: int
    top: int

    def predict(self, events: pd.DataFrame, as_of: date) -> pd.DataFrame:
        """Columns as_of, customer_id, category_rank (from 1), category_code, score; by customer and rank.

        Of every customer with a receipt in the 90 days up to as_of; rows after as_of are not looked at. A category that
        training never saw is not ranked. Raises BadInput as read_snapshot does.
        """
        history = history_of(check_events(events), as_of, self.categories)
        origin = history.days - 1
        rows = history.active(origin, self.active_days)
        width = min(self.top, len(self.categories))
        parts = []
        for start in range(0, len(rows), CUSTOMERS_AT_ONCE):
            part = rows[start : start + CUSTOMERS_AT_ONCE]
            scores = self.fitted.scores(history, origin, part)
            order = np.argsort(-scores, axis=1, kind="stable")[:, :width]
            parts.append(
                pd.DataFrame(
                    {
                        "as_of": as_of,
                        "customer_id": np.repeat(history.customer_ids[part], width),
                        "category_rank": np.tile(np.arange(1, width + 1), len(part)),
                        "category_code": np.array(self.categories, dtype=object)[order.ravel()],
                        "score": np.take_along_axis(scores, order, axis=1).ravel().astype(np.float64),
                    }
                )
            )
        names = ["as_of", "customer_id", "category_rank", "category_code", "score"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)

    def save(self, folder: Path) -> None:
        """JSON, LightGBM text or `.keras`: nothing in the folder can run code."""
        folder.mkdir(parents=True, exist_ok=True)
        self.fitted.save(folder)
        kept = {name: getattr(self, name) for name in ("learner", "categories", "active_days", "top")}
        write_json(folder / "ranking.json", kept)

    @classmethod
    def load(cls, folder: Path) -> "RankingModel":
        saved = read_json(folder / "ranking.json")
        fitted = LOAD[saved["learner"]](folder)
        return cls(saved["learner"], fitted, tuple(saved["categories"]), int(saved["active_days"]), int(saved["top"]))


@dataclass(frozen=True)
class Contender:
    """One learner after the contest; the metrics are evaluation.py's."""

    learner: str
    model: RankingModel
    metrics: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class Contest:
    """Outcome; `contenders` best first."""

    as_of: date
    config: ContestConfig
    digest: str
    rows: int
    contenders: tuple[Contender, ...]


def run_contest(
    events: pd.DataFrame,
    as_of: date,
    config: ContestConfig | None = None,
    on_progress: Callable[[str], None] = lambda line: None,
) -> Contest:
    """Fit every contender on the past, measure each on what was bought in the last 30 days up to as_of.

    events: Snapshot.events. Raises BadInput, and HistoryTooShort where less than 60 days lie before those.
    """
    config = config or ContestConfig()
    events = check_events(events)
    events = events.loc[events["business_date"] <= pd.Timestamp(as_of)]
    if events.empty:
        raise BadInput(f"No events up to {as_of}: load transactions first.")
    history = history_of(events, as_of)
    origin = history.days - 1 - config.horizon
    if origin < 2 * config.horizon:
        raise HistoryTooShort(
            f"The events span {history.days} days; ranking {config.horizon} days ahead needs at least "
            f"{3 * config.horizon + 1}. Load more history."
        )
    rows = history.active(origin, config.active_days)
    bought = history.bought(origin, config.horizon)[rows].toarray()
    contenders = []
    for learner in config.contenders:
        begun = perf_counter()
        fitted = FIT[learner](history, origin, config)
        metrics = evaluate(bought, fitted.scores(history, origin, rows), config.top)
        model = RankingModel(learner, fitted, history.categories, config.active_days, config.top)
        contenders.append(Contender(learner, model, metrics, perf_counter() - begun))
        on_progress(f"{learner}: " + ", ".join(f"{name} {value:.4g}" for name, value in metrics.items()))
    ranked = sorted(contenders, key=lambda found: -found.metrics[config.gate.primary_metric])
    return Contest(as_of, config, digest_of(events), len(events), tuple(ranked))
