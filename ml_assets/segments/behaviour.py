"""What segments are made of: how recently, how often and for how much a customer bought, on logarithms."""

import numpy as np
import pandas as pd

from ml_assets.histories.panel import Panel

BEHAVIOUR = ("recency", "frequency", "amount")
"""Days since the last receipt; days with a receipt; mean net spend of such a day."""
LOGARITHMS = 3
FREQUENCY = 1
"""Place of its logarithm."""


def behaviour_at(panel: Panel, origin: int, window_days: int) -> pd.DataFrame:
    """BEHAVIOUR of every customer with a receipt in the window, by customer_id; no column after `origin` is read."""
    start = max(origin - window_days + 1, 0)
    came = panel.receipts[:, start : origin + 1] > 0
    rows = np.flatnonzero(came.any(axis=1))
    came = came[rows]
    visits = came.sum(axis=1)
    spend = np.maximum(panel.spend[rows, start : origin + 1].sum(axis=1, dtype=np.float64), 0)
    found = {"recency": came[:, ::-1].argmax(axis=1), "frequency": visits, "amount": spend / visits}
    return pd.DataFrame(found, index=pd.Index(panel.customer_ids[rows], name="customer_id"), dtype=np.float64)


def logarithms(behaviour: pd.DataFrame) -> np.ndarray:
    """Of recency, frequency and all that was spent: what customers are told apart by."""
    spent = behaviour["frequency"] * behaviour["amount"]
    logs: np.ndarray = np.log1p(np.column_stack([behaviour["recency"], behaviour["frequency"], spent]))
    return logs
