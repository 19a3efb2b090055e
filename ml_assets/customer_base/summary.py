"""What the probability models know of a customer: how often, how recently, since when, for how much."""

import numpy as np
import pandas as pd

SUMMARY_COLUMNS = ("frequency", "recency", "age", "mean_amount")


def summarise(days: pd.DataFrame, until: pd.Timestamp, unit_days: float = 1.0) -> pd.DataFrame:
    """One row per customer who bought up to `until`, by customer_id.

    days: customer_id, business_date (datetime64), amount; several purchases of a day count as one.
    frequency: days with a purchase after the first one (x). recency: time from the first to the last purchase (t_x);
    age: time from the first purchase to `until` (T); both in units of `unit_days` days. mean_amount: mean amount of the
    repeat days, NaN without any (Fader, Hardie and Lee 2005, "RFM and CLV").
    """
    known = days.loc[days["business_date"] <= until]
    daily = known.groupby(["customer_id", "business_date"], sort=True)["amount"].sum().reset_index()
    by_customer = daily.groupby("customer_id")
    first, last = by_customer["business_date"].min(), by_customer["business_date"].max()
    is_repeat = daily["business_date"].to_numpy() > first.loc[daily["customer_id"]].to_numpy()
    repeats = daily.loc[is_repeat].groupby("customer_id")["amount"]
    return pd.DataFrame(
        {
            "frequency": (by_customer.size() - 1).astype(np.float64),
            "recency": (last - first).dt.days / unit_days,
            "age": (until - first).dt.days / unit_days,
            "mean_amount": repeats.mean().reindex(first.index),
        }
    )
