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

CUSTOMERS_AT_ONCE = 20_000
ROWS_READ = 1 << 18


def read_batches(path: Path | str, customers: int = CUSTOMERS_AT_ONCE) -> Iterator[pd.DataFrame]:
    """The rows of a snapshot that is sorted by customer_id, about `customers` customers at a time, none of them cut.

    A customer with more rows than are read at once only makes his part longer. Raises BadInput where the file is not
    sorted.
    """
    waiting: list[pa.RecordBatch] = []
    known, last = 0, None
    for batch in parquet.ParquetFile(path).iter_batches(ROWS_READ):
        ids = batch.column("customer_id").to_numpy()
        if (np.diff(ids) < 0).any() or (last is not None and ids[0] < last):
            raise BadInput(f"{path} is not sorted by customer_id: materialize the snapshot again.")
        starts = np.flatnonzero(np.diff(ids, prepend=ids[0] - 1 if last is None else last))
        begun = 0
        while known + len(starts) > customers:  # the part is full: cut before the customer that would be one too many
            cut = int(starts[customers - known])
            yield _frame([*waiting, batch.slice(begun, cut - begun)])
            waiting, known, begun = [], 0, cut
            starts = starts[starts >= cut]
        waiting.append(batch.slice(begun))
        known, last = known + len(starts), ids[-1]
    if waiting:
        yield _frame(waiting)


def first_day_of(path: Path | str) -> date:
    """The first business date of a snapshot. Raises BadInput where it has no rows."""
    file, found = parquet.ParquetFile(path), []
    for batch in file.iter_batches(ROWS_READ, columns=["business_date"]):
        found.append(pc.min(batch.column(0)).as_py())
    if not found:
        raise BadInput(f"{path} has no rows: run the marts before the snapshot.")
    return min(found)


def _frame(batches: list[pa.RecordBatch]) -> pd.DataFrame:
    frame: pd.DataFrame = pa.Table.from_batches([batch for batch in batches if batch.num_rows]).to_pandas()
    return frame
