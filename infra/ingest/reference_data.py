"""Clients, stores, MCCs and categories: small tables that a newer file updates or replaces."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from infra.ingest.detect import Shape
from infra.ingest.parse import Text
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.quarantine import Rejects
from infra.ingest.read import Block, Reader
from infra.ingest.report import Kind, LoadReport, Refused
from infra.ingest.source_format import SourceFormat


@dataclass(frozen=True)
class Target:
    """Where a kind goes: raw column by column of the contract, its key, and whether a new file replaces the old one."""

    columns: dict[str, str]
    key: tuple[str, ...]
    must_be_filled: tuple[str, ...]
    is_whole: bool


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
) -> LoadReport:
    """Load one file; the caller commits. Of rows with one key the last counts, the others are repeats.

    Clients and stores are updated, for a bank may send only what changed; MCCs and categories are replaced.
    """
    header = contract.match(shape.names, kind, source)
    if fault := header.fault():
        return manifest.refuse(connection, shape, kind, source, 0, f"{fault} Nothing was changed.")
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
    if done := manifest.unchanged(connection, shape.name, shape.sha256, kind, source.name):
        return done  # the same file was loaded while this load waited
    loaded, repeated = _put(connection, kind, target, columns)
    bad = stage.reasons(connection)
    report = LoadReport(
        file=shape.name,
        sha256=shape.sha256,
        kind=kind,
        status="loaded",
        rows_read=rows_read,
        rows_loaded=loaded,
        rows_quarantined=sum(bad.values()),
        rows_repeated=repeated,
        reason=header.dropped_sentence(),
        quarantine_reasons=bad,
        dialect=manifest.written_dialect(reader.encoding.name, shape.delimiter),
    )
    connection.execute(
        "update ingest.files set status = 'superseded' where kind = %s and status = 'loaded' and source = %s "
        "and (%s or sha256 = %s)",
        [kind, source.name, target.is_whole, shape.sha256],
    )
    file_id = manifest.begin(connection, shape, kind, source)
    manifest.finish(connection, file_id, report, None, (reader.encoding.name, shape.delimiter))
    stage.keep_quarantine(connection, file_id)
    return report


def _put(connection: psycopg.Connection, kind: Kind, target: Target, columns: str) -> tuple[int, int]:
    """Move the staged rows into raw; returns (rows loaded, rows that a later row of the file replaced)."""
    key = ", ".join(target.key)
    if target.is_whole:
        connection.execute(f"delete from raw.{kind}")
    updates = ", ".join(f"{name} = excluded.{name}" for name in target.columns.values())
    loaded = connection.execute(
        f"insert into raw.{kind} ({columns}) "
        f"select {columns} from "
        f"(select distinct on ({key}) * from stage order by {key}, line_number desc) as last_rows "
        f"on conflict ({key}) do update set {updates}"
    ).rowcount
    row = connection.execute("select count(*) from stage").fetchone()
    assert row is not None
    return loaded, row[0] - loaded


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
