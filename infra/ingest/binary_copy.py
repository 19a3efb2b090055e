"""Rows of `raw.transactions` in PostgreSQL's binary COPY format, made column by column.

Each field is its length and its value, big-endian (PostgreSQL documentation, COPY, "Binary Format"), so rows of equal
field lengths are one NumPy record. As text they would have to be made here and parsed there: the server takes
1.5 times the rows a second in this form.
"""

from typing import Any

import numpy as np

from infra.ingest.check import Transactions

COLUMNS = "file_id, mcc, line_number, customer_id, spelling_id, business_date, amount, purchased_at"
HEADER, TRAILER = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"

_POSTGRES_EPOCH = np.datetime64("2000-01-01")
_MONEY = np.dtype(
    [("digits", ">i2"), ("weight", ">i2"), ("sign", ">u2"), ("scale", ">i2"), ("digit", ">i2", (4,))]
)  # numeric: groups of four decimal digits; three groups before the point are 10^12, one behind it holds the cents
_FIELDS: list[tuple[str, Any]] = [
    ("file_id", ">i4"),
    ("mcc", ">i4"),
    ("line_number", ">i8"),
    ("customer_id", ">i8"),
    ("spelling_id", ">i8"),
    ("business_date", ">i4"),
    ("amount", _MONEY),
]


def command(table: str) -> str:
    """COPY into `raw.transactions`, or into one month of it."""
    return f"copy {table} ({COLUMNS}) from stdin (format binary)"


def _record(fields: list[tuple[str, Any]], is_null: str | None = None) -> "np.dtype[np.void]":
    parts: list[tuple[str, Any]] = [("field_count", ">i2")]
    for name, kind in fields:
        parts += [(f"{name}_length", ">i4"), (name, kind)]
    return np.dtype([*parts, *([(f"{is_null}_length", ">i4")] if is_null else [])])


_WITH_TIME = _record([*_FIELDS, ("purchased_at", ">i8")])
_WITHOUT_TIME = _record(_FIELDS, is_null="purchased_at")


def encoded(rows: Transactions, file_id: int) -> list[Any]:
    """The rows as the pieces of one COPY stream; those without a time of the day come last."""
    has_time = ~np.isnat(rows.purchased_at)
    parts = [
        _records(rows, file_id, chosen, kind)
        for chosen, kind in ((has_time, _WITH_TIME), (~has_time, _WITHOUT_TIME))
        if chosen.any()
    ]
    return [HEADER, *parts, TRAILER]


def _records(rows: Transactions, file_id: int, chosen: Any, kind: "np.dtype[np.void]") -> Any:
    keep = slice(None) if chosen.all() else chosen
    records = _like(_template(file_id, kind), int(chosen.sum()))
    for name in ("mcc", "line_number", "customer_id", "spelling_id"):
        records[name] = getattr(rows, name)[keep]
    records["business_date"] = (rows.business_date[keep] - _POSTGRES_EPOCH).astype(np.int64)
    _fill_money(records["amount"], rows.cents[keep])
    if kind is _WITH_TIME:
        records["purchased_at"] = (rows.purchased_at[keep] - _POSTGRES_EPOCH).astype("timedelta64[us]").astype(np.int64)
    return records.view(np.uint8).data


def _template(file_id: int, kind: "np.dtype[np.void]") -> Any:
    """A row with what is the same in all of them."""
    row = np.zeros(1, dtype=kind)
    row["field_count"] = len(_FIELDS) + 1
    for name, value in _FIELDS:
        row[f"{name}_length"] = np.dtype(value).itemsize
    row["purchased_at_length"] = 8 if kind is _WITH_TIME else -1
    row["file_id"] = file_id
    row["amount"]["digits"], row["amount"]["weight"], row["amount"]["scale"] = 4, 2, 2
    return row


def _like(row: Any, count: int) -> Any:
    """`count` times the row; as plain bytes, for NumPy would copy it field by field."""
    return np.repeat(row.view(f"V{row.itemsize}"), count).view(row.dtype)


def _fill_money(money: Any, cents: Any) -> None:
    """Zero groups at either end are allowed: the server takes them off."""
    size = np.abs(cents)
    if len(size) and size.max() < 2**32:
        size = size.astype(np.uint32)  # is divided in a third of the time
    whole = size // 100
    upper = whole // 10_000
    high = upper // 10_000
    money["sign"] = (cents < 0) * np.uint16(0x4000)
    groups = (high, upper - high * 10_000, whole - upper * 10_000, (size - whole * 100) * 100)
    for place, group in enumerate(groups):
        money["digit"][:, place] = group
