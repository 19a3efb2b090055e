"""Clients, stores, MCCs and categories: what each file says from its day on, kept in versions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from infra.ingest import contract, manifest, parse, stage
from infra.ingest.check import (
    Checked,
    is_garbled,
    is_too_long,
    require_identifiers,
    require_no_personal_data,
    sort,
    text_columns,
)
from infra.ingest.contract import Header
from infra.ingest.coverage import days_in_name
from infra.ingest.detect import Shape
from infra.ingest.parse import Text
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.quarantine import Rejects
from infra.ingest.read import Block, Reader
from infra.ingest.report import Kind, LoadReport, Refused
from infra.ingest.source_format import SourceFormat
from infra.ingest.versions import Versions, put

SHIPPED = Path(__file__).parent / "reference", date(2000, 1, 1)
"""The folder of the codes that come with Lyra, and their day: whatever a bank says of its codes is newer."""


@dataclass(frozen=True)
class Target:
    """Where a kind goes: raw column by column of the contract, its key, and whether a file says all there is."""

    columns: dict[str, str]
    key: tuple[str, ...]
    must_be_filled: tuple[str, ...]
    is_whole: bool

    def versions(self, kind: Kind) -> Versions:
        described = tuple(name for name in self.columns.values() if name not in self.key)
        return Versions(f"raw.{kind}", self.key, described, self.is_whole)


TARGETS: dict[Kind, Target] = {
    "clients": Target(
        {
            "cnum_": "customer_id",
            "categorycode": "bank_category",
            "gender": "gender",
            "age": "age",
            "married_": "marital_status",
            "residenttype": "residency",
        },
        key=("customer_id",),
        must_be_filled=("cnum_",),
        is_whole=False,
    ),
    "stores": Target(
        {"merchantname": "merchant_name", "city": "city", "storename": "store_name", "legal_group": "legal_group"},
        key=("merchant_name", "city"),
        must_be_filled=("merchantname", "storename"),
        is_whole=False,
    ),
    "mcc": Target(
        {"mcc": "mcc", "description": "description", "category_code": "category_code"},
        key=("mcc",),
        must_be_filled=("description", "category_code"),
        is_whole=True,
    ),
    "categories": Target(
        {name: name for name in ("category_code", "name_en", "name_ru", "category_group")},
        key=("category_code",),
        must_be_filled=("category_code", "name_en", "name_ru", "category_group"),
        is_whole=True,
    ),
}


def load(
    connection: psycopg.Connection,
    shape: Shape,
    kind: Kind,
    pseudonyms: Pseudonyms,
    source: SourceFormat,
    progress: Callable[[Shape, Block], None],
    *,
    again: bool = False,
) -> LoadReport:
    """Load one file; the caller commits. It says what was so from its day on: the last in its name, else today.

    Of rows with one key the last counts, the others are repeats. Of two files of one day the later load counts.
    """
    header = contract.match(shape.names, kind, source)
    if fault := header.fault():
        return manifest.refuse(connection, shape, kind, source, 0, f"{fault} Nothing was changed.")
    try:
        named = _named_days(shape.path)
    except ValueError as error:
        return manifest.refuse(connection, shape, kind, source, 0, f"{error} Nothing was changed.")
    shape = _of_day(shape, named)
    if not again and (done := _repeated(connection, shape, kind)):
        return done
    target = TARGETS[kind]
    columns = ", ".join(target.columns.values())
    check = ReferenceCheck(header, target, pseudonyms, source.time_zone, source.card_numbers_as_customers)
    definition = (
        "create temporary table stage on commit drop as "
        f"select 0::bigint as line_number, {columns} from raw.{kind} limit 0"
    )
    reader = Reader(shape)
    try:
        rows_read = stage.fill(connection, definition, reader.blocks(), check, lambda block: progress(shape, block))
    except Refused as error:
        return manifest.refuse(connection, shape, kind, source, 0, str(error))
    if fault := stage.why_refused(connection, rows_read, source.max_bad_share):
        return manifest.refuse(connection, shape, kind, source, rows_read, fault)
    manifest.lock(connection)
    if not again and (done := _repeated(connection, shape, kind)):
        return done  # the same file was loaded while this load waited
    first, day = named or (today(source.time_zone),) * 2
    loaded = put(connection, target.versions(kind), day, _days_of_files(connection, kind))
    bad = stage.reasons(connection)
    report = LoadReport(
        file=shape.name,
        sha256=shape.sha256,
        kind=kind,
        status="loaded",
        rows_read=rows_read,
        rows_loaded=loaded,
        rows_quarantined=sum(bad.values()),
        rows_repeated=rows_read - sum(bad.values()) - loaded,
        reason=header.dropped_sentence(),
        quarantine_reasons=bad,
        dialect=manifest.written_dialect(reader.encoding.name, shape.delimiter),
    )
    connection.execute(
        "update ingest.files set status = 'superseded' "
        "where kind = %s and status = 'loaded' and (%s and covers_until = %s or sha256 = %s)",
        [kind, target.is_whole, day, shape.sha256],  # two lists of clients of one day may be of two sources
    )
    file_id = manifest.begin(connection, shape, kind, source)
    manifest.finish(connection, file_id, report, (first, day), (reader.encoding.name, shape.delimiter))
    stage.keep_quarantine(connection, file_id)
    return report


def _named_days(path: Path) -> tuple[date, date] | None:
    folder, day = SHIPPED
    return (day, day) if path.parent == folder else days_in_name(path)


def today(time_zone: str) -> date:
    """The business date of loading: what a file without a day in its name is of."""
    return datetime.now(ZoneInfo(time_zone)).date()


def _of_day(shape: Shape, named: tuple[date, date] | None) -> Shape:
    """The identity of a file with days in its name is its bytes and its day: next month's file may say the same."""
    return replace(shape, sha256=f"{shape.sha256}@{named[1]}") if named else shape


