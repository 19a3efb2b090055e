"""What a table learner sees of a customer at the end of a day: a pure function of the panel up to that day."""

import numpy as np
import pandas as pd

from ml_assets.histories.panel import Matrix, Panel

WINDOWS = (7, 14, 30, 60, 90, 180, 365)
WEEKS = 13
HALF_LIVES = (10, 30, 90)
GAPS = ("gap_last", "gap_spread", "gap_longest", "recency_over_longest_gap")
"""Features of the gaps between visits: they tell who stays away, and nothing of how much is spent."""


def features_at(panel: Panel, origin: int, rows: np.ndarray, categories: tuple[str, ...]) -> pd.DataFrame:
    """Features of `rows` of the panel at the end of column `origin`; columns after it are never read.

    Returns one float32 row per customer. Windows longer than the history hold what there is; `history_days` says how
    much that was, so that a learner can tell the difference.
    """
    start = max(origin - 399, 0)
    spend = panel.spend[rows, start : origin + 1]
    receipts = panel.receipts[rows, start : origin + 1]
    visits = (receipts > 0).astype(np.float32)
    columns: dict[str, np.ndarray] = {}
    for days in WINDOWS:
        tail = slice(max(spend.shape[1] - days, 0), None)
        columns[f"spend_{days}"] = spend[:, tail].sum(axis=1)
        columns[f"receipts_{days}"] = receipts[:, tail].sum(axis=1)
        columns[f"visits_{days}"] = visits[:, tail].sum(axis=1)
    for week in range(WEEKS):
        columns[f"week_{week:02}"] = _lag(spend, 7 * week, 7)
    for month in range(12):
        columns[f"month_{month:02}"] = _lag(spend, 30 * month, 30)
    age = np.arange(spend.shape[1])[::-1].astype(np.float32)
    for half_life in HALF_LIVES:
        columns[f"decayed_{half_life}"] = spend @ np.exp2(-age / np.float32(half_life))
    for horizon in (30, 90):
        columns[f"last_year_{horizon}"] = _lag(spend, 365 - horizon, horizon)
    columns |= _rhythm(spend, visits)
    columns |= _mix(panel, origin, rows, categories)
    columns["history_days"] = np.full(len(rows), min(origin + 1, 400))
    columns |= {name: panel.people[name].to_numpy()[rows] for name in panel.people.columns}
    return pd.DataFrame(columns, dtype=np.float32)


def _lag(spend: Matrix, skip: int, length: int) -> Matrix:
    stop = spend.shape[1] - skip
    total: Matrix = spend[:, max(stop - length, 0) : max(stop, 0)].sum(axis=1)
    return total


def _rhythm(spend: Matrix, visits: Matrix) -> dict[str, np.ndarray]:
    """Recency, tenure, gaps between visits and the usual size of one."""
    days = spend.shape[1]
    position = np.arange(days, dtype=np.float32)
    seen = visits > 0
    last = np.where(seen, position, -1).max(axis=1)
    first = np.where(seen, position, days).min(axis=1)
    count = visits.sum(axis=1)
    gap = (last - first) / np.maximum(count - 1, 1)
    paid = np.where(seen, np.maximum(spend, 0), 0)
    mean = paid.sum(axis=1) / np.maximum(count, 1)
    square = (paid**2).sum(axis=1) / np.maximum(count, 1)
    recency = days - 1 - last
    before = np.where(seen & (position < last[:, None]), position, -1).max(axis=1)
    # Of the gaps between visits, the sum of squares: what one long gap adds that many short ones do not.
    since = np.maximum.accumulate(np.where(seen, position, -1), axis=1)
    gaps = np.where(seen[:, 1:] & (since[:, :-1] >= 0), position[1:] - since[:, :-1], 0)
    gap_square = (gaps**2).sum(axis=1) / np.maximum(count - 1, 1)
    return {
        "recency": recency,
        "tenure": days - 1 - first,
        "gap_mean": gap,
        "gap_last": np.where(before >= 0, last - before, 0),
        "gap_spread": np.sqrt(np.maximum(gap_square - gap**2, 0)),
        "gap_longest": gaps.max(axis=1, initial=0),
        "recency_over_gap": recency / np.maximum(gap, 1),
        "recency_over_longest_gap": recency / np.maximum(gaps.max(axis=1, initial=0), 1),
        "visit_mean": mean,
        "visit_spread": np.sqrt(np.maximum(square - mean**2, 0)),
        "visit_largest": paid.max(axis=1),
    }


def _mix(panel: Panel, origin: int, rows: np.ndarray, categories: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Spend by category in the last 90 days, and how many categories that was."""
    day = panel.events["day"].to_numpy()
    recent = (day <= origin) & (day > origin - 90)
    width = len(categories) + 1
    cell = panel.events["row"].to_numpy()[recent] * width + panel.events["category"].to_numpy()[recent]
    amounts = np.bincount(
        cell, weights=panel.events["amount"].to_numpy()[recent], minlength=len(panel.customer_ids) * width
    ).reshape(-1, width)[rows]
    mix = {f"category_{code}": amounts[:, i] for i, code in enumerate((*categories, "unseen"))}
    return {**mix, "category_count": (amounts > 0).sum(axis=1)}
