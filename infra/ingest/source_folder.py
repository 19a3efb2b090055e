"""Load a whole source folder: the bank, reference data, clients, stores, then transactions in order of their names."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg

from infra.ingest.coverage import days_in_name
from infra.ingest.load import Progress, load_or_refuse
from infra.ingest.report import Kind, LoadReport
from infra.ingest.source_format import Bank, read_bank

REFERENCE = Path(__file__).parent / "reference"
"""The shipped ISO 18245 codes and our categories, for a source that brings none."""

TRANSACTION_SUFFIXES = (".csv", ".txt", ".parquet", ".csv.gz", ".txt.gz", ".csv.zst", ".txt.zst")


def load_source_folder(
    dsn: str, folder: Path, *, pseudonym_key: bytes, on_progress: Progress | None = None
) -> list[LoadReport]:
    """Load every file of `folder`, each in its own transaction; a refused file does not stop the next one.

    Raises BankFileWrong where bank.toml is missing or wrong; `tenants.csv` is not read here.
    """
    bank, source = read_bank(folder / "bank.toml")
    write_bank(dsn, bank)
    return [
        load_or_refuse(
            dsn,
            path,
            kind,
            pseudonym_key=pseudonym_key,
            source=source,
            on_progress=on_progress,
            looked_through=True,
        )
        for path, kind in files_of(folder)
    ]


def files_of(folder: Path) -> Iterator[tuple[Path, Kind]]:
    """The files of a source folder, in the order of loading."""
    reference: tuple[Kind, ...] = ("mcc", "categories")
    for kind in reference:
        yield from ((path, kind) for path in _found(folder, kind) or [REFERENCE / f"{kind}.csv"])
    parties: tuple[Kind, ...] = ("clients", "stores")
    for kind in parties:
        yield from ((path, kind) for path in _found(folder, kind))
    for path in sorted((folder / "transactions").iterdir()):
        if path.name.lower().endswith(TRANSACTION_SUFFIXES):
            yield path, "transactions"


def write_bank(dsn: str, bank: Bank) -> None:
    """Make `bank` the one row of ingest.bank."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "insert into ingest.bank (name_en, name_ru, currency_code, is_synthetic, is_live) "
            "values (%(name_en)s, %(name_ru)s, %(currency_code)s, %(is_synthetic)s, %(is_live)s) "
            "on conflict (is_only_row) do update set name_en = excluded.name_en, name_ru = excluded.name_ru, "
            "currency_code = excluded.currency_code, is_synthetic = excluded.is_synthetic, is_live = excluded.is_live",
            vars(bank),
        )


def _found(folder: Path, kind: Kind) -> list[Path]:
    """`clients.csv`, `clients_2025-03-01.parquet` …, in the order of their days; what has no day is of today."""
    found = [
        path
        for path in folder.iterdir()
        if path.name.lower().startswith((f"{kind}.", f"{kind}_")) and path.name.lower().endswith(TRANSACTION_SUFFIXES)
    ]
    return sorted(found, key=lambda path: (_last_day(path), path.name))


def _last_day(path: Path) -> date:
    try:
        days = days_in_name(path)
    except ValueError:  # the load refuses the file and says why
        days = None
    return days[1] if days else date.max
