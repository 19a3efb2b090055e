"""Who may return whereto: a customer of a legal group is a unit; of two groups he is two."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.errors import BadInput
from ml_assets.histories.people import PEOPLE_COLUMNS

VISIT_COLUMNS = (
    "legal_group", "business_date", "customer_id", "category_code", "spend_amount", "receipt_count",
)  # fmt: skip


@dataclass(frozen=True)
class Units:
    """`events`: as Snapshot.events, with the unit's number as customer_id. `names`: legal_group, customer_id by unit.

    The number is a hash, so it tells a learner nothing of the group, and a unit keeps it from contest to contest.
    """

    events: pd.DataFrame
    names: pd.DataFrame

    def named(self, scores: pd.DataFrame) -> pd.DataFrame:
        """Scores of units as scores of the customers of legal groups."""
        found = self.names.loc[scores["customer_id"]]
        return scores.assign(
            legal_group=found["legal_group"].to_numpy(), customer_id=found["customer_id"].to_numpy(dtype=np.int64)
        )


def units_of(visits: pd.DataFrame) -> Units:
    """From VISIT_COLUMNS. Raises BadInput on a missing column."""
    missing = [column for column in VISIT_COLUMNS if column not in visits.columns]
    if missing:
        raise BadInput(f"Visits lack {', '.join(missing)}; they have {', '.join(map(str, visits.columns))}.")
    unit = unit_numbers(visits["legal_group"], visits["customer_id"])
    names = pd.DataFrame(
        {"legal_group": visits["legal_group"].to_numpy(), "customer_id": visits["customer_id"].to_numpy()},
        index=pd.Index(unit, name="unit"),
    )
    names = names.loc[~names.index.duplicated()]
    events = visits.drop(columns="legal_group").assign(customer_id=unit)
    people = [column for column in PEOPLE_COLUMNS if column in events.columns]
    keys = [*VISIT_COLUMNS[1:4], *people]
    return Units(events.groupby(keys, as_index=False, sort=False, dropna=False).sum(), names)


def unit_numbers(legal_group: pd.Series, customer_id: pd.Series) -> npt.NDArray[np.int64]:
    """The number of each unit: a hash of both, positive."""
    codes, names = pd.factorize(legal_group)
    groups = pd.util.hash_array(np.asarray(names, dtype=object))
    mixed = pd.util.hash_array(customer_id.to_numpy(dtype=np.int64).view(np.uint64) ^ groups[codes])
    return (mixed >> np.uint64(1)).astype(np.int64)
