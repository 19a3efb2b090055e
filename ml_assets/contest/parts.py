"""Parts of what is measured: windows, the smallest merchants, groups of people. One primary metric for each."""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.contest.question import Measured, Question

Flags = npt.NDArray[np.bool_]
Parts = Mapping[str, Flags]
"""By name: which rows of the panel belong to it."""

SMALL_SHARE, SMALL_AT_LEAST = 0.25, 200
"""The smallest quarter of the merchants; more of them until so many customers are measured."""
PEOPLE_AT_LEAST = 100
"""The error of a smaller group of people is not reported."""


def parts_of(
    customer_ids: npt.NDArray[np.int64], merchants: pd.Series | None = None, people: pd.DataFrame | None = None
) -> Parts:
    """merchants: whose customer a customer_id (the index) is. people: columns (age band, gender) by customer_id.

    Names: `smallest`, and `age_band_25_34`, `gender_female` and so on.
    """
    parts: dict[str, Flags] = {}
    if merchants is not None:
        parts["smallest"] = _of_the_smallest(merchants.reindex(customer_ids).to_numpy())
    if people is not None:
        known = people.reindex(customer_ids)
        for column in known.columns:
            values = known[column].fillna("unknown").astype(str)
            for value, count in values.value_counts().sort_index().items():
                if count >= PEOPLE_AT_LEAST:
                    parts[f"{column}_{_plain(str(value))}"] = (values == value).to_numpy()
    return parts


def figures_of(question: Question, measured: Mapping[int, Measured], primary: str, parts: Parts) -> dict[str, float]:
    """All metrics of all horizons; the primary one also of each window (`…_origin_1`: the newest) and of each part."""
    metrics: dict[str, float] = {}
    for horizon, held in measured.items():
        metrics |= question.evaluate(held, horizon)
        if primary.endswith(f"_{horizon}"):
            windows = {f"origin_{k + 1}": held.origin == k for k in range(int(held.origin.max(initial=0)) + 1)}
            masks = windows | {name: rows[held.unit] for name, rows in parts.items()}
            for name, kept in masks.items():
                found = question.evaluate(held.where(kept), horizon) if kept.any() else {}
                metrics |= {f"{primary}_{name}": found[primary]} if primary in found else {}
    return metrics


def _of_the_smallest(merchant: npt.NDArray[np.object_]) -> Flags:
    sizes = pd.Series(merchant).value_counts().sort_index().sort_values(kind="stable")
    count = max(int(np.ceil(SMALL_SHARE * len(sizes))), int(np.searchsorted(sizes.cumsum(), SMALL_AT_LEAST)) + 1)
    return np.isin(merchant, sizes.index[:count])


def _plain(value: str) -> str:
    """As MLflow takes it in a name."""
    return re.sub(r"\W+", "_", value.lower()).strip("_")
