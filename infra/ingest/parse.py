"""Text columns into dates, money and codes; what cannot be read is named, never guessed.

Each function takes one pyarrow array and returns numpy arrays of the same length. Dates and codes repeat, so they are
parsed once per distinct value.
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FIRST_DAY, LAST_DAY = np.datetime64("2000-01-01"), np.datetime64("2100-12-31")
AMOUNT_LIMIT = 1e12
CENT_NOISE = 1e-6
"""How far from a whole cent, in cents, an amount may lie: what a sum of binary fractions leaves, no third decimal."""

_NUMBER = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)$"
_GROUPED = r"^[+-]?\d{1,3}([   ']\d{3})+([.,]\d*)?$"
_TIME = r"^[ T](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?$"


def text_of(column: Any, time_zone: str) -> Any:
    """Any column as trimmed text; null becomes empty. A timestamp with a zone is told in `time_zone`."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type) and column.type.tz:
        column = pc.local_timestamp(column.cast(pa.timestamp("us", tz=time_zone)))
    if pa.types.is_floating(column.type):
        whole = pc.equal(pc.round(column), column)
        if pc.all(pc.or_kleene(whole, pc.is_null(column))).as_py() is not False:  # a code that met a null in pandas
            column = column.cast(pa.int64(), safe=False)
    return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))


def days_and_times(column: Any) -> tuple[Any, Any]:
    """(day as datetime64[D], NaT where unreadable; time of the day as timedelta64[us], NaT where there is none)."""
    days, day_of = _distinct(pc.utf8_slice_codeunits(column, 0, 10))
    tails, tail_of = _distinct(pc.utf8_slice_codeunits(column, 10))
    iso = days.where(days.str.fullmatch(r"\d{4}-\d{2}-\d{2}"))
    dotted = days.where(days.str.fullmatch(r"\d{2}\.\d{2}\.\d{4}"))
    day = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce").fillna(
        pd.to_datetime(dotted, format="%d.%m.%Y", errors="coerce")
    )
    parts = tails.str.extract(_TIME)
    hour, minute, second = (pd.to_numeric(parts[place]).fillna(0) for place in range(3))
    fraction = pd.to_numeric(parts[3].str.pad(9, "right", "0").str[:6]).fillna(0)
    is_time = parts[0].notna() & (hour < 24) & (minute < 60) & (second < 60)
    time = ((hour * 3600 + minute * 60 + second) * 1_000_000 + fraction).to_numpy(dtype=np.int64)
    moment = np.where(is_time, time, np.iinfo(np.int64).min).view("timedelta64[us]")
    is_wrong = ~is_time.to_numpy() & (tails != "").to_numpy()
    result = day.to_numpy().astype("datetime64[D]")[day_of]
    result[is_wrong[tail_of]] = np.datetime64("NaT")
    if not (time[is_time.to_numpy()] > 0).any():  # dates that a program wrote as midnight
        moment = np.full_like(moment, np.timedelta64("NaT"))
    return result, moment[tail_of]


def cents(column: Any) -> tuple[Any, Any, Any]:
    """(whole cents as int64, is a finite number, has a fraction of a cent). Exact below the limit of 10^12.

    Decimal point or comma, groups of three parted by a blank or an apostrophe; `1,234.56` is not a number, for nobody
    knows which sign is meant.
    """
    is_number = pc.match_substring_regex(column, _NUMBER)
    if not pc.all(is_number).as_py():
        is_grouped = pc.match_substring_regex(column, _GROUPED)
        column = pc.if_else(is_grouped, pc.replace_substring_regex(column, "[   ']", ""), column)
        is_number = pc.or_(is_number, is_grouped)
        column = pc.if_else(is_number, column, "0")
    column = pc.replace_substring(pc.utf8_ltrim(column, "+"), ",", ".")
    value = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    numeric = is_number.to_numpy(zero_copy_only=False).astype(bool)
    safe = np.where(np.abs(value) < AMOUNT_LIMIT, value, np.copysign(AMOUNT_LIMIT, value)) * 100
    whole = np.rint(safe)
    return whole.astype(np.int64), numeric, np.abs(safe - whole) > np.maximum(CENT_NOISE, np.abs(safe) * 4e-16)


def codes(column: Any) -> tuple[Any, Any]:
    """(whole number of one to four digits as int32, is one)."""
    values, value_of = _distinct(column)
    is_code = values.str.fullmatch(r"\d{1,4}")
    number = pd.to_numeric(values.where(is_code, "0")).to_numpy(dtype=np.int32)
    return number[value_of], is_code.to_numpy(dtype=bool)[value_of]


def _distinct(column: Any) -> tuple["pd.Series[str]", Any]:
    """The distinct texts, and which of them each row has."""
    encoded = column.dictionary_encode()
    return pd.Series(encoded.dictionary.to_pylist(), dtype=object), encoded.indices.to_numpy(zero_copy_only=False)
