"""Control files: what the bank says a file holds, to be compared with what was read."""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from infra.ingest.detect import shown_name
from infra.ingest.report import UnknownFile

SUFFIX = ".control"
SUCCESS = "_SUCCESS"
"""A file of this name says that its folder is whole."""

_LINE = re.compile(r"\s*(rows|amount)\s*[=:;]\s*(-?\d[\d  ]*(?:[.,]\d+)?)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Control:
    """Rows, and the sum of their amounts, as the bank states them; None where it does not."""

    rows: int | None
    amount: Decimal | None

    def fault(self, rows: int, amount: Decimal, without_amount: int) -> str | None:
        """What differs. A sum cannot be compared where rows have no readable amount."""
        if self.rows is not None and self.rows != rows:
            return f"The control file says {self.rows} rows, the file has {rows}; nothing was changed."
        if self.amount is not None and not without_amount and self.amount != amount:
            return f"The control file says a sum of {self.amount}, the file has {amount}; nothing was changed."
        return None


def control_file(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def control_of(path: Path) -> Control | None:
    """What lies beside the file as `NAME.control`, with lines such as `rows=120` and `amount=5400.50`.

    Raises UnknownFile where it says neither.
    """
    beside = control_file(path)
    if not beside.is_file():
        return None
    lines = beside.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    said = {found[1].lower(): re.sub(r"[  ]", "", found[2]) for line in lines if (found := _LINE.fullmatch(line))}
    if not said or ("rows" in said and not said["rows"].isdigit()):
        raise UnknownFile(
            f"{shown_name(beside)} says neither `rows=NUMBER` nor `amount=SUM`: mend it or take it away. "
            "Nothing was changed."
        )
    return Control(
        int(said["rows"]) if "rows" in said else None,
        Decimal(said["amount"].replace(",", ".")) if "amount" in said else None,
    )
