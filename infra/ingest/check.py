"""Which rows of a block are transactions, and what is wrong with the others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infra.ingest import parse
from infra.ingest.contract import Header
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.quarantine import Rejects
from infra.ingest.read import Block


@dataclass(frozen=True)
class Checked:
    """`good`: the columns of the staging table; `bad`: the columns of the quarantine. No row is in neither."""

    good: Any
    bad: Any


@dataclass(frozen=True)
class TransactionCheck:
    """The checks of one file of transactions."""

    header: Header
    pseudonyms: Pseudonyms
    time_zone: str
    currency: str | None
    """The bank's currency, where rows may name another one."""

    def __call__(self, block: Block) -> Checked:
        text = text_columns(block, self.header, self.time_zone)
        day, time = parse.days_and_times(text["purchdate"])
        cents, is_number, has_fraction = parse.cents(text["amount"])
        mcc, is_code = parse.codes(text["mcc"])
        customers = self.pseudonyms.of(text["cnum"])
        faults = {
            "bad_encoding": is_garbled(block, text),
            "date_invalid": np.isnat(day),
            "date_out_of_range": (day < parse.FIRST_DAY) | (day > parse.LAST_DAY),
            "amount_invalid": ~is_number,
            "amount_too_large": np.abs(cents) >= parse.AMOUNT_LIMIT * 100,
            "amount_precision": has_fraction,
            "amount_zero": cents == 0,
            "mcc_invalid": ~is_code,
            "city_blank": is_blank(text["mrchcity"]),
            "merchant_blank": is_blank(text["mrchname"]),
            "customer_blank": is_blank(text["cnum"]),
            "currency_other": self._is_foreign(text),
        }
        staged = pa.table(
            {
                "line_number": block.lines,
                "business_date": pa.array(day, pa.date32()),
                "purchased_at": pa.array(day.astype("datetime64[us]") + time, pa.timestamp("us")),
                "amount": _as_money(cents),
                "mcc": mcc,
                "city": text["mrchcity"],
                "merchant_name": text["mrchname"],
                "customer_id": customers,
                "transaction_id": text.get("transaction_id", pa.nulls(len(block.lines), pa.string())),
            }
        )
        return sort(block, staged, faults, text, customers, Rejects(self.header, self.time_zone, "cnum"))

    def _is_foreign(self, text: dict[str, Any]) -> Any:
        if "currency" not in text or self.currency is None:
            return np.zeros(len(text["cnum"]), dtype=bool)
        stated = pc.utf8_upper(text["currency"])
        return as_numpy(pc.and_(pc.not_equal(stated, self.currency), pc.not_equal(stated, "")))


def text_columns(block: Block, header: Header, time_zone: str) -> dict[str, Any]:
    """The contract's columns of a block as trimmed text."""
    return {name: parse.text_of(block.fields[place], time_zone) for name, place in header.positions.items()}


def sort(
    block: Block, staged: Any, faults: dict[str, Any], text: dict[str, Any], customers: Any, rejects: Rejects
) -> Checked:
    """Part the rows of a block by the first of `faults` (reason code: mask) that applies."""
    found = np.zeros(len(block.lines), dtype=np.int8)
    for place, mask in enumerate(faults.values(), start=1):
        found[mask & (found == 0)] = place
    broken = rejects.of_broken(block)
    if not found.any():
        return Checked(staged, broken)
    codes, bad = list(faults), np.flatnonzero(found)
    rows = rejects.of_rows(block, text, customers, bad, [codes[place - 1] for place in found[bad]])
    return Checked(staged.filter(pa.array(found == 0)), pa.concat_tables([rows, broken]))


def is_garbled(block: Block, text: dict[str, Any]) -> Any:
    """Rows with U+FFFD, which reading puts in the place of an undecodable byte, or a zero byte."""
    if not block.may_be_garbled:
        return np.zeros(len(block.lines), dtype=bool)
    masks = [as_numpy(pc.match_substring(column, sign)) for column in text.values() for sign in ("\x00", "\ufffd")]
    return np.logical_or.reduce(masks)


def is_blank(column: Any) -> Any:
    return as_numpy(pc.equal(column, ""))


def as_numpy(mask: Any) -> Any:
    return mask.to_numpy(zero_copy_only=False).astype(bool)


def _as_money(cents: Any) -> Any:
    """Whole cents as numeric(18, 2): the same digits under another scale."""
    whole = pa.array(cents, pa.int64()).cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, 2), len(whole), whole.buffers())
