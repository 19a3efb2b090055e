"""Writing a source folder: what every adapter yields, and what `./lyra up --source` takes."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from infra.ingest.source_format import Bank

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "transactions": ("purchdate", "amount", "mcc", "mrchcity", "mrchname", "cnum"),
    "clients": ("cnum_", "categorycode", "gender", "age", "married_", "residenttype"),
    "stores": ("MerchantName", "StoreName", "legal_group", "city"),
    "mcc": ("mcc", "description", "category_code"),
    "categories": ("category_code", "name_en", "name_ru", "category_group"),
    "tenants": ("name", "legal_group", "language", "login"),
}

OTHER = ("other", "Other", "Прочее", "other")
"""The category that every mapping has, for codes that nobody knows."""


@dataclass(frozen=True)
class Totals:
    """What came in and what went out; amounts in cents. rows_in = rows_written + rows_repeated."""

    rows_in: int
    rows_written: int
    rows_repeated: int
    cents_in: int
    cents_written: int
    cents_repeated: int


class SourceWriter:
    """Builds the folder beside its place and moves it there when it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._partial = folder.with_name(f".{folder.name}.partial")
        shutil.rmtree(self._partial, ignore_errors=True)
        (self._partial / "transactions").mkdir(parents=True)

    def bank(self, bank: Bank) -> None:
        lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in asdict(bank).items()]
        (self._partial / "bank.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def table(self, kind: str, frame: pd.DataFrame) -> None:
        """One of clients, stores, mcc, categories, tenants; `frame` has its columns."""
        self._write(frame, kind, f"{kind}.csv")

    def transactions(self, name: str, frame: pd.DataFrame) -> None:
        """One file of transactions; days in `name` say what it is the full export of."""
        self._write(frame, "transactions", f"transactions/{name}.csv")

    def finish(self) -> None:
        """Put the folder in the place of an older one."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._partial.rename(self._folder)

    def _write(self, frame: pd.DataFrame, kind: str, name: str) -> None:
        columns = list(COLUMNS[kind])
        frame.to_csv(self._partial / name, sep=";", index=False, columns=columns, lineterminator="\n", encoding="utf-8")


def as_amount(cents: "pd.Series[int]") -> "pd.Series[str]":
    """Whole cents as text with two decimals: no binary fraction comes between the source and the warehouse."""
    sign = cents.lt(0).map({True: "-", False: ""})
    size = cents.abs()
    return sign + (size // 100).astype(str) + "." + (size % 100).astype(str).str.zfill(2)
