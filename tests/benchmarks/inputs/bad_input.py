"""One bad input: how to make it, and what the loader must make of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from infra.ingest import SourceFormat

Outcome = Literal["loaded", "quarantined", "refused", "unknown", "failed"]
"""`loaded`: harmless, nothing in quarantine; `unknown`: UnknownFile; `failed`: the database's own error."""

HEADER = "purchdate;amount;mcc;mrchcity;mrchname;cnum"
DAY = "2025-03-01"
GOOD_COUNT = 40
"""Good rows around a bad one: one in 41 is less than the share that refuses a file."""

Write = Callable[[Path], Path]


@dataclass(frozen=True)
class BadInput:
    """`write` makes the input in an empty folder and returns what is to be loaded."""

    group: str
    name: str
    write: Write
    outcomes: tuple[Outcome, ...]
    says: str = ""
    """A reason code of the quarantine, or words of the message."""
    source: SourceFormat = field(default_factory=SourceFormat)
    while_read: Callable[[Path], None] | None = None
    """What happens to the file when its first block has been read."""
    is_slow: bool = False
    """Takes more than a second, or a privilege of the machine."""
    options: str = ""
    """Of the loader's database session."""
    good_rows: int | None = None
    """How many rows must be in the warehouse when it is loaded or quarantined."""


def row(day: str = DAY, amount: str = "10.00", mcc: str = "5411", city: str = "MOSKVA", name: str = "SHOP") -> str:
    return f"{day};{amount};{mcc};{city};{name};C1"


def good(count: int = GOOD_COUNT) -> list[str]:
    return [row(amount=f"{number}.50", name=f"SHOP {number % 7}") for number in range(1, count + 1)]


RUSSIAN = [
    row(amount=f"{number}.25", city=city, name=name)
    for number in range(1, 11)
    for city, name in (
        ("Москва", "Пятёрочка на Тверской"),
        ("Санкт-Петербург", "Аптека Столички"),
        ("Казань", "Хлебозавод № 3"),
        ("НИЖНИЙ НОВГОРОД", "ООО «Ромашка»"),
    )
]


def text(
    rows: Sequence[str], header: str = HEADER, file: str = "bad.csv", encoding: str = "utf-8", end: str = "\n"
) -> Write:
    return raw("".join(line + end for line in (header, *rows)).encode(encoding), file)


def raw(content: bytes | Callable[[], bytes], file: str = "bad.csv") -> Write:
    """What is large is given as a function: all inputs are listed at once."""

    def write(folder: Path) -> Path:
        path = folder / file
        path.write_bytes(content if isinstance(content, bytes) else content())
        return path

    return write


def among_good(bad: str | bytes, encoding: str = "utf-8") -> Write:
    """One bad line between good ones."""
    line = bad.encode(encoding) if isinstance(bad, str) else bad
    rows = [entry.encode() for entry in good()]
    return raw(b"\n".join([HEADER.encode(), *rows[:20], line, *rows[20:], b""]))