def _repeated(connection: psycopg.Connection, shape: Shape, kind: Kind) -> LoadReport | None:
    """The report of the load that this one would repeat, or None.

    A file without a day in its name repeats the last such file, for a bank may go back to what an older one said.
    """
    row = connection.execute(
        "select sha256, rows_read, rows_loaded, rows_quarantined, rows_repeated, reason from ingest.files "
        "where kind = %(kind)s and status = 'loaded' and (sha256 = %(sha256)s or %(is_undated)s and sha256 !~ '@') "
        "order by file_id desc limit 1",
        {"kind": kind, "sha256": shape.sha256, "is_undated": "@" not in shape.sha256},
    ).fetchone()
    if row is None or row[0] != shape.sha256:
        return None
    rows_read, loaded, quarantined, repeated, reason = row[1:]
    return LoadReport(
        shape.path.name, shape.sha256, kind, "unchanged", rows_read, loaded, quarantined, repeated, reason=reason
    )


def _days_of_files(connection: psycopg.Connection, kind: Kind) -> list[date]:
    """The days of the files of a kind that were ever loaded."""
    days = connection.execute(
        "select distinct covers_until from ingest.files where kind = %s and status <> 'refused'", [kind]
    )
    return [day for (day,) in days]


@dataclass(frozen=True)
class ReferenceCheck:
    """The checks of one reference file; blank is unknown where it need not be filled."""

    header: Header
    target: Target
    pseudonyms: Pseudonyms
    time_zone: str
    may_be_cards: bool = False

    def __call__(self, block: Block) -> Checked:
        require_no_personal_data(block, self.header, self.time_zone)
        text = text_columns(block, self.header, self.time_zone)
        if "cnum_" in text:
            require_identifiers(block, text, self.header, "cnum_", may_be_cards=self.may_be_cards)
        nothing = Text(pa.array([""]), np.zeros(len(block.lines), dtype=np.int32))
        staged: dict[str, Any] = {"line_number": block.lines}
        customers = None
        faults: dict[str, Any] = {"bad_encoding": is_garbled(text), "text_too_long": is_too_long(text)}
        for name, column in self.target.columns.items():
            values = text.get(name, nothing)
            if name == "cnum_":
                customers = self.pseudonyms.of(values)
                staged[column] = customers
                faults["customer_blank"] = values.is_blank()
            elif name == "mcc":
                staged[column], is_code = parse.codes(values)
                faults["mcc_invalid"] = ~is_code
            elif name == "age":
                staged[column], faults["age_invalid"] = _age(values)
            else:
                words = values.values if values.place is None else values.values.take(pa.array(values.place))
                staged[column] = pc.if_else(pc.equal(words, ""), pa.scalar(None, pa.string()), words)
        blank = [text[name].is_blank() for name in self.target.must_be_filled]
        faults["key_blank"] = np.logical_or.reduce(blank)
        rejects = Rejects(self.header, self.time_zone, "cnum_" if customers is not None else None)
        is_good, bad = sort(block, faults, text, customers, rejects)
        return Checked(pa.table(staged).filter(pa.array(is_good)), bad)


def _age(values: Text) -> tuple[Any, Any]:
    """(int32 with null for blank, is neither blank nor an age)."""
    number, is_code = parse.codes(values)
    blank = values.is_blank()
    return pa.array(number, mask=blank), ~blank & ~(is_code & (number <= 130))
