"""Events as a matrix of customers × days: every window of spend is then a difference of two columns."""

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.histories.people import Levels, people_at

DAY = np.timedelta64(1, "D")
Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Panel:
    """Column j of `spend` and `receipts` is day `first_day + j`; row i is `customer_ids[i]` (ascending)."""

    customer_ids: npt.NDArray[np.int64]
    first_day: np.datetime64
    spend: Matrix
    """Net spend of the day, a day with more refund than purchase is negative."""
    receipts: Matrix
    events: pd.DataFrame
    """The same events sorted by customer and day, with integer columns `row`, `day`, `category`, and `amount`."""
    levels: Levels = field(default_factory=dict)
    people: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Age band and gender as zeros and ones, a row a customer; without columns where there are no levels."""

    @property
    def days(self) -> int:
        return int(self.spend.shape[1])

    def until(self, origin: int) -> "Panel":
        """What was known at the end of column `origin`; the same rows."""
        known = slice(0, origin + 1)
        past = self.events.loc[self.events["day"] <= origin]
        return replace(self, spend=self.spend[:, known], receipts=self.receipts[:, known], events=past)

    def window(self, start: int, stop: int) -> Matrix:
        """Spend of each customer in columns [start, stop), never below 0: a refund is not a negative purchase."""
        total: Matrix = self.spend[:, max(start, 0) : max(stop, 0)].sum(axis=1)
        return np.maximum(total, np.float32(0))

    def active(self, origin: int, days: int) -> npt.NDArray[np.intp]:
        """Rows of customers with a receipt in the `days` days up to and including column `origin`."""
        recent = self.receipts[:, max(origin - days + 1, 0) : origin + 1]
        return np.flatnonzero(recent.sum(axis=1) > 0)


def panel_of(
    events: pd.DataFrame,
    as_of: date,
    categories: tuple[str, ...],
    levels: Levels | None = None,
    first_day: date | None = None,
) -> Panel:
    """Lay out checked events up to and including as_of; a category outside `categories` gets one code more.

    levels: of age band and gender, where these are features. first_day: of the bank's history, where the events are of
    a part of the customers only and may begin later.
    """
    dates = events["business_date"].to_numpy(dtype="datetime64[D]")
    known = dates <= np.datetime64(as_of, "D")
    dates, events = dates[known], events.loc[known]
    ids, rows = np.unique(events["customer_id"].to_numpy(dtype=np.int64), return_inverse=True)
    first = dates.min() if len(dates) else np.datetime64(as_of, "D")
    if first_day is not None:
        first = min(first, np.datetime64(first_day, "D"))
    length = int((np.datetime64(as_of, "D") - first) / DAY) + 1
    day = ((dates - first) / DAY).astype(np.int64)
    codes = pd.Index(categories, dtype="str").get_indexer(pd.Index(events["category_code"].astype("str")))
    amount = events["spend_amount"].to_numpy(dtype=np.float64)
    receipts = events["receipt_count"].to_numpy(dtype=np.float64)
    cell = rows * length + day
    shape = (len(ids), length)
    layout = pd.DataFrame(
        {
            "row": rows,
            "day": day,
            "category": np.where(codes < 0, len(categories), codes),
            "amount": amount,
            "receipts": receipts,
        }
    ).sort_values(["row", "day", "category"], ignore_index=True)
    return Panel(
        customer_ids=ids,
        first_day=first,
        spend=np.bincount(cell, weights=amount, minlength=shape[0] * length).reshape(shape).astype(np.float32),
        receipts=np.bincount(cell, weights=receipts, minlength=shape[0] * length).reshape(shape).astype(np.float32),
        events=layout,
        levels=levels or {},
        people=people_at(events, ids, levels or {}),
    )
