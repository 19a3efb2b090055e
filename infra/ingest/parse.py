"""Text columns into dates, money and codes; what cannot be read is named, never guessed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FIRST_DAY, LAST_DAY = np.datetime64("2000-01-01"), np.datetime64("2100-12-31")
AMOUNT_LIMIT = 1e12
CENT_NOISE = 1e-6
"""How far from a whole cent, in cents, an amount may lie: what a sum of binary fractions leaves, no third decimal."""

EXACT = 2**53
"""From here on a float64 leaves out whole numbers."""

_NUMBER = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)$"
_GROUPED = "^[+-]?\\d{1,3}([ \u00a0\u202f']\\d{3})+([.,]\\d*)?$"
_TIME = r"^[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?\Z"
_FEW = 5_000
"""So many distinct dates are read one by one; more are dates with times, whose days and times repeat apart."""

_SIGNS = np.zeros(256, dtype=bool)
_SIGNS[np.frombuffer(b"0123456789.-", dtype=np.uint8)] = True


@dataclass(frozen=True)
class Text:
    """A column of trimmed text: `values`, and which of them each row has (None: one value a row)."""

    values: Any
    place: Any

    def __len__(self) -> int:
        return len(self.values) if self.place is None else len(self.place)

    def spread(self, of_values: Any) -> Any:
        """What was found for each value, for each row."""
        return of_values if self.place is None else of_values[self.place]

    def take(self, rows: Any) -> list[str]:
        chosen = rows if self.place is None else self.place[rows]
        return list(self.values.take(pa.array(chosen)).to_pylist())

    def encoded(self) -> "Text":
        """The same with distinct values."""
        if self.place is not None:
            return self
        encoded = self.values.dictionary_encode()
        return Text(encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False))

    def is_blank(self) -> Any:
        return self.spread(as_numpy(pc.equal(pc.binary_length(self.values), 0)))


def as_numpy(mask: Any) -> Any:
    return mask.to_numpy(zero_copy_only=False).astype(bool)


def text_of(column: Any, time_zone: str) -> Text:
    """A column of plain values as trimmed text; null becomes empty. A timestamp with a zone is told in `time_zone`."""
    if pa.types.is_dictionary(column.type):
        if column.null_count == 0 and pa.types.is_string(column.dictionary.type):
            return Text(_trimmed(column.dictionary), column.indices.to_numpy(zero_copy_only=False))
        column = column.dictionary_decode()
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_timestamp(column.type) and column.type.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp("us", tz=time_zone), safe=False))
    if pa.types.is_float16(column.type):
        column = column.cast(pa.float32())
    if pa.types.is_duration(column.type):
        column = column.cast(pa.int64())
    if pa.types.is_floating(column.type):
        whole = pc.and_(pc.equal(pc.round(column), column), pc.less(pc.abs(column), float(EXACT)))
        if pc.all(pc.or_kleene(whole, pc.is_null(column))).as_py() is not False:  # a code that met a null in pandas
            column = column.cast(pa.int64(), safe=False)
    if _is_binary(column.type):
        texts = [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
        column = pa.array(texts, pa.string())
    return Text(_trimmed(column.cast(pa.string())), None)


def valid(column: Any) -> Any:
    """The same column; text that is no UTF-8, which Parquet does not look at, has U+FFFD in its faults' places."""
    if pa.types.is_dictionary(column.type):
        words = valid(column.dictionary)
        return column if words is column.dictionary else pa.DictionaryArray.from_arrays(column.indices, words)
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = column.cast(pa.large_binary() if pa.types.is_large_string(column.type) else pa.binary())
        texts = [None if value is None else value.decode("utf-8", "replace") for value in raw.to_pylist()]
        return pa.array(texts, pa.string())
    return column


def lost_digits(column: Any) -> bool:
    """Whether whole numbers are stored as floats so large that neighbours are equal."""
    if not pa.types.is_floating(column.type) or pa.types.is_float16(column.type):
        return False
    return bool(pc.any(pc.greater(pc.abs(column), float(EXACT))).as_py())


def _is_binary(kind: Any) -> bool:
    of = pa.types
    return bool(
        of.is_binary(kind) or of.is_large_binary(kind) or of.is_fixed_size_binary(kind) or of.is_binary_view(kind)
    )


def _trimmed(column: Any) -> Any:
    return pc.utf8_trim_whitespace(pc.fill_null(column, ""))


def days_and_times(column: Text) -> tuple[Any, Any]:
    """(day as datetime64[D], NaT where unreadable; time of the day as timedelta64[us], NaT where there is none)."""
    if column.place is not None and len(column.values) <= _FEW:
        day, time = _days_and_times(column.values)
        return column.spread(day), column.spread(time)
    texts = column.values if column.place is None else column.values.take(pa.array(column.place))
    return _days_and_times(texts)


