"""Age band and gender as features: only where a bank switches them on, each value a column of zeros and ones."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ml_assets.errors import BadInput

PEOPLE_COLUMNS = ("age_band", "gender")
UNKNOWN = "unknown"
"""Of a missing value, and of one that training never saw: a level of its own."""

Levels = Mapping[str, tuple[str, ...]]
"""By column: its values in training. Empty where the columns are no features."""


def levels_of(events: pd.DataFrame) -> Levels:
    """Values of PEOPLE_COLUMNS in checked events. Raises BadInput where they lack a column."""
    demand_people(events, "The contest is to learn from age band and gender")
    return {name: tuple(sorted({*map(str, events[name].unique()), UNKNOWN})) for name in PEOPLE_COLUMNS}


def demand_people(events: pd.DataFrame, who: str) -> None:
    """Raises BadInput, opened by `who`, where events lack one of PEOPLE_COLUMNS."""
    lacking = [name for name in PEOPLE_COLUMNS if name not in events.columns]
    if lacking:
        raise BadInput(
            f"{who}, and the events lack {', '.join(lacking)}: set LYRA_DEMOGRAPHIC_FEATURES=true and make the "
            "snapshot again, or train without them (`./lyra run --train`)."
        )


def people_at(events: pd.DataFrame, customer_ids: np.ndarray, levels: Levels) -> pd.DataFrame:
    """float32, one row a customer, a column a level, named like `gender_f`; no column where there are no levels."""
    if not levels:
        return pd.DataFrame(index=range(len(customer_ids)))
    of_customer = events.drop_duplicates("customer_id").set_index("customer_id").reindex(customer_ids)
    columns: dict[str, np.ndarray] = {}
    for name, known in levels.items():
        values = of_customer[name].where(of_customer[name].isin(known), UNKNOWN).to_numpy()
        columns |= {f"{name}_{_plain(level)}": values == level for level in known}
    return pd.DataFrame(columns, dtype=np.float32)


def _plain(level: str) -> str:
    """As LightGBM takes it in a name."""
    return re.sub(r"\W+", "_", level.lower()).strip("_")
