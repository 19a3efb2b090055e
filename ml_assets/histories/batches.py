"""A snapshot read in parts of whole customers, so that memory does not grow with the bank."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from ml_assets.errors import BadInput

ROWS_AT_ONCE = 500_000
"""Checked and fingerprinted, a million took about 300 MB, whether of many customers or of a few busy ones, and the
encoder more than 2 GiB in all for a million customers."""
ROWS_READ = 1 << 18


def read_batches(path: Path | str, rows: int = ROWS_AT_ONCE) -> Iterator[pd.DataFrame]:
    """The rows of a snapshot that is sorted by customer_id, about `rows` at a time, no customer cut in two.

    Raises BadInput where the file is not sorted.
    """
    waiting: list[pa.RecordBatch] = []
    count, last = 0, None
    for batch in parquet.ParquetFile(path).iter_batches(ROWS_READ):
        ids = batch.column("customer_id").to_numpy()
        if (np.diff(ids) < 0).any() or (last is not None and ids[0] < last):
            raise BadInput(f"{path} is not sorted by customer_id: materialize the snapshot again.")
        begins = np.flatnonzero(np.diff(ids, prepend=ids[0] - 1 if last is None else last))
        waiting, count, last = [*waiting, batch], count + len(ids), ids[-1]
        if count >= rows and len(begins) and count > len(ids) - begins[-1]:
            cut = int(begins[-1])
            yield _frame([*waiting[:-1], batch.slice(0, cut)])
            waiting, count = [batch.slice(cut)], len(ids) - cut
    if waiting:
        yield _frame(waiting)


def first_day_of(path: Path | str) -> date:
    """The first business date of a snapshot. Raises BadInput where it has no rows."""
    batches = parquet.ParquetFile(path).iter_batches(ROWS_READ, columns=["business_date"])
    first: date | None = min((pc.min(batch.column(0)).as_py() for batch in batches), default=None)
    if first is None:
        raise BadInput(f"{path} has no rows: run the marts before the snapshot.")
    return first


def _frame(batches: list[pa.RecordBatch]) -> pd.DataFrame:
    frame: pd.DataFrame = pa.Table.from_batches([batch for batch in batches if batch.num_rows]).to_pandas(
        date_as_object=False
    )
    return frame
