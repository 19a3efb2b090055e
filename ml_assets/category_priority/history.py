"""Days on which a customer bought in a category: what every ranking of categories is made of."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

Matrix = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class History:
    """One entry a customer, category and day with a receipt, by customer, category and day.

    Row i is `customer_ids[i]` (ascending), column j is `categories[j]`; day 0 is `first_day`.
    """

    customer_ids: npt.NDArray[np.int64]
    categories: tuple[str, ...]
    first_day: np.datetime64
    days: int
    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    amount: npt.NDArray[np.float64]
    """Net spend of the entry; no rule looks at it."""

    def counts(self, origin: int, length: int) -> csr_array:
        """Days with a receipt within the `length` days up to and including `origin`, customers × categories."""
        kept = (self.day <= origin) & (self.day > origin - length)
        shape = len(self.customer_ids), len(self.categories)
        cells = (np.ones(int(kept.sum()), np.float32), (self.row[kept], self.column[kept]))
        return csr_array(cells, shape=shape)

    def active(self, origin: int, length: int) -> Rows:
        """Customers with a receipt in the `length` days up to and including `origin`."""
        return np.unique(self.row[(self.day <= origin) & (self.day > origin - length)])

    def bought(self, origin: int, horizon: int) -> csr_array:
        """1 where a customer buys in a category within the `horizon` days after `origin`."""
        found = self.counts(origin + horizon, horizon)
        found.data[:] = 1
        return found


def history_of(
    events: pd.DataFrame, as_of: date, categories: tuple[str, ...] | None = None, first_day: date | None = None
) -> History:
    """Lay out checked events (histories.check_events) up to and including as_of; days with a refund only are none.

    categories: as a model was trained on; what is none of them is left out. All, where not given. first_day: of the
    bank's history, where the events are of a part of the customers.
    """
    dates = events["business_date"].to_numpy(dtype="datetime64[D]")
    kept = (dates <= np.datetime64(as_of, "D")) & (events["receipt_count"].to_numpy() > 0)
    codes = events["category_code"].astype("str").to_numpy()[kept]
    names = tuple(sorted(set(codes.tolist()))) if categories is None else categories
    column = pd.Index(names, dtype="object").get_indexer(pd.Index(codes, dtype="object"))
    dates, ids = dates[kept][column >= 0], events["customer_id"].to_numpy(dtype=np.int64)[kept][column >= 0]
    amount = events["spend_amount"].to_numpy(dtype=np.float64)[kept][column >= 0]
    column = column[column >= 0].astype(np.int64)
    first = np.datetime64(first_day or as_of, "D") if first_day or not len(dates) else dates.min()
    customer_ids, row = np.unique(ids, return_inverse=True)
    day = ((dates - first) / np.timedelta64(1, "D")).astype(np.int64)
    order = np.lexsort((day, column, row))
    length = int((np.datetime64(as_of, "D") - first) / np.timedelta64(1, "D")) + 1
    return History(customer_ids, names, first, length, row[order], column[order], day[order], amount[order])
