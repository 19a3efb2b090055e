"""The one table every contender learns from: who spent how much in which category on which day."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.errors import BadInput

EVENT_COLUMNS = ("business_date", "customer_id", "category_code", "spend_amount", "receipt_count")


@dataclass(frozen=True)
class Snapshot:
    """Events with their fingerprint. `events`: one row per business date, customer and category, see EVENT_COLUMNS."""

    events: pd.DataFrame
    digest: str
    """SHA-256 of the checked rows in canonical order: equal data, equal digest, whatever the file looks like."""
    first_date: date
    last_date: date


def read_snapshot(path: Path | str) -> Snapshot:
    """Read a Parquet file (or a folder of them) of `marts.fct_customer_category_days`.

    Columns: business_date (date), customer_id (int64), category_code (string), spend_amount (float64, net of
    refunds, may be negative), receipt_count (int64, 0 on a day with only a refund). Others are ignored.

    Raises BadInput on a missing column, a missing value, an amount that is not finite, or no rows.
    """
    events = check_events(pd.read_parquet(path))
    if events.empty:
        raise BadInput(f"{path} has no rows: run the marts before the snapshot.")
    return Snapshot(
        events, digest_of(events), events["business_date"].min().date(), events["business_date"].max().date()
    )


def check_events(events: pd.DataFrame) -> pd.DataFrame:
    """EVENT_COLUMNS with fixed types (datetime64, int64, str, float64, int64). Raises BadInput naming the column."""
    missing = [column for column in EVENT_COLUMNS if column not in events.columns]
    if missing:
        raise BadInput(f"Events lack {', '.join(missing)}; they have {', '.join(map(str, events.columns))}.")
    events = events.loc[:, list(EVENT_COLUMNS)]
    for column in EVENT_COLUMNS:
        empty = events[column].isna()
        if empty.any():
            where = ", ".join(map(str, events.index[empty][:3]))
            raise BadInput(f"Events have {int(empty.sum())} empty values in {column} (first rows: {where}).")
    try:
        events = events.assign(
            business_date=pd.to_datetime(events["business_date"]).dt.normalize(),
            customer_id=events["customer_id"].astype(np.int64),
            category_code=events["category_code"].astype(str),
            spend_amount=events["spend_amount"].astype(np.float64),
            receipt_count=events["receipt_count"].astype(np.int64),
        )
    except (TypeError, ValueError) as problem:
        raise BadInput(f"Events have a value of the wrong type: {problem}") from problem
    infinite = ~np.isfinite(events["spend_amount"].to_numpy())
    if infinite.any():
        raise BadInput(f"Events have {int(infinite.sum())} amounts in spend_amount that are not finite.")
    return events


def digest_of(events: pd.DataFrame) -> str:
    """SHA-256 over checked events, independent of the order of rows."""
    ordered = events.sort_values(["business_date", "customer_id", "category_code"], kind="stable")
    hashed = hashlib.sha256()
    for column in EVENT_COLUMNS:
        values = ordered[column]
        if column == "category_code":
            codes, names = pd.factorize(values, sort=True)
            hashed.update("\n".join(map(str, names)).encode())
            hashed.update(codes.astype(np.int64).tobytes())
        elif column == "business_date":
            hashed.update(values.to_numpy().astype("datetime64[D]").astype(np.int64).tobytes())
        else:
            hashed.update(values.to_numpy().tobytes())
    return hashed.hexdigest()
