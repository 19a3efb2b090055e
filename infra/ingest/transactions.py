"""Transactions: checked block by block, copied beside what is there, then put in the place of the days they cover."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa

from infra.ingest import binary_copy, contract, manifest, repeats, stage
from infra.ingest.check import TransactionCheck, Transactions, exact_sum
from infra.ingest.control import control_of
from infra.ingest.coverage import days_in_name
from infra.ingest.detect import Shape
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.read import Block, Reader
from infra.ingest.replace import put_in_place
from infra.ingest.report import LoadReport, Refused
from infra.ingest.source_format import SourceFormat

SUM_LIMIT = 10**16
"""What the manifest's numeric(18, 2) does not hold."""
HOPELESS_ROWS = 200_000

_LOCKED = "lock table only raw.transactions in row exclusive mode"
"""The whole before its months, as who drops a month does: else the two could wait for each other."""

_STAGE = """
create temporary table stage_spellings (spelling_id bigint, merchant_name text, city text) on commit drop;
create temporary table stage_quarantine (
    line_number bigint, reason_code text, column_name text, reason text, raw_text text
) on commit drop;
create temporary table stage_ids (
    file_id integer, line_number bigint, business_date date, transaction_id text
) on commit drop
"""

_KEEP_SPELLINGS = """
insert into raw.store_spellings
select distinct spelling_id, merchant_name, city from stage_spellings
on conflict do nothing
"""


@dataclass
class Part:
    """One file of a delivery on its way into the warehouse."""

    shape: Shape
    file_id: int
    covers: tuple[date, date] | None
    rows_read: int = 0
    rows_repeated: int = 0
    totals: dict[date, tuple[int, int]] = field(default_factory=dict)
    """Rows and cents by business date."""
    bad: Counter[str] = field(default_factory=Counter)
    encoding: str | None = None
    notes: set[str] = field(default_factory=set)
    dropped: str | None = None

    def report(self, changed: Sequence[date]) -> LoadReport:
        rows, cents = (sum(total[place] for total in self.totals.values()) for place in (0, 1))
        return LoadReport(
            file=self.shape.name,
            sha256=self.shape.sha256,
            kind="transactions",
            status="loaded",
            rows_read=self.rows_read,
            rows_loaded=rows,
            rows_quarantined=sum(self.bad.values()),
            rows_repeated=self.rows_repeated,
            amount_loaded=as_amount(cents),
            days=tuple(sorted({*self.totals, *changed})),
            reason=self.dropped,
            quarantine_reasons=dict(self.bad.most_common()),
            dialect=manifest.written_dialect(self.encoding, self.shape.delimiter, self.notes),
        )


def load(
    connection: psycopg.Connection,
    shapes: Sequence[Shape],
    pseudonyms: Pseudonyms,
    source: SourceFormat,
    progress: Callable[[Shape, Block], None],
    *,
    covers: tuple[date, date] | None = None,
    again: bool = False,
) -> list[LoadReport]:
    """Load the files of one delivery in one transaction, which the caller commits.

    `covers`: the days that the delivery is the full export of; of a single file its name says them. `again` loads files
    that are in force already once more.
    """
    parts: list[Part] = []
    months = _Months(connection)
    currency, kept_from = _settings_of_bank(connection)
    connection.commit()
    connection.execute(_LOCKED)
    connection.execute(_STAGE)
    for shape in shapes:
        part = Part(shape, manifest.begin(connection, shape, "transactions", source), covers)
        try:
            check = _check(part, pseudonyms, source, currency, kept_from, is_alone=len(shapes) == 1)
            _fill(connection, part, months, check, source, progress)
        except Refused as fault:
            return [manifest.refuse(connection, shape, "transactions", source, part.rows_read, str(fault))]
        parts.append(part)
    if empties := _empties_days(parts):
        return [manifest.refuse(connection, shapes[0], "transactions", source, parts[0].rows_read, empties)]
    for part in parts:
        part.rows_repeated = repeats.drop(connection, part.file_id, part.totals, part.bad)
    manifest.lock(connection)
    if not again:
        known = [manifest.unchanged(connection, s.name, s.sha256, source.name) for s in shapes]
        if all(known):  # the same files were loaded while this load waited
            connection.rollback()
            return [report for report in known if report]
    connection.execute(_KEEP_SPELLINGS)
    changed = put_in_place(
        connection,
        [part.file_id for part in parts],
        source.name,
        sorted({day for part in parts for day in part.totals}),
        parts[0].covers,
    )
    reports = [part.report(sorted(changed)) for part in parts]
    for part, report in zip(parts, reports, strict=True):
        manifest.finish(connection, part.file_id, report, part.covers, (part.encoding, part.shape.delimiter))
        with connection.cursor().copy("copy ingest.file_days from stdin") as copy:
            for day, (rows, cents) in sorted(part.totals.items()):
                copy.write_row([part.file_id, day, rows, as_amount(cents)])
    return reports


