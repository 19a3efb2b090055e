"""Customers' purchase histories as every customer model sees them: events, panel, features, and what is held out."""

from ml_assets.histories.batches import first_day_of, read_batches
from ml_assets.histories.snapshot import EVENT_COLUMNS, Snapshot, check_events, digest_of, read_snapshot

__all__ = [
    "EVENT_COLUMNS", "Snapshot", "check_events", "digest_of", "first_day_of", "read_batches", "read_snapshot",
]  # fmt: skip
