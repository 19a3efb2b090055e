"""Load a whole source folder: the bank, reference data, clients, stores, then transactions in order of their names."""

from collections.abc import Iterator
from pathlib import Path

import psycopg

from infra.ingest.load import Progress, load_file
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
        load_file(dsn, path, kind, pseudonym_key=pseudonym_key, source=source, on_progress=on_progress)
        for path, kind in files_of(folder)
    ]


def files_of(folder: Path) -> Iterator[tuple[Path, Kind]]:
    """The files of a source folder, in the order of loading."""
    reference: tuple[Kind, ...] = ("mcc", "categories")
    for kind in reference:
        own = _found(folder, kind)
        yield own or REFERENCE / f"{kind}.csv", kind
    parties: tuple[Kind, ...] = ("clients", "stores")
    for kind in parties:
        if path := _found(folder, kind):
            yield path, kind
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


def _found(folder: Path, kind: Kind) -> Path | None:
    return next((folder / f"{kind}{end}" for end in TRANSACTION_SUFFIXES if (folder / f"{kind}{end}").is_file()), None)
