"""Make a whole sample bank: draw, spoil, write, rename into place."""

import shutil
from datetime import date
from pathlib import Path

from infra.sample_bank.client_lists import client_versions, draw_client_lists
from infra.sample_bank.dirt import export_files, with_dirt
from infra.sample_bank.draw import DEFAULT_END, Progress, draw_bank, streams_of
from infra.sample_bank.sizes import SIZES, SampleSize
from infra.sample_bank.source_folder import write_reference, write_truth
from infra.sample_bank.tenants import TENANTS
from infra.sample_bank.transaction_files import write_transactions
from infra.sample_bank.truth import truth_tables


class SampleBankError(ValueError):
    """The sample bank cannot be made as asked; the message says what to change."""


def make_sample_bank(
    folder: Path, size: str, seed: int = 7, end_date: date = DEFAULT_END, on_progress: Progress | None = None
) -> None:
    """Write a synthetic bank into `folder` as a source folder; the same arguments give the same bytes.

    `on_progress(step, share done)` is called with the share of the whole work, 0–1. The folder appears whole or not at
    all. Raises `SampleBankError` when the size is unknown or `folder` already exists.
    """
    if size not in SIZES:
        raise SampleBankError(f"There is no sample size {size!r}; choose one of {', '.join(SIZES)}.")
    if folder.exists():
        raise SampleBankError(f"{folder} already exists: remove it first, or choose another folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.making")
    shutil.rmtree(partial, ignore_errors=True)  # what a killed attempt left
    try:
        partial.mkdir()
        _write(partial, SIZES[size], seed, end_date, on_progress or (lambda _step, _share: None))
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write(folder: Path, size: SampleSize, seed: int, end_date: date, on_progress: Progress) -> None:
    streams = streams_of(seed)
    bank = draw_bank(size, streams, end_date, on_progress)
    calendar, customers, stores = bank.calendar, bank.customers, bank.stores
    on_progress("dirt", 0.7)
    files = export_files(calendar)
    rows = with_dirt(bank.transactions, stores, files, streams[6])
    file_truth, dirt_truth = write_transactions(
        folder / "transactions", rows, files, customers, stores, calendar, streams[7],
        on_file=lambda share: on_progress("files", 0.8 + 0.18 * share),
    )  # fmt: skip
    lists = draw_client_lists(customers, calendar, streams[9])
    write_reference(folder, customers, lists, stores, TENANTS[: size.tenants], streams[8])
    truth = truth_tables(customers, stores, bank.events, bank.choices, bank.purchases, calendar)
    write_truth(
        folder / "truth",
        {**truth, "client_versions": client_versions(customers, lists), "files": file_truth, "dirt": dirt_truth},
    )
    on_progress("done", 1.0)
