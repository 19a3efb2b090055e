"""The one table every contender learns from: who spent how much in which category on which day."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

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
    raise NotImplementedError
