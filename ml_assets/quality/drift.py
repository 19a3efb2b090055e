"""How far distributions have moved since a model was measured."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import ks_2samp

BUCKETS = 10
LEAST_SHARE = 1e-4
"""An empty bucket counts as this share: the index would be infinite."""


def population_stability_index(before: npt.ArrayLike, now: npt.ArrayLike) -> float:
    """PSI = Σ (now − before) · ln(now / before) over the deciles of `before` (Siddiqi 2006, "Credit Risk Scorecards").

    Under 0.1 is read as stable, above 0.25 as moved. Equal values share a bucket. Raises ValueError on an empty side.
    """
    old, new = _values(before), _values(now)
    edges = np.unique(np.quantile(old, np.linspace(0, 1, BUCKETS + 1)[1:-1]))
    shares = [
        np.maximum(np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) / len(side), LEAST_SHARE)
        for side in (old, new)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def drift(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """One row a common column: `name`, `psi`, `ks` (two samples, Kolmogorov and Smirnov), `unit_count` of now."""
    rows = [
        (
            name,
            population_stability_index(before[name], now[name]),
            float(ks_2samp(_values(before[name]), _values(now[name])).statistic),
            len(now),
        )
        for name in before.columns
        if name in now.columns
    ]
    return pd.DataFrame(rows, columns=["name", "psi", "ks", "unit_count"])


def _values(side: npt.ArrayLike) -> npt.NDArray[np.float64]:
    values = np.asarray(side, dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        raise ValueError("Drift needs values on both sides.")
    return values
