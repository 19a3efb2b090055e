"""`bank.toml`: who the bank is, and where its files differ from the contract."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

Made = TypeVar("Made")


class BankFileWrong(ValueError):
    """`bank.toml` is missing, misses a key, or has one that is not known."""


@dataclass(frozen=True)
class SourceFormat:
    """What a source says of its files; unset is detected.

    `columns` maps a name of the contract to the source's own, e.g. {"purchdate": "TRX_DATE"}.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    max_bad_share: float = 0.05
    """A file with a larger share of bad rows is refused whole."""
    time_zone: str = "Europe/Moscow"
    """Zone of business dates: Parquet timestamps that carry a zone are converted to it."""


@dataclass(frozen=True)
class Bank:
    """The bank as dashboards name it; `is_live` false means a closed history, whose age is not judged by the clock."""

    name_en: str
    name_ru: str
    currency_code: str
    is_synthetic: bool
    is_live: bool


def read_bank(path: Path) -> tuple[Bank, SourceFormat]:
    """The two halves of `bank.toml`. Raises BankFileWrong with the key at fault."""
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BankFileWrong(f"{path} is missing: a source folder needs it, see docs/data-contract.md.") from None
    except tomllib.TOMLDecodeError as error:
        raise BankFileWrong(f"{path} is not TOML: {error}") from error
    columns, overrides = content.pop("columns", {}), content.pop("format", {})
    return _made(Bank, content, path), _made(SourceFormat, {"columns": columns, **overrides}, path)


def _made(kind: type[Made], values: dict[str, Any], path: Path) -> Made:
    try:
        return kind(**values)
    except TypeError as error:
        raise BankFileWrong(f"{path}: {str(error).split('__init__() ')[-1]}, see docs/data-contract.md.") from None
