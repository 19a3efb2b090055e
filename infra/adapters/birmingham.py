"""Purchase cards of Birmingham City Council, 2014 to 2018 (Open Government Licence v3): a real mess to ingest.

Run `python -m infra.adapters.birmingham FILE.parquet` to see what becomes of every row and penny.
A customer is a card (last four digits) within a directorate, a category one of the council's expense categories. One
workbook was published a month; a row that an *earlier workbook* already has is a repeat, and is dropped and counted,
while equal rows *within* a workbook are separate purchases, as docs/data-contract.md says.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from infra.adapters.source import OTHER, SourceWriter, Totals, as_amount
from infra.ingest.source_format import Bank

CITY = "NOT STATED"
BANK = Bank(
    name_en="Birmingham City Council purchase cards",
    name_ru="Карты закупок города Бирмингем",
    currency_code="GBP",
    is_synthetic=False,
    is_live=False,
)
NOT_STATED = ("not_stated", "Not stated", "Не указано", "not_stated")
BRANDS = {"amazon": "ru", "travelodge": "en", "tesco": "en"}
"""Merchants whose names begin with a chain's form its legal group; the chains are the tenants, each with a language."""


def make_source(folder: Path, parquet_path: Path) -> Totals:
    """Write the source folder `folder` from the published rows; an older folder of that name is replaced."""
    published = pd.read_parquet(parquet_path)
    repeated = is_repeated(published)
    rows = published[~repeated]
    codes = mcc_of(published)
    writer = SourceWriter(folder)
    writer.bank(BANK)
    for workbook, part in as_transactions(rows, codes).groupby(rows.source_file):
        month = main_month(published.date[published.source_file == workbook])
        writer.transactions(f"{workbook}_{month.start_time.date()}_{month.end_time.date()}", part)
    names = published.drop_duplicates("category_code").set_index("category_code").category
    categories = [(code, names[code], names[code], f"group_{code[0]}") for code in codes]
    mccs = [(mcc, names[code], code) for code, mcc in codes.items()]
    writer.table("mcc", pd.DataFrame([(0, NOT_STATED[1], NOT_STATED[0]), *mccs], columns=list(_MCC)))
    writer.table("categories", pd.DataFrame([NOT_STATED, *categories, OTHER], columns=list(_CATEGORY)))
    writer.table("stores", _stores(rows))
    tenants = [(brand.title(), brand, language, brand) for brand, language in BRANDS.items()]
    writer.table("tenants", pd.DataFrame(tenants, columns=["name", "legal_group", "language", "login"]))
    writer.finish()
    pence = _pence(published.amount)
    return Totals(
        rows_in=len(published),
        rows_written=len(rows),
        rows_repeated=int(repeated.sum()),
        cents_in=int(pence.sum()),
        cents_written=int(pence[~repeated].sum()),
        cents_repeated=int(pence[repeated].sum()),
    )


def is_repeated(published: pd.DataFrame) -> "pd.Series[bool]":
    """Rows that an earlier workbook has: the second of two equal rows of a workbook repeats only another second one."""
    content = [name for name in published.columns if name not in ("source_file", "dup_across_files")]
    place = published.groupby([*content, "source_file"], dropna=False).cumcount()
    return published[content].assign(place=place).duplicated()


def main_month(dates: "pd.Series[pd.Timestamp]") -> pd.Period:
    """The month that a workbook is the export of: the commonest one. Its other rows were booked late or early."""
    month: pd.Period = dates.dt.to_period("M").mode().iloc[0]
    return month


def mcc_of(published: pd.DataFrame) -> dict[str, int]:
    """A private code from 1 up for each of the council's category codes, in their order."""
    return {code: place for place, code in enumerate(sorted(published.category_code.dropna().unique()), start=1)}


def as_transactions(rows: pd.DataFrame, codes: dict[str, int]) -> pd.DataFrame:
    """The published rows with the contract's columns. A directorate is spelt in several ways: blanks and case go."""
    directorate = rows.directorate.fillna("not stated").str.strip().str.casefold()
    return pd.DataFrame(
        {
            "purchdate": rows.date.dt.strftime("%Y-%m-%d"),
            "amount": as_amount(_pence(rows.amount)),
            "mcc": rows.category_code.map(codes).fillna(0).astype(int),
            "mrchcity": CITY,
            "mrchname": rows.merchant,
            "cnum": rows.card + " " + directorate,
        }
    )


def show(parquet_path: Path) -> None:
    """Print the reconciliation: rows and money in, repeats, and what stands in the source folder."""
    with tempfile.TemporaryDirectory() as scratch:
        totals = make_source(Path(scratch) / "birmingham", parquet_path)
    table = Table("", "rows", "GBP", title="Birmingham purchase cards")
    for column in table.columns[1:]:
        column.justify = "right"
    for label, rows, pence in (
        ("published", totals.rows_in, totals.cents_in),
        ("repeats of an earlier workbook, dropped", totals.rows_repeated, totals.cents_repeated),
        ("in the source folder", totals.rows_written, totals.cents_written),
    ):
        table.add_row(label, f"{rows:,}", f"{pence / 100:,.2f}")
    Console().print(table)


_MCC = ("mcc", "description", "category_code")
_CATEGORY = ("category_code", "name_en", "name_ru", "category_group")


def _stores(rows: pd.DataFrame) -> pd.DataFrame:
    merchants = rows.merchant.drop_duplicates().sort_values()
    first_word = merchants.str.split().str[0]
    group = first_word.where(first_word.isin(BRANDS), "")
    return pd.DataFrame(
        {"MerchantName": merchants, "StoreName": merchants.str.title(), "legal_group": group, "city": ""}
    )


def _pence(amount: "pd.Series[float]") -> "pd.Series[int]":
    return (amount * 100).round().astype(np.int64)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="What becomes of every published row and penny.")
    arguments.add_argument("parquet", type=Path, help="birmingham_pcard_2014_2018.parquet")
    show(arguments.parse_args().parquet)
