"""What a row that is not loaded leaves behind: its line, its text without identifiers, and what is wrong with it."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from infra.ingest.contract import Header
from infra.ingest.parse import Text, text_of
from infra.ingest.personal import is_card_number
from infra.ingest.read import LINE_LIMIT, Block

TEXT_LIMIT = 2000
"""Letters of a bad line that are kept."""

REASONS: dict[str, tuple[str | None, str]] = {
    "wrong_field_count": (None, "the line has not as many fields as the header"),
    "line_too_long": (None, "the line is longer than a megabyte"),
    "bad_encoding": (None, "a byte that the file's encoding does not know, or a zero byte"),
    "stray_line_end": (None, "a carriage return within the line"),
    "text_too_long": (None, "a text of more than a thousand bytes"),
    "date_invalid": ("purchdate", "not a date: 2025-01-31 or 31.01.2025, time of the day after a blank, no UTC offset"),
    "date_out_of_range": ("purchdate", "not in the years 2000 to 2100"),
    "date_expired": ("purchdate", "of a month that is no longer kept, see LYRA_KEEP_MONTHS"),
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

    def of(self, block: Block, text: dict[str, Text], customers: Any, bad: Any, codes: list[str]) -> Any:
        """Rows at the places `bad`, each with its reason code, and the lines that do not have the header's fields.

        `customers` are the pseudonyms of all rows or None.
        """
        many = len(block.broken)
        at_fault = [REASONS[code] for code in codes]
        values = {name: column.take(bad) for name, column in text.items()} if len(bad) else {}
        reasons = [
            words if shown is None else f"{column} {_shown(shown[place][:200])!r}: {words}"
            for place, (column, words) in enumerate(at_fault)
            for shown in [values.get(column or "") if column != self.identifier else None]
        ]
        broken = [self._why_broken(line) for line in block.broken]
        return _table(
            np.concatenate([block.lines[bad], block.broken_lines]),
            [*codes, *(code for code, _ in broken)],
            [*(column for column, _ in at_fault), *[None] * many],
            [*reasons, *(words for _, words in broken)],
            [
                *(self._texts(block, customers, bad) if len(bad) else []),
                *(_masked(line[:TEXT_LIMIT], hide_all=bool(self.header.dropped)) for line in block.broken),
            ],
        )

    def _why_broken(self, line: str) -> tuple[str, str]:
        if len(line.encode()) >= LINE_LIMIT:
            return "line_too_long", REASONS["line_too_long"][1]
        if "\r" in line:
            return "stray_line_end", REASONS["stray_line_end"][1]
        return "wrong_field_count", f"{REASONS['wrong_field_count'][1]} ({self.header.width})"

    def _texts(self, block: Block, customers: Any, bad: Any) -> list[str]:
        hidden = {place for _, place in self.header.dropped}
        shown = [
            ["***"] * len(bad) if place in hidden else self._values(field.take(pa.array(bad)))
            for place, field in enumerate(block.fields)
        ]
        if self.identifier:
            place = self.header.positions[self.identifier]
            shown[place] = [
                f"customer:{number}" if value else ""
                for number, value in zip(customers[bad], shown[place], strict=True)
            ]
        return [";".join(row)[:TEXT_LIMIT] for row in zip(*shown, strict=True)]

    def _values(self, column: Any) -> list[str]:
        return [_shown(value) for value in text_of(column, self.time_zone).take(np.arange(len(column)))]


def _shown(value: str) -> str:
    """A card number in a wrong column is none the less one."""
    return "***" if is_card_number(value) else value


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
