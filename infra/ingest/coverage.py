"""Which days a file is the full export of, as far as its name says."""

import re
from datetime import date
from pathlib import Path

_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:_(\d{4}-\d{2}-\d{2}))?$")


def days_in_name(path: Path) -> tuple[date, date] | None:
    """First and last day in `…_2025-01-01_2025-01-31.csv` or `…_2025-02-03.csv.gz`; None where the name has none.

    Raises ValueError for a name whose days do not exist or run backwards: such a file must not replace anything.
    """
    stem = re.sub(r"(\.(csv|txt|parquet|gz|zst))+$", "", path.name, flags=re.IGNORECASE)
    found = _DAYS.search(stem)
    if found is None:
        return None
    first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    if last < first:
        raise ValueError(f"{path.name}: the days in the name run backwards.")
    return first, last
