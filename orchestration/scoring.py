"""Forecasts of all customers, in parts, into PostgreSQL: only of whom they are due, and all or none of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from pyarrow import csv

KEYS = {
    "purchasing_power": ("customer_id",),
    "retention": ("legal_group", "customer_id"),
    "category_priority": ("customer_id",),
}
"""By table of the forecasts: who is forecast."""


@dataclass(frozen=True)
class Scored:
    """What a scoring did."""

    active_count: int
    """Whose forecast stands afterwards."""
    scored_count: int
    """Of them, those who were scored; the forecasts of the others carry."""
    ended_count: int
    """Whose forecast stood until a correction left them without a receipt in the window."""
    rows_added: int
    preview: pd.DataFrame

    def as_metadata(self) -> dict[str, Any]:
        return {
            "dagster/row_count": self.active_count,
            "scored": self.scored_count,
            "carried": self.active_count - self.scored_count,
            "ended": self.ended_count,
            "rows_added": self.rows_added,
        }


def score(connection: psycopg.Connection, table: str, model: Any, as_of: date, snapshot: Path) -> Scored:
    """Append to predictions.<table> what `model` says of those customers of the snapshot who are due on as_of.

    One transaction; all its rows have one scored_at. Who is due: ml_assets/contest/carried.py. The same scoring again
    adds nothing. Memory does not grow with the number of customers but for some 100 bytes of each forecast that stands.
    """
    from ml_assets.contest.carried import Rescoring, Standing
    from ml_assets.histories import first_day_of, read_batches

    forecaster = model.amid(read_batches(snapshot), as_of) if table == "category_priority" else model
    with connection.transaction():
        standing, rest_count = _standing(connection, table, model, as_of)
        known = Standing.of(standing["number"].to_numpy(), standing["fingerprint"].to_numpy())
        rescoring = Rescoring(forecaster, as_of, first_day_of(snapshot), known)
        rows_added, head = _append(connection, table, _parts(table, rescoring, snapshot, rest_stands=rest_count > 0))
        carried_count = standing.loc[standing["number"].isin(rescoring.carried()), "row_count"].sum()
        ended = _end(connection, table, model, as_of, standing.loc[standing["number"].isin(rescoring.ended())])
        is_said = connection.execute(
            "select exists (select from predictions.scorings "
            "where (question, as_of, model_name, model_version) = (%s, %s, %s, %s))",
            [table, as_of, model.question.name, model.model_version],
        ).fetchone()
        if rescoring.active_count and (rows_added or ended or is_said == (False,)):
            connection.execute(
                "insert into predictions.scorings (question, as_of, model_name, model_version, row_count) "
                "values (%s, %s, %s, %s, %s)",
                [table, as_of, model.question.name, model.model_version, rows_added + int(carried_count) + rest_count],
            )
    return Scored(rescoring.active_count, rescoring.scored_count, ended, rows_added, head)


def _parts(table: str, rescoring: Any, snapshot: Path, *, rest_stands: bool) -> Iterator[pd.DataFrame]:
    """Rows of the customers who are due; then those of nobody, which hold for all the others, where none stand."""
    from ml_assets.histories import read_batches
    from ml_assets.retention import units_of

    for rows in read_batches(snapshot):
        if table == "retention":
            units = units_of(rows)
            yield units.named(rescoring.of(units.events))
        else:
            yield rescoring.of(rows)
    if table == "category_priority" and rescoring.active_count and not rest_stands:
        yield rescoring.model.rest().assign(carried_days=rescoring.carried_days, history_fingerprint=None)


def _append(connection: psycopg.Connection, table: str, parts: Iterator[pd.DataFrame]) -> tuple[int, pd.DataFrame]:
    """COPY the parts as they come; returns the rows and the first few of them."""
    count, head, copy_to = 0, pd.DataFrame(), sql.SQL("copy {} ({}) from stdin (format csv)")
    first = next(parts, None)
    if first is None:
        return count, head
    columns = sql.SQL(", ").join(map(sql.Identifier, first.columns))
    with connection.cursor().copy(copy_to.format(sql.Identifier("predictions", table), columns)) as copy:
        for part in _with(first, parts):
            if len(part):
                copy.write(_as_csv(part[first.columns]))
                count, head = count + len(part), head if len(head) else part.head()
    return count, head


def _with(first: pd.DataFrame, others: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    yield first
    yield from others


def _as_csv(frame: pd.DataFrame) -> bytes:
    text = BytesIO()
    csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), text, csv.WriteOptions(include_header=False))
    return text.getvalue()


_STANDING = """
copy (
    select {keys}, coalesce(min(history_fingerprint), 0), count(*) from {on}({as_of}, {model}, {version})
    group by {keys}
) to stdout (format csv)
"""


def _standing(connection: psycopg.Connection, table: str, model: Any, as_of: date) -> tuple[pd.DataFrame, int]:
    """Of each forecast that stands: whose it is (KEYS), the number that the model knows him by, the fingerprint of the
    history that it was made from, and its rows; and how many rows of nobody stand."""
    from ml_assets.retention import unit_numbers

    query = sql.SQL(_STANDING).format(
        keys=sql.SQL(", ").join(map(sql.Identifier, KEYS[table])), on=sql.Identifier("predictions", f"{table}_on"),
        as_of=sql.Literal(as_of), model=sql.Literal(model.question.name), version=sql.Literal(model.model_version),
    )  # fmt: skip
    text = BytesIO()
    with connection.cursor().copy(query) as copy:
        for block in copy:
            text.write(block)
    names = [*KEYS[table], "fingerprint", "row_count"]
    if not text.tell():
        return pd.DataFrame({name: pd.Series(dtype="int64") for name in [*names, "number"]}), 0
    types = {
        "legal_group": pa.dictionary(pa.int32(), pa.string()),
        "customer_id": pa.int64(),
        "fingerprint": pa.int64(),
        "row_count": pa.int64(),
    }
    found = csv.read_csv(
        pa.py_buffer(text.getbuffer()),
        read_options=csv.ReadOptions(column_names=names),
        convert_options=csv.ConvertOptions(column_types=types),
    )
    is_somebody = pc.is_valid(found["customer_id"])
    rest_count = pc.sum(found.filter(pc.invert(is_somebody))["row_count"]).as_py() or 0
    rows = found.filter(is_somebody).to_pandas()
    ids = rows["customer_id"]
    return rows.assign(number=unit_numbers(rows["legal_group"], ids) if table == "retention" else ids), rest_count


def _end(connection: psycopg.Connection, table: str, model: Any, as_of: date, ended: pd.DataFrame) -> int:
    """Forecasts of these customers stand until the day before as_of; returns how many customers they are."""
    if ended.empty:
        return 0
    keys, target = sql.SQL(", ").join(map(sql.Identifier, KEYS[table])), sql.Identifier("predictions", table)
    create = sql.SQL("create temporary table ended on commit drop as select {} from {} limit 0")
    connection.execute(create.format(keys, target))
    with connection.cursor().copy(sql.SQL("copy ended ({}) from stdin").format(keys)) as copy:
        for row in ended[list(KEYS[table])].itertuples(index=False, name=None):
            copy.write_row(row)
    update = sql.SQL(
        "update {} set carried_days = %(day)s::date - 1 - as_of where ({}) in (select * from ended) "
        "and as_of <= %(day)s and as_of > %(day)s::date - 31 and as_of + carried_days >= %(day)s "
        "and model_name = %(model)s and model_version = %(version)s"
    )
    values = {"day": as_of, "model": model.question.name, "version": model.model_version}
    connection.execute(update.format(target, keys), values)
    connection.execute("drop table ended")
    return len(ended)
