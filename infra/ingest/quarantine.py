"""What a row that is not loaded leaves behind: its line, its text without identifiers, and what is wrong with it."""

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from infra.ingest.contract import Header
from infra.ingest.parse import text_of
from infra.ingest.read import Block

REASONS: dict[str, tuple[str | None, str]] = {
    "wrong_field_count": (None, "the line has not as many fields as the header"),
    "bad_encoding": (None, "a byte that the file's encoding does not know, or a zero byte"),
    "date_invalid": ("purchdate", "not a date: 2025-01-31 or 31.01.2025, time of the day after a blank, no UTC offset"),
    "date_out_of_range": ("purchdate", "not in the years 2000 to 2100"),
    "amount_invalid": ("amount", "not a number"),
    "amount_too_large": ("amount", "not below 1000000000000 in size"),
    "amount_precision": ("amount", "a fraction of a cent; rounding it would part the totals from the bank's"),
    "amount_zero": ("amount", "zero: neither a purchase nor a refund"),
    "mcc_invalid": ("mcc", "not a code of one to four digits"),
    "city_blank": ("mrchcity", "blank"),
    "merchant_blank": ("mrchname", "blank"),
    "customer_blank": ("cnum", "blank"),
    "currency_other": ("currency", "not the bank's currency"),
    "transaction_id_conflict": ("transaction_id", "an earlier line has this id and other content"),
    "age_invalid": ("age", "not a whole number from 0 to 130"),
    "key_blank": (None, "a column that must be filled is blank"),
}
"""Reason codes of the quarantine: the column at fault and what is wrong. A row gets the first that applies."""

# A date, an amount, a code, or words: all else in a broken line may be an identifier.
_HARMLESS = re.compile(
    r"[\s\"]*(\d{4}-\d{2}-\d{2}([ T][\d:.]+)?|\d{2}\.\d{2}\.\d{4}( [\d:.]+)?"
    r"|[+-]?\d{1,12}[.,]\d{1,2}|\d{1,4}|[^\d@]*)[\s\"]*"
)


@dataclass(frozen=True)
class Rejects:
    """Makes quarantine rows (line_number, reason_code, column_name, reason, raw_text) of one file."""

    header: Header
    time_zone: str
    identifier: str | None
    """The contract's column that names a customer: its pseudonym is shown instead."""

    def of_rows(self, block: Block, text: dict[str, Any], customers: Any, bad: Any, codes: list[str]) -> Any:
        """Rows at the places `bad`, each with its reason code; `customers` are the pseudonyms of all rows or None."""
        at_fault = [REASONS[code] for code in codes]
        values = {name: column.take(pa.array(bad)).to_pylist() for name, column in text.items()}
        reasons = [
            f"{column} {values[column][place]!r}: {words}" if column in values and column != self.identifier else words
            for place, (column, words) in enumerate(at_fault)
        ]
        return _table(
            block.lines[bad], codes, [column for column, _ in at_fault], reasons, self._texts(block, customers, bad)
        )

    def of_broken(self, block: Block) -> Any:
        """The lines that do not have the header's fields."""
        many = len(block.broken)
        texts = [_masked(line, hide_all=bool(self.header.personal)) for line in block.broken]
        reason = f"{REASONS['wrong_field_count'][1]} ({self.header.width})"
        return _table(block.broken_lines, ["wrong_field_count"] * many, [None] * many, [reason] * many, texts)

    def _texts(self, block: Block, customers: Any, bad: Any) -> list[str]:
        shown = [text_of(field.take(pa.array(bad)), self.time_zone).to_pylist() for field in block.fields]
        if self.identifier:
            place = self.header.positions[self.identifier]
            shown[place] = [
                f"customer:{number}" if value else ""
                for number, value in zip(customers[bad], shown[place], strict=True)
            ]
        for place in self.header.personal:
            shown[place] = ["***"] * len(bad)
        return [";".join(row) for row in zip(*shown, strict=True)]


def _masked(line: str, *, hide_all: bool) -> str:
    if hide_all:
        return re.sub(r"[^\W_]", "*", line)
    return "".join(part if _HARMLESS.fullmatch(part) else "***" for part in re.split(r"([;,\t])", line))


def _table(lines: Any, codes: list[str], columns: list[str | None], reasons: list[str], texts: list[str]) -> Any:
    """PostgreSQL stores no zero byte: U+FFFD stands for it."""
    return pa.table(
        {
            "line_number": pa.array(lines, pa.int64()),
            "reason_code": pa.array(codes, pa.string()),
            "column_name": pa.array(columns, pa.string()),
            "reason": pa.array([text.replace("\x00", "\ufffd") for text in reasons], pa.string()),
            "raw_text": pa.array([text.replace("\x00", "\ufffd") for text in texts], pa.string()),
        }
    )
