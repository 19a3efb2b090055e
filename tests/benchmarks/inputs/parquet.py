"""Parquet: cut off, damaged, of other types than text, and of sizes that no export has."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.benchmarks.inputs.bad_input import GOOD_COUNT, HEADER, BadInput, Outcome, good, raw
from tests.benchmarks.inputs.packing import flipped

FILE = "bad.parquet"
N = GOOD_COUNT
CUTS = (4, 5, 8, 50, 500, 0.3, 0.6, 0.9, -100, -20, -9, -8, -4, -1)
FLIPS = (0, 4, 6, 12, 30, 60, 200, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, -60, -30, -12, -9, -8, -6, -5, -4, -1)
ANY: tuple[Outcome, ...] = ("unknown", "loaded", "refused", "quarantined")


def bad_inputs() -> Iterator[BadInput]:
    whole = _packed(table())
    for cut in CUTS:
        at = int(cut * len(whole)) if isinstance(cut, float) else cut
        yield BadInput("parquet cut off", f"at {cut}", raw(whole[:at], FILE), ("unknown",), "cut off")
    for compression in ("none", "zstd"):
        content = _packed(table(), compression=compression)
        for place in FLIPS:
            at = int(place * len(content)) if isinstance(place, float) else place
            for bit in (1, 64):
                yield BadInput(
                    "parquet damaged",
                    f"{compression}, bit {bit} of byte {place}",
                    raw(flipped(content, at, bit), FILE),
                    ANY,
                )
    checked = _packed(table(), write_page_checksum=True, compression="none")
    yield BadInput(
        "parquet damaged",
        "a page with a checksum",
        raw(flipped(checked, checked.index(b"SHOP"), 4), FILE),
        ("unknown",),
        "damaged",
    )
    yield BadInput("parquet packing", "named .csv", raw(_packed(_with(mrchname=["CSV"] * N))), ("loaded",), good_rows=N)
    yield BadInput("parquet packing", "no row", raw(_packed(table().slice(0, 0)), FILE), ("refused",), "no rows")
    yield BadInput("parquet packing", "no column", raw(_packed(pa.table({})), FILE), ("unknown",), "header")
    yield BadInput(
        "parquet packing", "rows of no column", raw(_packed(table().select([])), FILE), ("unknown",), "header"
    )
    yield BadInput(
        "parquet packing",
        "a row group per row",
        raw(_packed(_with(mrchname=["GROUPS"] * N), row_group_size=1), FILE),
        ("loaded",),
        good_rows=N,
    )
    yield BadInput(
        "parquet packing", "twenty million equal rows in a few bytes", _bomb, ("unknown",), "unpacks to", is_slow=True
    )
    for name, columns, outcomes, says in _typed():
        yield BadInput("parquet types", name, raw(_packed(_with(**columns)), FILE), outcomes, says)
    yield from _columns()


def table() -> pa.Table:
    columns = zip(*(line.split(";") for line in good()), strict=True)
    return pa.table(dict(zip(HEADER.split(";"), (pa.array(column) for column in columns), strict=True)))


def _with(**columns: Any) -> pa.Table:
    """The good table with other columns."""
    made = table()
    for name, values in columns.items():
        column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        made = (
            made.set_column(made.column_names.index(name), name, column)
            if name in made.column_names
            else made.append_column(name, column)
        )
    return made


def _packed(made: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(made, sink, **options)
    return sink.getvalue()


def _bomb(folder: Path) -> Path:
    path = folder / FILE
    values = good()[0].split(";")
    part = pa.table(
        {name: pa.array([value] * 1_000_000) for name, value in zip(HEADER.split(";"), values, strict=True)}
    )
    with pq.ParquetWriter(path, part.schema, compression="zstd") as writer:
        for _ in range(20):
            writer.write_table(part, row_group_size=1_000_000)
    return path


def _typed() -> Iterator[tuple[str, dict[str, Any], tuple[Outcome, ...], str]]:
    moment = datetime(2025, 3, 1, 22, 30, 15, 123456)
    moments: dict[str, Any] = {
        f"timestamp in {unit}": pa.array([moment.replace(microsecond=0)] * N, pa.timestamp(unit))
        for unit in ("s", "ms", "us", "ns")
    }
    zoned = [moment.replace(tzinfo=UTC)] * N
    moments |= {
        f"timestamp in {zone}": pa.array(zoned, pa.timestamp("us", zone)) for zone in ("UTC", "Europe/Moscow", "+05:00")
    }
    moments["timestamp in UTC with nanoseconds"] = pa.array([1740868215123456789] * N, pa.timestamp("ns", "UTC"))
    moments["date32"] = pa.array([date(2025, 3, 1)] * N)
    moments["date64"] = pa.array([date(2025, 3, 1)] * N, pa.date64())
    for name, values in moments.items():
        yield f"{name} as date", {"purchdate": values}, ("loaded",), ""
    wrong_dates: dict[str, Any] = {
        "whole numbers": [20250301] * N,
        "epoch seconds": [1740868215] * N,
        "floats": [45688.5] * N,
        "times": [time(10, 30)] * N,
        "durations": pa.array([10] * N, pa.duration("s")),
        "nulls of no type": pa.nulls(N),
        "nulls": pa.nulls(N, pa.date32()),
        "truth": [True] * N,
        "years far away": pa.array([2_000_000_000] * N, pa.int32()).cast(pa.date32()),
        "timestamps far away": pa.array([2**62] * N, pa.timestamp("us")),
    }
    for name, values in wrong_dates.items():
        yield f"{name} as date", {"purchdate": values}, ("refused",), "date_"
    money: dict[str, Any] = {
        "decimal(18,2)": pa.array([Decimal("10.25")] * N, pa.decimal128(18, 2)),
        "decimal(38,10)": pa.array([Decimal("10.25")] * N, pa.decimal128(38, 10)),
        "decimal256": pa.array([Decimal("10.25")] * N, pa.decimal256(50, 5)),
        "floats": [0.1 + 0.2] * N,
        "floats of 32 bits": pa.array([19.99] * N, pa.float32()),
        "whole numbers": [7] * N,
        "unsigned numbers": pa.array([7] * N, pa.uint64()),
        "a dictionary of numbers": pa.array([7.5] * N).dictionary_encode(),
        "large text": pa.array(["7.75"] * N, pa.large_string()),
    }
    for name, values in money.items():
        yield f"{name} as amount", {"amount": values, "mrchcity": [name] * N}, ("loaded",), ""
    wrong_money: dict[str, tuple[Any, str]] = {
        "NaN": ([float("nan")] * N, "amount_invalid"),
        "infinity": ([float("inf")] * N, "amount_invalid"),
        "whole floats without end": ([1e300] * N, "amount_"),
        "whole floats beyond 64 bits": ([1e19] * N, "amount_"),
        "the largest whole number": ([2**63 - 1] * N, "amount_too_large"),
        "unsigned beyond 63 bits": (pa.array([2**64 - 1] * N, pa.uint64()), "amount_too_large"),
        "nulls of no type": (pa.nulls(N), "amount_invalid"),
        "nulls": (pa.nulls(N, pa.float64()), "amount_invalid"),
        "truth": ([True] * N, "amount_invalid"),
        "a third decimal": ([1.005] * N, "amount_precision"),
        "dates": ([date(2025, 3, 1)] * N, "amount_invalid"),
    }
    for name, (values, says) in wrong_money.items():
        yield f"{name} as amount", {"amount": values}, ("refused",), says
    texts: dict[str, Any] = {
        "bytes": pa.array([b"SHOP"] * N),
        "large text": pa.array(["SHOP L"] * N, pa.large_string()),
        "text views": pa.array(["SHOP V"] * N, pa.string_view()),
        "a dictionary": pa.array(["SHOP D"] * N).dictionary_encode(),
        "a dictionary of large text": pa.array(["SHOP E"] * N, pa.large_string()).dictionary_encode(),
        "bytes of fixed length": pa.array([b"SHOP"] * N, pa.binary(4)),
        "numbers": [5] * N,
    }
    for name, values in texts.items():
        yield f"{name} as merchant", {"mrchname": values, "mrchcity": [name] * N}, ("loaded",), ""
    spoilt: dict[str, tuple[Any, str]] = {
        "bytes that are no UTF-8": (pa.array([b"\xd0\xff"] * N), "bad_encoding"),
        "text that is no UTF-8": (_invalid_text(), "bad_encoding"),
        "a dictionary that is no UTF-8": (_invalid_text().dictionary_encode(), "bad_encoding"),
        "zero bytes": (["a\x00b"] * N, "bad_encoding"),
        "nulls of no type": (pa.nulls(N), "merchant_blank"),
        "nulls": (pa.nulls(N, pa.string()), "merchant_blank"),
        "nulls in a dictionary": (pa.nulls(N, pa.string()).dictionary_encode(), "merchant_blank"),
    }
    for name, (values, says) in spoilt.items():
        yield f"{name} as merchant", {"mrchname": values}, ("refused",), says
    nested: dict[str, Any] = {
        "lists": [["SHOP"]] * N,
        "structs": [{"name": "SHOP"}] * N,
        "maps": pa.array([[("name", "SHOP")]] * N, pa.map_(pa.string(), pa.string())),
        "lists of fixed length": pa.array([["A", "B"]] * N, pa.list_(pa.string(), 2)),
    }
    for name, values in nested.items():
        for column in ("mrchname", "amount", "purchdate", "cnum"):
            yield f"{name} as {column}", {column: values}, ("refused",), column
        yield f"{name} in an unknown column", {"note": values}, ("loaded",), ""
    yield "e-mails in lists of an unknown column", {"note": [["anna@example.org"]] * N}, ("refused",), "personal data"
    yield (
        "card numbers in structs of an unknown column",
        {"note": [{"a": {"b": "4111111111111111"}}] * N},
        ("refused",),
        "personal data",
    )
    yield "durations in an unknown column", {"note": pa.array([10] * N, pa.duration("s"))}, ("loaded",), ""
    yield "bytes in an unknown column", {"note": pa.array([b"\xff"] * N)}, ("loaded",), ""
    yield "short floats in an unknown column", {"note": pa.array([1.5] * N, pa.float16())}, ("loaded",), ""
    yield "short floats as amount", {"amount": pa.array([1.5] * N, pa.float16())}, ("loaded",), ""
    yield "whole short floats as amount", {"amount": pa.array([2.0] * N, pa.float16())}, ("loaded",), ""
    yield "floats with nulls as category code", {"mcc": [5411.0, *[None] * (N - 1)]}, ("refused",), "mcc_invalid"
    yield "floats as category code", {"mcc": [5411.0] * N}, ("loaded",), ""
    yield "broken floats as category code", {"mcc": [5411.5] * N}, ("refused",), "mcc_invalid"
    yield (
        "floats of lost digits as customer",
        {"cnum": [1e19 + 4096.0 * number for number in range(N)]},
        ("refused",),
        "last digits",
    )
    yield "floats as customer", {"cnum": [1234567890123.0] * N}, ("loaded",), ""
    yield "card numbers as customer", {"cnum": [4111111111111111] * N}, ("refused",), "card_numbers_as_customers"
    yield (
        "one null in each column",
        {name: pa.array([None, *table()[name].to_pylist()[1:]]) for name in HEADER.split(";")},
        ("quarantined",),
        "date_invalid",
    )


def _invalid_text() -> Any:
    offsets = pa.array([2 * place for place in range(N + 1)], pa.int32())
    return pa.StringArray.from_buffers(N, offsets.buffers()[1], pa.py_buffer(b"\xd0\xff" * N))


def _columns() -> Iterator[BadInput]:
    twice = pa.Table.from_arrays([*table().columns, table()["amount"]], [*HEADER.split(";"), "amount"])
    yield BadInput("parquet columns", "a column twice", raw(_packed(twice), FILE), ("refused",), "twice")
    cases = pa.Table.from_arrays([*table().columns, table()["amount"]], [*HEADER.split(";"), "AMOUNT"])
    yield BadInput("parquet columns", "a column twice in other case", raw(_packed(cases), FILE), ("refused",), "twice")
    for name in HEADER.split(";"):
        kind: Outcome = "unknown" if name in ("purchdate", "amount") else "refused"
        yield BadInput(
            "parquet columns",
            f"{name} missing",
            raw(_packed(table().drop_columns([name])), FILE),
            (kind,),
            name if kind == "refused" else "header",
        )
    named = table().append_column("email", pa.array(["x"] * N))
    yield BadInput("parquet columns", "an e-mail column", raw(_packed(named), FILE), ("refused",), "email")
    content = table().append_column("note", pa.array(["anna@example.org"] * N))
    yield BadInput("parquet columns", "e-mails in a column", raw(_packed(content), FILE), ("refused",), "personal data")
    blank = pa.Table.from_arrays([*table().columns, table()["amount"]], [*HEADER.split(";"), ""])
    yield BadInput("parquet columns", "a column without a name", raw(_packed(blank), FILE), ("loaded",), good_rows=N)
    wide = pa.table(
        {**{name: table()[name] for name in HEADER.split(";")}, **{f"c{number}": pa.nulls(N) for number in range(1500)}}
    )
    yield BadInput("parquet columns", "1,500 too many", raw(_packed(wide), FILE), ("unknown",), "columns", is_slow=True)
