"""What loading one file did."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["transactions", "clients", "stores", "mcc", "categories"]
NOTHING_CHANGED = "Nothing was changed."
Status = Literal["loaded", "unchanged", "refused"]


class UnknownFile(ValueError):
    """The file is none that the contract knows (its header, its format or its encoding); nothing was written."""

    def __init__(self, message: str) -> None:
        super().__init__(and_nothing_changed(message))


class Refused(Exception):
    """The file cannot be loaded; the message says why and what to do."""


def and_nothing_changed(message: str) -> str:
    return message if NOTHING_CHANGED.lower() in message.lower() else f"{message} {NOTHING_CHANGED}"


@dataclass(frozen=True)
class LoadReport:
    """One file and its outcome. Of a loaded file: rows_read = rows_loaded + rows_quarantined + rows_repeated.

    `unchanged` repeats the figures of the load that the file already had and touches no day. Of a `refused` file
    nothing is kept, so its loaded, quarantined and repeated rows are 0 and `reason` says how many were bad and why.
    """

    file: str
    sha256: str
    kind: Kind
    status: Status
    rows_read: int
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_repeated: int = 0
    amount_loaded: Decimal = Decimal("0.00")
    days: tuple[date, ...] = ()
    """Every business date whose rows this load added or took away: what must be computed again."""
    reason: str | None = None
    """Why it was refused; of a loaded file, what its reader should know (dropped columns)."""
    quarantine_reasons: dict[str, int] = field(default_factory=dict)
    dialect: str | None = None
    """How the file is written, as it was detected: encoding, delimiter, dates, decimal sign."""

    def as_metadata(self) -> dict[str, Any]:
        """Plain values (text, whole numbers, amounts as float) for a pipeline's log."""
        metadata: dict[str, Any] = {
            "file": self.file,
            "sha256": self.sha256,
            "kind": self.kind,
            "status": self.status,
            "rows_read": self.rows_read,
            "rows_loaded": self.rows_loaded,
            "rows_quarantined": self.rows_quarantined,
            "rows_repeated": self.rows_repeated,
            "amount_loaded": float(self.amount_loaded),
            "days": len(self.days),
        }
        if self.days:
            metadata |= {"first_day": self.days[0].isoformat(), "last_day": self.days[-1].isoformat()}
        if self.dialect:
            metadata["dialect"] = self.dialect
        if self.reason:
            metadata["reason"] = self.reason
        return metadata
