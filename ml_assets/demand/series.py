"""Daily revenue of every series as one matrix."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ml_assets.errors import BadInput

KEY = ("legal_group", "city_code", "category_code", "store_id")
SERIES_COLUMNS = (*KEY, "business_date", "revenue_amount")
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """`revenue[i, j]` = revenue of `keys.iloc[i]` on day `first_day + j`; NaN before the series' first day."""

    keys: pd.DataFrame
    first_day: np.datetime64
    revenue: Matrix


def read_series(path: Path | str) -> pd.DataFrame:
    """Read SERIES_COLUMNS from Parquet. Raises BadInput as check_series does."""
    return check_series(pd.read_parquet(path))


def check_series(frame: pd.DataFrame) -> pd.DataFrame:
    """SERIES_COLUMNS with fixed types. Raises BadInput naming the missing column or the column with empty values."""
    missing = [column for column in SERIES_COLUMNS if column not in frame.columns]
    if missing:
        raise BadInput(f"Series lack {', '.join(missing)}; they have {', '.join(map(str, frame.columns))}.")
    frame = frame.loc[:, list(SERIES_COLUMNS)]
    for column in SERIES_COLUMNS:
        if column != "store_id" and frame[column].isna().any():
            raise BadInput(f"Series have {int(frame[column].isna().sum())} empty values in {column}.")
    frame = frame.assign(
        store_id=frame["store_id"].astype("Int64"),
        business_date=pd.to_datetime(frame["business_date"]).dt.normalize(),
        revenue_amount=frame["revenue_amount"].astype(np.float64),
    )
    if not np.isfinite(frame["revenue_amount"].to_numpy()).all():
        raise BadInput("Series have amounts in revenue_amount that are not finite.")
    return frame


def series_of(frame: pd.DataFrame, as_of: date, days: int) -> Series:
    """Lay out the last `days` days up to as_of of checked rows; later rows are never read."""
    last = np.datetime64(as_of, "D")
    frame = frame.loc[frame["business_date"] <= pd.Timestamp(as_of)]
    if frame.empty:
        raise BadInput(f"No revenue up to {as_of}: load transactions first.")
    grouped = frame.groupby(list(KEY), dropna=False, sort=True)
    keys = grouped["business_date"].min().reset_index()
    number = grouped.ngroup().to_numpy()
    born = keys.pop("business_date").to_numpy().astype("datetime64[D]")
    first = max(last - np.timedelta64(days - 1, "D"), born.min())
    width = int((last - first).astype(np.int64)) + 1
    day = (frame["business_date"].to_numpy().astype("datetime64[D]") - first).astype(np.int64)
    kept = day >= 0
    revenue = np.bincount(
        number[kept] * width + day[kept],
        weights=frame["revenue_amount"].to_numpy()[kept],
        minlength=len(keys) * width,
    ).reshape(len(keys), width)
    unborn = np.arange(width)[None, :] < (born - first).astype(np.int64)[:, None]
    return Series(keys, first, np.where(unborn, np.nan, revenue))
