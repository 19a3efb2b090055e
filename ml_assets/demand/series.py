"""Daily revenue of every series as one matrix, and what of it was known at the end of a day."""

import warnings
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from ml_assets.errors import BadInput

KEY = ("legal_group", "city_code", "category_code", "store_id")
SERIES_COLUMNS = (*KEY, "business_date", "revenue_amount")
Matrix = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
LIVELY_DAYS = 28


@dataclass(frozen=True)
class Past:
    """`revenue[i, j]` = revenue of series i on day `first_day + j`; NaN before its first. Nothing later is in here."""

    keys: pd.DataFrame
    first_day: np.datetime64
    revenue: Matrix

    @property
    def days(self) -> int:
        return int(self.revenue.shape[1])

    @property
    def last_day(self) -> np.datetime64:
        return self.first_day + np.timedelta64(self.days - 1, "D")

    def until(self, origin: int) -> "Past":
        """What was known at the end of column `origin`."""
        return Past(self.keys, self.first_day, self.revenue[:, : origin + 1])

    def recent(self, days: int) -> Matrix:
        """The last days, at most as many as there are."""
        return self.revenue[:, max(self.days - days, 0) :]

    def ahead(self, origin: int, horizon: int, step_days: int) -> Matrix:
        """Revenue of the steps after column `origin`, (series, horizon ÷ step_days); 0 before a series' first day."""
        days = np.nan_to_num(self.revenue[:, origin + 1 : origin + 1 + horizon])
        return np.asarray(days.reshape(len(days), -1, step_days).sum(axis=2))

    @cached_property
    def lived(self) -> npt.NDArray[np.int64]:
        """Days since each series' first, both included."""
        return np.asarray((~np.isnan(self.revenue)).sum(axis=1), dtype=np.int64)

    def alive(self, least_days: int) -> Flags:
        """Series that are old enough and sold or took back something lately."""
        lively: Flags = np.nansum(np.abs(self.recent(LIVELY_DAYS)), axis=1) > 0
        return lively & (self.lived >= least_days)

    def mean_day(self, days: int) -> Matrix:
        """Mean size of a day's revenue over the last `days` days, shape (series, 1); never 0."""
        return np.maximum(nan_mean(np.abs(self.recent(days)))[:, None], 0.01)


def nan_mean(values: Matrix) -> Matrix:
    """Mean of each row without its NaN; 0 for a row of nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nan_to_num(np.nanmean(values, axis=1)), dtype=np.float64)


def nan_median(values: npt.NDArray[np.float64], axis: int = 1) -> npt.NDArray[np.float64]:
    """Median without NaN; NaN where there is nothing else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(values, axis=axis), dtype=np.float64)


def read_series(path: Path | str) -> pd.DataFrame:
    """Read SERIES_COLUMNS from Parquet. Raises BadInput as check_series does.

    Store numbers are hashes of 63 bits: pandas would make floating point numbers of a column with gaps, and round them.
    """
    return check_series(parquet.read_table(path).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get))


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


def past_of(frame: pd.DataFrame, as_of: date) -> Past:
    """Lay out checked rows up to as_of; later rows are never read. Raises BadInput."""
    last = np.datetime64(as_of, "D")
    frame = frame.loc[frame["business_date"] <= pd.Timestamp(as_of)]
    if frame.empty:
        raise BadInput(f"No revenue up to {as_of}: load transactions first.")
    grouped = frame.groupby(list(KEY), dropna=False, sort=True)
    keys = grouped["business_date"].min().reset_index()
    number = grouped.ngroup().to_numpy()
    born = keys.pop("business_date").to_numpy().astype("datetime64[D]")
    first = born.min()
    width = int((last - first).astype(np.int64)) + 1
    day = (frame["business_date"].to_numpy().astype("datetime64[D]") - first).astype(np.int64)
    revenue = np.bincount(
        number * width + day,
        weights=frame["revenue_amount"].to_numpy(),
        minlength=len(keys) * width,
    ).reshape(len(keys), width)
    unborn = np.arange(width)[None, :] < (born - first).astype(np.int64)[:, None]
    return Past(keys, first, np.where(unborn, np.nan, revenue))
