"""Make a whole sample bank: draw, spoil, write, rename into place."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from infra.sample_bank.amounts import REFUND_SHARE, draw_amounts, with_refunds
from infra.sample_bank.client_lists import client_versions, draw_client_lists
from infra.sample_bank.customers import draw_customers
from infra.sample_bank.dirt import EQUAL_SHARE, export_files, with_dirt
from infra.sample_bank.merchants import draw_stores, first_cities
from infra.sample_bank.planted_events import plan_events, pull
from infra.sample_bank.purchases import draw_purchases
from infra.sample_bank.seasons import Calendar
from infra.sample_bank.sizes import SIZES
from infra.sample_bank.source_folder import write_reference, write_truth
from infra.sample_bank.store_choice import choose_stores
from infra.sample_bank.tenants import TENANTS
from infra.sample_bank.transaction_files import write_transactions
from infra.sample_bank.truth import truth_tables

DEFAULT_END = date(2026, 10, 31)
"""Last day of the sample unless another is asked for: the bytes do not depend on the clock."""

Progress = Callable[[str, float], None]


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
        _write(partial, size, seed, end_date, on_progress or (lambda _step, _share: None))
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write(folder: Path, size_name: str, seed: int, end_date: date, on_progress: Progress) -> None:
    size = SIZES[size_name]
    # A stream of its own for each step: a change of one step leaves the draws of the others as they are.
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(10)]
    calendar = Calendar.of_months(size.months, end_date)
    tenants, city_shares = TENANTS[: size.tenants], first_cities(size.cities)

    on_progress("customers and stores", 0.0)
    customers = draw_customers(size.customers, city_shares, calendar.day_count, streams[0])
    stores = draw_stores(size.stores, city_shares, tenants, calendar, streams[1])
    on_progress("purchases", 0.05)
    target = round(size.transactions / (1 + REFUND_SHARE + EQUAL_SHARE))
    purchases = draw_purchases(target, customers, calendar, streams[2])
    on_progress("choice of stores", 0.35)
    events = plan_events(stores, calendar)
    choices = choose_stores(purchases, customers, stores, *pull(stores, events, calendar), streams[3])
    on_progress("amounts", 0.6)
    kopecks = draw_amounts(purchases, choices.store, customers, stores, calendar, streams[4])
    transactions = with_refunds(purchases, choices.store, kopecks, calendar, streams[5])
    on_progress("dirt", 0.7)
    files = export_files(calendar)
    rows = with_dirt(transactions, stores, files, streams[6])
    file_truth, dirt_truth = write_transactions(
        folder / "transactions", rows, files, customers, stores, calendar, streams[7],
        on_file=lambda share: on_progress("files", 0.8 + 0.18 * share),
    )  # fmt: skip
    lists = draw_client_lists(customers, calendar, streams[9])
    write_reference(folder, customers, lists, stores, tenants, streams[8])
    truth = truth_tables(customers, stores, events, choices, purchases, calendar)
    write_truth(
        folder / "truth",
        {**truth, "client_versions": client_versions(customers, lists), "files": file_truth, "dirt": dirt_truth},
    )
    on_progress("done", 1.0)
