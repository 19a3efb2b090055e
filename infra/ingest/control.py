"""Control files: what the bank says a file holds, to be compared with what was read."""

import errno
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from infra.ingest.detect import shown, shown_name
from infra.ingest.report import UnknownFile

SUFFIX = ".control"
SUCCESS = "_SUCCESS"
"""A file of this name says that its folder is whole."""

LIMIT = 1 << 16
"""Bytes."""

_LINE = re.compile(
    r"\s*(rows|amount)\s*[=:;]\s*(-?[0-9](?:[0-9 \u00a0]{0,30}[0-9])?(?:[.,][0-9]{1,10})?)\s*", re.IGNORECASE
)
_BEGINS = re.compile(r"\s*(rows|amount)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Control:
    """Rows, and the sum of their amounts, as the bank states them; None where it does not."""

    rows: int | None
    amount: Decimal | None

    def fault(self, rows: int, amount: Decimal, without_amount: int) -> str | None:
        """What differs. A sum cannot be compared where rows have no readable amount."""
        if self.rows is not None and self.rows != rows:
            return f"The control file says {self.rows} rows, the file has {rows}. Send both again."
        if self.amount is not None and not without_amount and self.amount != amount:
            return f"The control file says a sum of {self.amount}, the file has {amount}. Send both again."
        return None


def control_file(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def control_of(path: Path) -> Control | None:
    """What lies beside the file as `NAME.control`, with lines such as `rows=120` and `amount=5400.50`.

    Raises UnknownFile where it says neither, or where a line of them cannot be read.
    """
    beside = control_file(path)
    text = _text(beside)
    if text is None:
        return None
    said: dict[str, str] = {}
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found and found[1].lower() not in said:
            said[found[1].lower()] = re.sub(r"[ \u00a0]", "", found[2])
        elif _BEGINS.match(line):
            raise _wrong(beside, f"its line {shown(line)[:80]!r} cannot be read, or says something twice")
    if not said or ("rows" in said and not said["rows"].isdigit()):
        raise _wrong(beside, "it says neither `rows=NUMBER` nor `amount=SUM`")
    return Control(
        int(said["rows"]) if "rows" in said else None,
        Decimal(said["amount"].replace(",", ".")) if "amount" in said else None,
    )


def _text(beside: Path) -> str | None:
    try:
        if not beside.is_file():
            if beside.exists():
                raise _wrong(beside, "it is no file")
            return None
        with beside.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return None
        raise _wrong(beside, f"it cannot be read ({error.strerror})") from error
    if len(content) > LIMIT:
        raise _wrong(beside, f"it has more than {LIMIT} bytes")
    return content.decode("utf-8-sig", "replace")


def _wrong(beside: Path, what: str) -> UnknownFile:
    return UnknownFile(f"The control file {shown_name(beside)} is wrong: {what}. Mend it or take it away.")