def _days_and_times(texts: Any) -> tuple[Any, Any]:
    days, day_of = _distinct(pc.utf8_slice_codeunits(texts, 0, 10))
    iso = days.where(days.str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"))
    dotted = days.where(days.str.fullmatch(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}"))
    day = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").fillna(
        pd.to_datetime(dotted, format="%d.%m.%Y", errors="coerce")
    )
    result = day.to_numpy().astype("datetime64[D]")[day_of]
    if len(texts) == 0 or pc.max(pc.utf8_length(texts)).as_py() <= 10:  # dates only
        return result, np.full(len(texts), np.timedelta64("NaT", "us"))
    tails, tail_of = _distinct(pc.utf8_slice_codeunits(texts, 10))
    parts = tails.str.extract(_TIME)
    hour, minute, second = (pd.to_numeric(parts[place]).fillna(0) for place in range(3))
    fraction = pd.to_numeric(parts[3].str.pad(9, "right", "0").str[:6]).fillna(0)
    is_time = parts[0].notna() & (hour < 24) & (minute < 60) & (second < 60)
    time = ((hour * 3600 + minute * 60 + second) * 1_000_000 + fraction).to_numpy(dtype=np.int64)
    moment = np.where(is_time, time, np.iinfo(np.int64).min).view("timedelta64[us]")
    is_wrong = ~is_time.to_numpy() & (tails != "").to_numpy()
    result[is_wrong[tail_of]] = np.datetime64("NaT")
    if not (time[is_time.to_numpy()] > 0).any():  # dates that a program wrote as midnight
        moment = np.full_like(moment, np.timedelta64("NaT"))
    return result, moment[tail_of]


def cents(column: Text) -> tuple[Any, Any, Any]:
    """(whole cents as int64, is a finite number, has a fraction of a cent). Exact below the limit of 10^12.

    Decimal point or comma, groups of three parted by a blank or an apostrophe; `1,234.56` is not a number, for nobody
    knows which sign is meant.
    """
    numbers, is_number = _plain_numbers(column.values)
    value = numbers.to_numpy(zero_copy_only=False)
    safe = np.where(np.abs(value) < AMOUNT_LIMIT, value, np.copysign(AMOUNT_LIMIT, value)) * 100
    whole = np.rint(safe)
    has_fraction = np.abs(safe - whole) > np.maximum(CENT_NOISE, np.abs(safe) * 4e-16)
    return column.spread(whole.astype(np.int64)), column.spread(is_number), column.spread(has_fraction)


def _plain_numbers(texts: Any) -> tuple[Any, Any]:
    """(float64 array, is a number). Most blocks hold digits, points and minus signs only, and need no pattern."""
    if _holds_only_signs(texts):
        try:
            return texts.cast(pa.float64()), np.ones(len(texts), dtype=bool)
        except pa.ArrowInvalid:  # `1.2.3`, or nothing at all
            pass
    is_number = pc.match_substring_regex(texts, _NUMBER)
    if not pc.all(is_number).as_py():
        is_grouped = pc.match_substring_regex(texts, _GROUPED)
        texts = pc.if_else(is_grouped, pc.replace_substring_regex(texts, "[ \u00a0\u202f']", ""), texts)
        is_number = pc.or_(is_number, is_grouped)
        texts = pc.if_else(is_number, texts, "0")
    texts = pc.replace_substring(pc.utf8_ltrim(texts, "+"), ",", ".")
    return texts.cast(pa.float64()), as_numpy(is_number)


def _holds_only_signs(texts: Any) -> bool:
    return bool(_SIGNS[letters(texts)].all())


def letters(texts: Any) -> Any:
    """The bytes of all texts of a column, one behind the other."""
    _, offsets, data = texts.buffers()
    if data is None:
        return np.array([], dtype=np.uint8)
    bounds = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]]


def codes(column: Text) -> tuple[Any, Any]:
    """(whole number of one to four digits as int32, is one)."""
    encoded = column.encoded()
    values = pd.Series(encoded.values.to_pylist(), dtype=object)
    is_code = values.str.fullmatch(r"[0-9]{1,4}").astype(bool)
    number = pd.to_numeric(values.where(is_code, "0")).to_numpy(dtype=np.int32)
    return encoded.spread(number), encoded.spread(is_code.to_numpy())


def _distinct(texts: Any) -> tuple["pd.Series[str]", Any]:
    """The distinct texts, and which of them each row has."""
    encoded = texts.dictionary_encode()
    return pd.Series(encoded.dictionary.to_pylist(), dtype=object), encoded.indices.to_numpy(zero_copy_only=False)
