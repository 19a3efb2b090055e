"""Write the transactions files, and tell the truth about every line that was planted in them."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from infra.sample_bank.customers import Customers
from infra.sample_bank.dirt import SPELLINGS, ExportFile, ExportRows, broken_lines
from infra.sample_bank.merchants import Stores
from infra.sample_bank.seasons import Calendar

ENCODING = "cp1251"
BROKEN_LINES_OF_A_MONTH = (5, 13)
HEADER = b"purchdate;amount;mcc;mrchcity;mrchname;cnum\n"


def write_transactions(
    folder: Path,
    rows: ExportRows,
    files: tuple[ExportFile, ...],
    customers: Customers,
    stores: Stores,
    calendar: Calendar,
    rng: np.random.Generator,
    on_file: Callable[[float], None],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write each file and return the truth about them: one row a file, and one row a planted dirty line.

    Lines are built as Arrow binary columns that already hold windows-1251: 2 M rows take 1 s and no transcoding.
    """
    folder.mkdir(parents=True)
    fields = _Fields(customers, stores, calendar)
    bounds = np.searchsorted(rows.file, np.arange(len(files) + 1))
    file_rows, dirt = [], []
    for index, file in enumerate(files):
        some = slice(int(bounds[index]), int(bounds[index + 1]))
        lines = fields.lines(rows, some)
        is_month = file.last_day > file.first_day
        broken_count = int(rng.integers(*BROKEN_LINES_OF_A_MONTH)) if is_month else int(rng.integers(0, 2))
        broken = broken_lines(lines[0].as_py(), broken_count, rng) if len(lines) else []
        position = np.sort(rng.choice(len(lines) + len(broken), len(broken), replace=False))
        line_number = np.delete(np.arange(len(lines) + len(broken)), position) + 2
        placed = np.empty(len(lines) + len(broken), dtype=np.int64)
        placed[line_number - 2] = np.arange(len(lines))
        placed[position] = len(lines) + np.arange(len(broken))
        every_line = pa.concat_arrays([lines, pa.array([text for _, text in broken], type=pa.binary())]).take(placed)
        with open(folder / file.name, "wb") as out:
            out.write(HEADER)
            out.write(_bytes_of(every_line))
        kopecks = rows.transactions.kopecks[some]
        file_rows.append(
            {
                "file": file.name,
                "first_day": calendar.day(file.first_day),
                "last_day": calendar.day(file.last_day),
                "row_count": len(lines),
                "broken_count": len(broken),
                "late_count": int(rows.is_late[some].sum()),
                "refund_count": int((kopecks < 0).sum()),
                "kopecks": int(kopecks.sum()),
            }
        )
        dirt.append(_dirt(file.name, rows, some, line_number, broken, position + 2))
        on_file((index + 1) / len(files))
    return pd.DataFrame(file_rows), pd.concat(dirt, ignore_index=True)


class _Fields:
    """The text of every value that a line can hold, once, as Arrow binary arrays."""

    def __init__(self, customers: Customers, stores: Stores, calendar: Calendar) -> None:
        self.day = _binary(f"{day};" for day in calendar.days.tolist())
        self.kopecks = _binary(f".{kopeck:02d};" for kopeck in range(100))
        self.sign = _binary(["", "-"])
        self.mcc = _binary(f"{mcc:04d};" for mcc in range(10_000))
        self.city = _binary(f"{spelling};" for spelling, _ in SPELLINGS)
        self.merchant = _binary(f"{name};" for name in stores.merchant_name)
        self.customer = _binary(f"{cnum}\n" for cnum in customers.cnum.tolist())

    def lines(self, rows: ExportRows, some: slice) -> pa.BinaryArray:
        table = rows.transactions
        kopecks = table.kopecks[some]
        size = np.abs(kopecks)
        return pc.binary_join_element_wise(
            self.day.take(table.day[some]),
            self.sign.take((kopecks < 0).astype(np.int8)),
            pc.cast(pc.cast(pa.array(size // 100), pa.string()), pa.binary()),
            self.kopecks.take(size % 100),
            self.mcc.take(rows.mcc[some]),
            self.city.take(rows.spelling[some]),
            self.merchant.take(table.store[some]),
            self.customer.take(table.customer[some]),
            pa.scalar(b"", pa.binary()),
        )


def _binary(texts: Iterable[str]) -> pa.BinaryArray:
    return pa.array([text.encode(ENCODING) for text in texts], type=pa.binary())


def _bytes_of(lines: pa.BinaryArray) -> memoryview:
    """All lines one after another: the data buffer of a fresh Arrow array is exactly that."""
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)[lines.offset : lines.offset + len(lines) + 1]
    data = lines.buffers()[2]
    return memoryview(data)[offsets[0] : offsets[-1]] if data is not None else memoryview(b"")


def _dirt(
    name: str,
    rows: ExportRows,
    some: slice,
    line_number: npt.NDArray[np.int64],
    broken: list[tuple[str, bytes]],
    broken_line_number: npt.NDArray[np.int64],
) -> pd.DataFrame:
    kinds = {
        "equal_row": rows.is_equal_copy[some],
        "late_row": rows.is_late[some],
        "unknown_mcc": rows.is_unknown_mcc[some],
        "misspelt_city": rows.is_misspelt[some],
    }
    parts = [
        pd.DataFrame({"file": name, "line_number": line_number[mask], "kind": kind}) for kind, mask in kinds.items()
    ]
    broken_kinds = [f"broken:{kind}" for kind, _ in broken]
    parts.append(pd.DataFrame({"file": name, "line_number": broken_line_number, "kind": broken_kinds}, dtype=object))
    return pd.concat([part.astype({"line_number": "int64"}) for part in parts if len(part)] or parts[:1])
