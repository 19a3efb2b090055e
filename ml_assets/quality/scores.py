"""Past forecasts against what came: pure functions on one table of pairs.

Each returns rows `legal_group`, `size_band`, `metric`, `value`, `unit_count`: for all ('*', 'all'), for the merchants
of a size band, and for each merchant. Metrics carry the names that the contest gives them; `baseline_…` is the figure
of the simplest forecast on the same truth.
"""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite

import numpy as np
import pandas as pd

from ml_assets.contest.question import Measured, Question
from ml_assets.metrics import bias, brier_score, expected_calibration_error, interval_coverage, wape

SCORE_COLUMNS = ("legal_group", "size_band", "metric", "value", "unit_count")
OF_MERCHANTS = ("wape", "mae", "bias", "brier", "coverage", "coverage_nominal", "baseline_wape", "baseline_brier")
"""What is kept of each single merchant."""
Figures = Callable[[pd.DataFrame], Mapping[str, float]]


def score_spend(pairs: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """pairs: customer_id, truth, baseline, and the question's columns; members: customer_id, legal_group, size_band.

    baseline: the rate of the last 90 days.
    """
    from ml_assets.purchasing_power import QUESTION

    def figures(part: pd.DataFrame) -> dict[str, float]:
        return _of_question(QUESTION, part, "expected_amount") | {
            "baseline_wape": wape(part["truth"], part["baseline"])
        }

    return _scored(pairs, pairs.merge(members, on="customer_id"), figures)


def score_returns(pairs: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """pairs: legal_group, customer_id, truth (0 or 1), return_probability; members: legal_group, size_band.

    baseline: the share that returned, said of everybody.
    """
    from ml_assets.retention import QUESTION

    def figures(part: pd.DataFrame) -> dict[str, float]:
        share = float(part["truth"].mean())
        return _of_question(QUESTION, part, "return_probability") | {"baseline_brier": share * (1 - share)}

    return _scored(pairs, pairs.merge(members, on="legal_group"), figures)


def score_demand(pairs: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """pairs: legal_group, truth, baseline, expected_amount, p10_amount, p90_amount, a row for each period of a series.

    members: legal_group, size_band. baseline: the same weekday of the last week, the last week.
    """

    def figures(part: pd.DataFrame) -> dict[str, float]:
        y = part["truth"]
        return {
            "wape": wape(y, part["expected_amount"]),
            "bias": bias(y, part["expected_amount"]),
            "coverage": interval_coverage(y, part["p10_amount"], part["p90_amount"]),
            "coverage_nominal": float(np.where(part["p10_amount"] > 0, 0.8, 0.9).mean()),
            "baseline_wape": wape(y, part["baseline"]),
        }

    return _scored(pairs, pairs.merge(members, on="legal_group"), figures)


def score_categories(pairs: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """pairs: customer_id, category_code, category_rank (none where it is not kept), purchase_probability, truth (0 or
    1), baseline, every customer with every category, in this order; members: customer_id, legal_group, size_band.

    baseline: one minus the chance that a customer who goes on buying at his rate of 90 days does not buy there.
    """
    from ml_assets.category_priority.evaluation import ndcg

    categories = pairs["category_code"].nunique()

    def figures(part: pd.DataFrame) -> dict[str, float]:
        truth, chance = part["truth"], part["purchase_probability"]
        first = part["category_rank"] <= 10
        ranks = part["category_rank"].fillna(categories + 1)
        bought, order, baseline = (
            side.to_numpy().reshape(-1, categories) for side in (truth, -ranks, part["baseline"])
        )
        return {
            "brier": brier_score(truth, chance),
            "ece": expected_calibration_error(truth[first], chance[first]),
            "ndcg_10": float(np.nanmean(ndcg(bought, order))) if bought.any() else float("nan"),
            "baseline_brier": brier_score(truth, part["baseline"]),
            "baseline_ndcg_10": float(np.nanmean(ndcg(bought, baseline))) if bought.any() else float("nan"),
        }

    of_members = members.merge(pairs, on="customer_id").sort_values(
        ["legal_group", "customer_id", "category_code"], ignore_index=True
    )
    return _scored(pairs, of_members, figures).assign(unit_count=lambda rows: rows["unit_count"] // max(categories, 1))


def _of_question(question: Question, part: pd.DataFrame, own: str) -> dict[str, float]:
    columns = {name: part[name].to_numpy(dtype=np.float64) for name in question.columns}
    units = np.arange(len(part))
    measured = Measured(part["truth"].to_numpy(dtype=np.float64), columns[own], columns, units, 0 * units)
    found = question.evaluate(measured, 0)
    return {name.removesuffix("_0"): value for name, value in found.items() if not name.startswith("customers")}


def _scored(pairs: pd.DataFrame, of_members: pd.DataFrame, figures: Figures) -> pd.DataFrame:
    rows = list(_rows("*", "all", pairs, figures))
    for band, part in of_members.groupby("size_band"):
        rows += _rows("*", str(band), part, figures)
    for group, part in of_members.groupby("legal_group"):
        rows += [row for row in _rows(str(group), "all", part, figures) if row[2] in OF_MERCHANTS]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _rows(group: str, band: str, part: pd.DataFrame, figures: Figures) -> Iterator[tuple[str, str, str, float, int]]:
    if len(part):
        yield from ((group, band, name, value, len(part)) for name, value in figures(part).items() if isfinite(value))
