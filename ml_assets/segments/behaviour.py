"""What segments are made of: how recently, how often and for how much a customer bought, as ranks among all."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.histories.panel import Panel

BEHAVIOUR = ("recency", "frequency", "amount")
"""Days since the last receipt; days with a receipt; mean net spend of such a day."""
GRID = np.linspace(0, 1, 201)
Quantiles = npt.NDArray[np.float64]
"""Of each of BEHAVIOUR among the customers, on GRID; 3 × 201."""


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


def quantiles_of(behaviour: pd.DataFrame) -> Quantiles:
    found: Quantiles = np.quantile(behaviour[list(BEHAVIOUR)].to_numpy(), GRID, axis=0).T
    return found


def ranks(behaviour: pd.DataFrame, quantiles: Quantiles) -> npt.NDArray[np.float64]:
    """The share of customers below each, 0–1, customers × BEHAVIOUR; who is like many others is in their middle."""
    columns = zip(behaviour[list(BEHAVIOUR)].to_numpy().T, quantiles, strict=True)
    both = [(np.interp(x, q, GRID), -np.interp(-x, -q[::-1], -GRID[::-1])) for x, q in columns]
    return np.column_stack([(low + high) / 2 for low, high in both])
