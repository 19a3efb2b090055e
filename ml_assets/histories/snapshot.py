"""The one table every contender learns from: who spent how much in which category on which day."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.errors import BadInput
from ml_assets.histories.people import PEOPLE_COLUMNS, UNKNOWN

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
    refunds, may be negative), receipt_count (int64, 0 on a day with only a refund); age_band and gender where a bank
    lets models learn from them. Others are ignored.

    Raises BadInput on a missing column, a missing value, an amount that is not finite, or no rows.
    """
    events = check_events(pd.read_parquet(path))
    if events.empty:
        raise BadInput(f"{path} has no rows: run the marts before the snapshot.")
    return Snapshot(
        events, digest_of(events), events["business_date"].min().date(), events["business_date"].max().date()
    )


def check_events(events: pd.DataFrame) -> pd.DataFrame:
    """EVENT_COLUMNS with fixed types (datetime64, int64, str, float64, int64), and those of PEOPLE_COLUMNS that there
    are (str, "unknown" where missing). Raises BadInput naming the column."""
    missing = [column for column in EVENT_COLUMNS if column not in events.columns]
    if missing:
        raise BadInput(f"Events lack {', '.join(missing)}; they have {', '.join(map(str, events.columns))}.")
    people = [column for column in PEOPLE_COLUMNS if column in events.columns]
    events = events.loc[:, [*EVENT_COLUMNS, *people]]
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
            **{column: events[column].astype(object).fillna(UNKNOWN).astype(str) for column in people},
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
    for column in events.columns:
        values = ordered[column]
        if column == "category_code" or column in PEOPLE_COLUMNS:
            codes, names = pd.factorize(values, sort=True)
            hashed.update("\n".join(map(str, names)).encode())
            hashed.update(codes.astype(np.int64).tobytes())
        elif column == "business_date":
            hashed.update(values.to_numpy().astype("datetime64[D]").astype(np.int64).tobytes())
        else:
            hashed.update(values.to_numpy().tobytes())
    return hashed.hexdigest()
