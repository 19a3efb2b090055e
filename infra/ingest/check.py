"""Which rows of a block are transactions, and what is wrong with the others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infra.ingest import parse, personal
from infra.ingest.contract import Header
from infra.ingest.parse import Text
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.quarantine import Rejects
from infra.ingest.read import Block
from infra.ingest.report import Refused
from infra.ingest.spelling import Spellings

TEXT_BYTES = 1000
"""A longer text is no name: ISO 8583 gives a merchant's 40 letters; two such fit into an entry of an index (2,704)."""


@dataclass(frozen=True)
class Checked:
    """`good`: the rows to load; `bad`: the columns of the quarantine. No row is in neither."""

    good: Any
    bad: Any


@dataclass(frozen=True)
class Transactions:
    """The good rows of a block as numpy arrays of one length."""

    line_number: Any
    business_date: Any
    """datetime64[D]"""
    purchased_at: Any
    """datetime64[us], NaT where the bank sends no time"""
    cents: Any
    mcc: Any
    spelling_id: Any
    customer_id: Any
    new_spellings: Any
    """Table (spelling_id, merchant_name, city) of the spellings that were not met before."""
    transaction_id: Text | None

    def __len__(self) -> int:
        return len(self.line_number)


@dataclass
class TransactionCheck:
    """The checks of one file of transactions, and what it found out about the file on the way."""

    header: Header
    pseudonyms: Pseudonyms
    time_zone: str
    currency: str | None
    """The bank's currency, where rows may name another one."""
    may_be_cards: bool = False
    kept_from: date | None = None
    """First day that is kept: older months were dropped by LYRA_KEEP_MONTHS and do not come back."""
    spellings: Spellings = field(default_factory=Spellings)
    cents_read: int = 0
    """Sum of all amounts that could be read, those of bad rows too."""
    without_amount: int = 0
    notes: set[str] = field(default_factory=set)
    """How the file writes dates and numbers."""

    def __call__(self, block: Block) -> Checked:
        """Raises PersonalData and CardNumbers."""
        text = text_columns(block, self.header, self.time_zone)
        require_no_personal_data(block, self.header, self.time_zone)
        require_identifiers(block, text, self.header, "cnum", may_be_cards=self.may_be_cards)
        day, time = parse.days_and_times(text["purchdate"])
        cents, is_number, has_fraction = parse.cents(text["amount"])
        mcc, is_code = parse.codes(text["mcc"])
        customers = self.pseudonyms.of(text["cnum"])
        self._take_note(block, text, cents, is_number & ~has_fraction)
        faults = {
            "bad_encoding": is_garbled(text),
            "text_too_long": is_too_long(text),
            "date_invalid": np.isnat(day),
            "date_out_of_range": (day < parse.FIRST_DAY) | (day > parse.LAST_DAY),
            "date_expired": day < np.datetime64(self.kept_from or "NaT", "D"),
            "amount_invalid": ~is_number,
            "amount_too_large": np.abs(cents) >= parse.AMOUNT_LIMIT * 100,
            "amount_precision": has_fraction,
            "amount_zero": cents == 0,
            "mcc_invalid": ~is_code,
            "city_blank": text["mrchcity"].is_blank(),
            "merchant_blank": text["mrchname"].is_blank(),
            "customer_blank": text["cnum"].is_blank(),
            "currency_other": self._is_foreign(text, len(block.lines)),
        }
        rejects = Rejects(self.header, self.time_zone, "cnum")
        is_good, bad = sort(block, faults, text, customers, rejects)
        keep = slice(None) if is_good.all() else is_good
        merchants, cities = chosen(text["mrchname"], keep), chosen(text["mrchcity"], keep)
        ids = text.get("transaction_id")
        good = Transactions(
            line_number=block.lines[keep],
            business_date=day[keep],
            purchased_at=(day.astype("datetime64[us]") + time)[keep],
            cents=cents[keep],
            mcc=mcc[keep],
            spelling_id=self.spellings.of(merchants, cities),
            customer_id=customers[keep],
            new_spellings=self.spellings.take_new(),
            transaction_id=chosen(ids, keep) if ids else None,
        )
        return Checked(good, bad)

    def _is_foreign(self, text: dict[str, Text], count: int) -> Any:
        if "currency" not in text or self.currency is None:
            return np.zeros(count, dtype=bool)
        stated = pc.utf8_upper(text["currency"].values)
        is_other = pc.and_(pc.not_equal(stated, self.currency), pc.not_equal(stated, ""))
        return text["currency"].spread(parse.as_numpy(is_other))

    def _take_note(self, block: Block, text: dict[str, Text], cents: Any, is_number: Any) -> None:
        is_exact = is_number & (np.abs(cents) < parse.AMOUNT_LIMIT * 100)
        self.cents_read += exact_sum(cents[is_exact])
        self.without_amount += int((~is_exact).sum()) + len(block.broken_lines)
        first = np.arange(len(block.lines))[:100]
        if any(value[2:3] == "." for value in text["purchdate"].take(first)):
            self.notes.add("dd.mm.yyyy")
        if any("," in value for value in text["amount"].take(first)):
            self.notes.add("decimal comma")