def as_amount(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _check(
    part: Part,
    pseudonyms: Pseudonyms,
    source: SourceFormat,
    currency: str | None,
    kept_from: date | None,
    *,
    is_alone: bool,
) -> Callable[[], TransactionCheck]:
    def made() -> TransactionCheck:
        header = contract.match(part.shape.names, "transactions", source)
        if fault := header.fault():
            raise Refused(fault)
        try:
            part.covers = part.covers or (days_in_name(part.shape.path) if is_alone else None)
        except ValueError as error:
            raise Refused(str(error)) from None
        part.dropped = header.dropped_sentence()
        return TransactionCheck(
            header, pseudonyms, source.time_zone, currency, source.card_numbers_as_customers, kept_from
        )

    return made


def _fill(
    connection: psycopg.Connection,
    part: Part,
    months: "_Months",
    make_check: Callable[[], TransactionCheck],
    source: SourceFormat,
    progress: Callable[[Shape, Block], None],
) -> None:
    """Copy the good rows into raw and the bad ones into quarantine. Raises Refused."""
    check = make_check()
    reader = Reader(part.shape, plain=frozenset(check.header.positions[name] for name in ("amount", "cnum")))
    # Three at once: one block is read, the one before is checked, the one before that goes into PostgreSQL.
    prepared = stage.ahead(_prepare(block, check, part.file_id) for block in stage.ahead(reader.blocks()))
    for block, rows, bad, totals, stream in prepared:
        part.rows_read += block.row_count
        part.bad.update(bad.column("reason_code").to_pylist())
        for day, (count, cents) in totals.items():
            known = part.totals.get(day, (0, 0))
            part.totals[day] = (known[0] + count, known[1] + cents)
        _require_countable(part)
        table = months.ensure(totals)
        if len(rows):
            with connection.cursor().copy(binary_copy.command(table)) as copy:
                for piece in stream:
                    copy.write(piece)
        stage.copy_in(connection, "stage_spellings", rows.new_spellings)
        stage.copy_in(connection, "stage_quarantine", bad)
        _stage_ids(connection, rows, part.file_id)
        progress(part.shape, block)
        if _is_hopeless(part):
            break
    part.encoding, part.notes = reader.encoding.name if part.shape.delimiter else None, check.notes
    _require_sound(connection, part, check, source)
    stage.keep_quarantine(connection, part.file_id)
    connection.execute("truncate stage_quarantine")


def _require_countable(part: Part) -> None:
    if sum(abs(cents) for _, cents in part.totals.values()) >= SUM_LIMIT * 100:
        raise Refused(f"The amounts add up to {SUM_LIMIT} or more, which no bank turns over. Look at the amounts.")


def _is_hopeless(part: Part) -> bool:
    """A file of another sort is not read to its end: its bad rows would fill the disk."""
    bad = sum(part.bad.values())
    return bad > HOPELESS_ROWS and 2 * bad > part.rows_read


def _prepare(
    block: Block, check: TransactionCheck, file_id: int
) -> tuple[Block, Transactions, Any, dict[date, tuple[int, int]], list[Any]]:
    """What one block brings, ready to be sent: good rows, bad rows, totals by day, the COPY stream."""
    checked = check(block)
    rows: Transactions = checked.good
    return block, rows, checked.bad, _totals(rows), binary_copy.encoded(rows, file_id)


def _totals(rows: Transactions) -> dict[date, tuple[int, int]]:
    """Rows and cents by business date; whole numbers, so nothing is rounded."""
    if not len(rows):
        return {}
    first = rows.business_date.min()
    place = (rows.business_date - first).astype(np.int64)
    counts = np.bincount(place)
    cents = np.zeros(len(counts), dtype=np.int64)
    np.add.at(cents, place, rows.cents)
    days = np.flatnonzero(counts)
    totals = cents[days].tolist()
    if np.abs(rows.cents).sum(dtype=np.float64) >= SUM_LIMIT * 100:  # beyond 64 bits, perhaps
        totals = [exact_sum(rows.cents[place == day]) for day in days]
    return dict(zip((first + days).tolist(), zip(counts[days].tolist(), totals, strict=True), strict=True))


def _stage_ids(connection: psycopg.Connection, rows: Transactions, file_id: int) -> None:
    if rows.transaction_id is None or not len(rows):
        return
    count = len(rows)
    assert rows.transaction_id.place is not None
    stage.copy_in(
        connection,
        "stage_ids",
        pa.table(
            {
                "file_id": np.full(count, file_id, dtype=np.int32),
                "line_number": rows.line_number,
                "business_date": pa.array(rows.business_date, pa.date32()),
                "transaction_id": rows.transaction_id.values.take(pa.array(rows.transaction_id.place)),
            }
        ),
    )


def _require_sound(connection: psycopg.Connection, part: Part, check: TransactionCheck, source: SourceFormat) -> None:
    """Raises Refused where too much is bad, or where the file is not what its control file says."""
    if fault := stage.why_refused(connection, part.rows_read, source.max_bad_share):
        raise Refused(fault)
    control = control_of(part.shape.path)
    if control and (fault := control.fault(part.rows_read, as_amount(check.cents_read), check.without_amount)):
        raise Refused(fault)
    if control is None and source.control == "required":
        raise Refused("Its control file is missing, which the settings of the source require: send it, too.")


def _empties_days(parts: Sequence[Part]) -> str | None:
    """What is wrong with a name whose days none of the rows are of."""
    covers = parts[0].covers
    if covers is None or any(covers[0] <= day <= covers[1] for part in parts for day in part.totals):
        return None
    return (
        f"The name says {covers[0]} to {covers[1]}, and none of its rows are of these days: they would be emptied. "
        "Rename it. Nothing was changed."
    )


class _Months:
    """Partitions are made in a transaction of their own: others need not wait for this load, and an empty one is none
    too many when it fails."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._dsn = connection.info.dsn
        self._password = connection.info.password
        self._made: set[date] = set()

    def ensure(self, days: Iterable[date]) -> str:
        """The table for rows of these days: of one month its partition, which spares the server the routing."""
        months = {day.replace(day=1) for day in days}
        if missing := months - self._made:
            self._make(missing)
        return f"raw.transactions_{months.pop():%Y%m}" if len(months) == 1 else "raw.transactions"

    def _make(self, missing: set[date]) -> None:
        with psycopg.connect(self._dsn, password=self._password) as beside:
            for month in sorted(missing):
                beside.execute("select raw.ensure_months('raw.transactions', %s, %s)", [month, month])
        self._made |= missing


def _settings_of_bank(connection: psycopg.Connection) -> tuple[str | None, date | None]:
    """(its currency, the first day that is kept)."""
    row = connection.execute(
        "select (select upper(currency_code) from ingest.bank), (select max(kept_from) from monitor.retention)"
    ).fetchone()
    assert row is not None
    return row[0], row[1]
