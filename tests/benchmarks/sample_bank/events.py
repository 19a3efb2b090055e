"""Are the planted events visible? Receipts that each brought, estimated as an analyst would, beside the truth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

BEFORE, NO_TIME = pd.Timedelta(days=90), pd.Timedelta(0)


@dataclass(frozen=True)
class EventEffect:
    event: str
    whose: str
    """`subject`: the shops of the event itself; `others`: those on whom it tells."""
    planted: float
    """Receipts that the truth expects of the event itself, given each customer's visits so far."""
    measured: float
    error: float
    """Standard error of `measured`, of Poisson counts."""

    @property
    def is_found(self) -> bool:
        """Of the planted sign by two standard errors, and of its size within three of them and 15 %."""
        stands_out = np.sign(self.planted) * self.measured > 2 * self.error
        return bool(stands_out) and abs(self.measured - self.planted) <= 3 * self.error + 0.15 * abs(self.planted)


def event_effects(folder: Path, transactions: pd.DataFrame, earlier: pd.Timedelta = NO_TIME) -> list[EventEffect]:
    """One effect per event and side; `earlier`: looked for so much before its time, where there is none.

    transactions: as `read_transactions` gives them.
    """
    truth = folder / "truth"
    events = pd.read_parquet(truth / "event_effects.parquet").merge(pd.read_parquet(truth / "events.parquet"))
    stores = pd.read_parquet(truth / "stores.parquet")[["merchant_name", "city", "category"]]
    events[["first_day", "last_day"]] = events[["first_day", "last_day"]].apply(pd.to_datetime) - earlier
    bought = transactions.loc[transactions["amount"] > 0, ["purchdate", "mrchname", "city"]]
    bought = bought.rename(columns={"mrchname": "merchant_name"}).merge(stores, on=["merchant_name", "city"])
    return [
        _effect(str(event), "subject" if is_subject else "others", watched, bought)
        for (event, is_subject), watched in events.groupby(["event", "is_subject"], sort=True)
    ]


def _effect(event: str, whose: str, watched: pd.DataFrame, bought: pd.DataFrame) -> EventEffect:
    """Receipts of the shops less their share of the trade in the 90 days before × the trade during the event.

    The trade is that of all shops of the city and category: an event moves receipts between them and adds none.
    """
    first, last = (watched[name].iloc[0] for name in ("first_day", "last_day"))
    measured, variance = 0.0, 0.0
    trade = bought[bought["category"] == watched["category"].iloc[0]]
    for city, shops in watched.groupby("city"):
        here = trade[trade["city"] == city]
        is_theirs = here["merchant_name"].isin(shops["merchant_name"])
        during = here["purchdate"].between(first, last)
        before = (here["purchdate"] >= first - BEFORE) & (here["purchdate"] < first)
        growth = during.sum() / before.sum()
        theirs, theirs_before = (is_theirs & during).sum(), (is_theirs & before).sum()
        measured += theirs - theirs_before * growth
        variance += theirs + theirs_before * growth**2
    planted = float(watched["expected_extra_receipts"].sum())
    return EventEffect(event, whose, planted, float(measured), float(np.sqrt(variance)))
