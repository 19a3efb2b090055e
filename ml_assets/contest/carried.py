"""Who is scored again on a day, and whose last forecast carries.

A forecast moves with time even where its customer does nothing, so it carries for CARRIED_DAYS at most; how much worse
it grows meanwhile is measured in docs/models.md. Whatever changed in a customer's history (a purchase, a late row, a
correction) changes its fingerprint, and then he is scored again at once.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype

from ml_assets.histories.snapshot import check_events

CARRIED_DAYS = 3
"""The most of 1, 3 and 7 days by which the error of all grows by less than 1 % in spend and returns."""
FINGERPRINT = "history_fingerprint"

Numbers = npt.NDArray[np.int64]


class Forecaster(Protocol):
    """What forecasts the customers of a part: each as it would among all others."""

    @property
    def active_days(self) -> int:
        """A customer is forecast with a receipt in so many days up to as_of."""

    def seen(self, events: pd.DataFrame) -> pd.DataFrame:
        """Rows and columns of checked events that it looks at."""

    def predict(self, events: pd.DataFrame, as_of: date, first_day: date | None = None) -> pd.DataFrame:
        """One row or more of each active customer, with his customer_id."""


@dataclass(frozen=True)
class Standing:
    """Forecasts of one model that still stand on a day: whose, and of which history."""

    customer_id: Numbers
    """Ascending."""
    fingerprint: Numbers

    @classmethod
    def of(cls, customer_id: Numbers, fingerprint: Numbers) -> "Standing":
        order = np.argsort(customer_id, kind="stable")
        return cls(customer_id[order], fingerprint[order])

    @classmethod
    def none(cls) -> "Standing":
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def places(self, customer_id: Numbers) -> Numbers:
        """Index of each customer; −1 where he has no forecast."""
        place = np.minimum(np.searchsorted(self.customer_id, customer_id), max(len(self.customer_id) - 1, 0))
        if not len(self.customer_id):
            return np.full(len(customer_id), -1, np.int64)
        return np.where(self.customer_id[place] == customer_id, place, -1)


@dataclass
class Rescoring:
    """One pass over the customers of a day, part by part; memory holds a part, and what stands."""

    model: Forecaster
    as_of: date
    first_day: date
    """Of the bank's history: a learner is told how long that is, also of a part that begins later."""
    standing: Standing
    carried_days: int = CARRIED_DAYS
    active_count: int = 0
    scored_count: int = 0
    _is_active: npt.NDArray[np.bool_] = field(init=False)
    _is_due: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self._is_active, self._is_due = (np.zeros(len(self.standing.customer_id), np.bool_) for _ in range(2))

    def of(self, events: pd.DataFrame) -> pd.DataFrame:
        """Forecasts of those of these customers whose history is new or changed, or whose last forecast is too old.

        events: all of a customer's, as Forecaster.predict takes them. Returns its columns, and carried_days (days after
        as_of for which the row stands where nothing changes) and history_fingerprint.
        """
        events = self.model.seen(check_events(events))
        events = events.loc[events["business_date"] <= pd.Timestamp(self.as_of)]
        about = self._about(events)
        place = self.standing.places(about.index.to_numpy(dtype=np.int64))
        known = np.zeros(len(place), np.int64)
        known[place >= 0] = self.standing.fingerprint[place[place >= 0]]
        is_due = (place < 0) | (known != about[FINGERPRINT].to_numpy())
        self._is_active[place[place >= 0]], self._is_due[place[(place >= 0) & is_due]] = True, True
        due = about.loc[is_due]
        self.active_count, self.scored_count = self.active_count + len(about), self.scored_count + len(due)
        scores = self.model.predict(
            events.loc[events["customer_id"].isin(due.index)], self.as_of, first_day=self.first_day
        )
        of_row = due.reindex(scores["customer_id"].to_numpy(dtype=np.int64))
        return scores.assign(
            carried_days=of_row["carried_days"].to_numpy(), history_fingerprint=of_row[FINGERPRINT].to_numpy()
        )

    def ended(self) -> Numbers:
        """After the last part: whose forecast stands though a correction left him without a receipt in the window."""
        return self.standing.customer_id[~self._is_active]

    def carried(self) -> Numbers:
        """After the last part: whose forecast stands on as_of as it stood before."""
        return self.standing.customer_id[self._is_active & ~self._is_due]

    def _about(self, events: pd.DataFrame) -> pd.DataFrame:
        """carried_days and history_fingerprint of each active customer, by customer_id."""
        bought = events.loc[events["receipt_count"] > 0].groupby("customer_id")["business_date"].max()
        left = self.model.active_days - 1 - (pd.Timestamp(self.as_of) - bought).dt.days
        active = left.loc[left >= 0]
        prints = fingerprints(events)
        return pd.DataFrame(
            {"carried_days": active.clip(upper=self.carried_days), FINGERPRINT: prints.reindex(active.index)}
        )


def fingerprints(events: pd.DataFrame) -> pd.Series:
    """64 bits by customer_id, the same for the same rows in any order; other rows give others, up to 1 in 2**64."""
    mixed = np.zeros(len(events), np.uint64)
    for column in events.columns:
        mixed = (mixed ^ _hashed(events[column])) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return pd.Series(mixed.view(np.int64)).groupby(events["customer_id"].to_numpy()).sum()


def _hashed(values: pd.Series) -> npt.NDArray[np.uint64]:
    if values.name == "business_date":
        return pd.util.hash_array(values.to_numpy().astype("datetime64[D]").astype(np.int64))
    if is_numeric_dtype(values):
        return pd.util.hash_array(values.to_numpy())
    codes, names = pd.factorize(values)  # of texts there are few
    return pd.util.hash_array(np.asarray(names, dtype=object))[codes]