def text_columns(block: Block, header: Header, time_zone: str) -> dict[str, Text]:
    """The contract's columns of a block as trimmed text. Raises Refused where one is nested."""
    for name, place in header.positions.items():
        if pa.types.is_nested(block.fields[place].type):
            raise Refused(f"Column {header.name_of(name)} is nested: each of its values must be one value.")
    return {name: parse.text_of(block.fields[place], time_zone) for name, place in header.positions.items()}


def exact_sum(cents: Any) -> int:
    """Sum of int64 values whatever their size: high and low halves apart."""
    return (int((cents >> 32).sum()) << 32) + int((cents & 0xFFFFFFFF).sum())


def chosen(text: Text, keep: Any) -> Text:
    """The rows `keep` of a column, with distinct values."""
    encoded = text.encoded()
    assert encoded.place is not None
    return Text(encoded.values, encoded.place[keep])


def require_no_personal_data(block: Block, header: Header, time_zone: str) -> None:
    """Look into the columns that are thrown away: what a bank sends by mistake must not be sent at all."""
    for name, place in header.watched:
        column = block.fields[place]
        for leaf in _leaves(column.take(pa.array(_some(len(column))))):
            if found := personal.kind_of(parse.text_of(leaf, time_zone).take(np.arange(len(leaf)))):
                raise personal.PersonalData(name, found)


def require_identifiers(
    block: Block, text: dict[str, Text], header: Header, column: str, *, may_be_cards: bool
) -> None:
    """Raises Refused where customers are card numbers, or numbers that have lost their last digits."""
    if not may_be_cards and personal.are_card_numbers(text[column].take(_some(len(block.lines)))):
        raise personal.CardNumbers(header.name_of(column))
    if parse.lost_digits(block.fields[header.positions[column]]):
        raise Refused(
            f"Column {header.name_of(column)} holds floating point numbers beyond 2^53, whose last digits are lost: "
            "write identifiers as text or whole numbers."
        )


def _some(count: int) -> Any:
    """Rows spread over a block: the first ones may all be blank."""
    return np.unique(np.linspace(0, count - 1, min(count, personal.LOOKED_AT)).astype(np.int64))


def _leaves(column: Any) -> Iterator[Any]:
    """The plain columns that a nested one is made of."""
    kind = column.type
    if pa.types.is_struct(kind):
        for part in column.flatten():
            yield from _leaves(part)
    elif pa.types.is_nested(kind):
        yield from _leaves(column.flatten() if not pa.types.is_map(kind) else column.items)
    else:
        yield column


def sort(
    block: Block, faults: dict[str, Any], text: dict[str, Text], customers: Any, rejects: Rejects
) -> tuple[Any, Any]:
    """(is good, quarantine rows): a bad row is one to which one of `faults` (reason code: mask) applies."""
    found = np.zeros(len(block.lines), dtype=np.int8)
    for place, mask in enumerate(faults.values(), start=1):
        found[mask & (found == 0)] = place
    codes, bad = list(faults), np.flatnonzero(found)
    return found == 0, rejects.of(block, text, customers, bad, [codes[place - 1] for place in found[bad]])


def is_garbled(text: dict[str, Text]) -> Any:
    """Rows with U+FFFD, which reading puts in the place of an undecodable byte, or a zero byte."""
    return _any_row(text, _is_garbled)


def is_too_long(text: dict[str, Text]) -> Any:
    """Rows with a text that is none."""
    return _any_row(text, lambda values: pc.greater(pc.binary_length(values), TEXT_BYTES))


def _is_garbled(values: Any) -> Any:
    letters = parse.letters(values)
    if not len(letters) or (letters.min() > 0 and letters.max() < 0x80):
        return pa.array([], pa.bool_())
    return pc.or_(pc.match_substring(values, "\x00"), pc.match_substring(values, "\ufffd"))


def _any_row(text: dict[str, Text], is_wrong: Callable[[Any], Any]) -> Any:
    """Rows of which any text is wrong; rows are looked at only where a value is wrong, which is hardly ever so.

    Amounts are left out: what is wrong with them is no number anyway.
    """
    columns = [column for name, column in text.items() if name != "amount"]
    rows = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        wrong = is_wrong(column.values)
        if pc.any(wrong).as_py():
            rows |= column.spread(parse.as_numpy(wrong))
    return rows
