"""Which days a file is the full export of, as far as its name says."""

import re
from datetime import date
from pathlib import Path

from infra.ingest.detect import shown_name

FIRST_YEAR, LAST_YEAR = 2000, 2100

_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:_(\d{4}-\d{2}-\d{2}))?$", re.ASCII)


def days_in_name(path: Path) -> tuple[date, date] | None:
    """First and last day in `…_2025-01-01_2025-01-31.csv` or `…_2025-02-03.csv.gz`; None where the name has none.

    Raises ValueError for a name whose days do not exist or run backwards: such a file must not replace anything.
    """
    stem = re.sub(r"(\.(csv|txt|parquet|gz|zst))+$", "", path.name, flags=re.IGNORECASE)
    found = _DAYS.search(stem)
    if found is None:
        return None
    first, last = (_day(text, path) for text in (found[1], found[2] or found[1]))
    if last < first:
        raise ValueError(f"{shown_name(path)}: the days in the name run backwards. Rename the file.")
    return first, last


def _day(text: str, path: Path) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{shown_name(path)}: the day {text} in the name does not exist. Rename the file.") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(
            f"{shown_name(path)}: the day {text} in the name is not in the years {FIRST_YEAR} to {LAST_YEAR}. "
            "Rename the file."
        )
    return day
