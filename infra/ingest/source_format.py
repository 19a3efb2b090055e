"""`bank.toml` and `source.toml`: who the bank is, and where the files of a source differ from the contract."""

import codecs
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

Made = TypeVar("Made")

_ASCII = bytes(range(128))

BANK = "bank"
"""Name of the source whose files lie in the landing folder itself."""


class BankFileWrong(ValueError):
    """`bank.toml` or `source.toml` is missing, misses a key, or has one that is not known or has a wrong value."""


@dataclass(frozen=True)
class SourceFormat:
    """What a source says of its files; unset is detected.

    `columns` maps a name of the contract to the source's own, e.g. {"purchdate": "TRX_DATE"}.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str = BANK
    """A file replaces days of its own source only."""
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    max_bad_share: float = 0.05
    """A file with a larger share of bad rows is refused whole."""
    time_zone: str = "Europe/Moscow"
    """Zone of business dates: Parquet timestamps that carry a zone are converted to it."""
    drop: tuple[str, ...] = ()
    """Columns, as the source names them, that hold personal data and are thrown away; any other such column refuses
    the file."""
    card_numbers_as_customers: bool = False
    """Whether `cnum` may hold full card numbers. They are turned into pseudonyms like any other identifier."""
    control: Literal["optional", "required"] = "optional"
    """Whether a file waits for its control file (rows and sum)."""
    waits_for_success: bool = False
    """Whether the files of a folder wait for `_SUCCESS` in it."""
    due_time: time = time(12)
    """By this time of the day yesterday's purchases must have come."""

    def __post_init__(self) -> None:
        if self.encoding is not None and not _keeps_ascii(self.encoding):
            raise ValueError(f"no encoding {self.encoding!r} is known that has ASCII in it")
        if self.delimiter is not None and not _is_delimiter(self.delimiter):
            raise ValueError(f"the delimiter {self.delimiter!r} is not one ASCII sign that parts columns")
        if not 0 <= self.max_bad_share <= 1:
            raise ValueError(f"max_bad_share {self.max_bad_share} is not between 0 and 1")
        if not _is_zone(self.time_zone):
            raise ValueError(f"no time zone {self.time_zone!r} is known")


def _keeps_ascii(encoding: str) -> bool:
    """UTF-16 and the like do not: lines are cut before they are decoded."""
    try:
        return codecs.lookup(encoding) is not None and _ASCII.decode(encoding) == _ASCII.decode()
    except (LookupError, ValueError):
        return False


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_delimiter(sign: str) -> bool:
    return len(sign) == 1 and sign.isascii() and not sign.isalnum() and sign not in '"\r\n\0'


@dataclass(frozen=True)
class Bank:
    """The bank as dashboards name it; `is_live` false means a closed history, whose age is not judged by the clock."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name_en: str
    name_ru: str
    currency_code: str
    is_synthetic: bool
    is_live: bool


def read_bank(path: Path) -> tuple[Bank, SourceFormat]:
    """The two halves of `bank.toml`. Raises BankFileWrong with the key at fault."""
    content = _read(path)
    columns, overrides = content.pop("columns", {}), content.pop("format", {})
    return _made(Bank, content, path), _made(SourceFormat, {"columns": columns, **overrides}, path)


def read_source(path: Path, bank: SourceFormat) -> SourceFormat:
    """`source.toml` of another source than the bank's own, named like its folder; unset is as in `bank.toml`."""
    inherited = {name: value for name, value in vars(bank).items() if name != "name"}
    return _made(SourceFormat, {**inherited, **_read(path), "name": path.parent.name}, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BankFileWrong(f"{path} is missing: a source folder needs it, see docs/data-contract.md.") from None
    except OSError as error:
        raise BankFileWrong(f"{path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BankFileWrong(f"{path} is not TOML: {error}") from error


def _made(kind: type[Made], values: dict[str, Any], path: Path) -> Made:
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise BankFileWrong(f"{path}: {faults}. See docs/data-contract.md.") from None
