"""customers' events → embeddings: each active customer as a point, written anew when he bought."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import numpy.typing as npt
import psycopg

from orchestration.features import newest_day, sound_snapshot
from orchestration.predict import not_trained
from orchestration.resources import MLflow, Warehouse

LEARNER = "encoder"
Customers = npt.NDArray[np.int64]
Points = tuple[Customers, npt.NDArray[np.float32]]
"""Customers, and a row of coordinates each."""


@dg.asset(
    deps=["customer_events_snapshot", "purchasing_power_contest"],
    group_name="predict",
    kinds={"tensorflow", "postgres"},
)
def customer_embeddings(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """Customers of the last 90 days by the encoder of the last contest, whoever won it; only who has new purchases."""
    from ml_assets.contest.registry import newest_version_or_none
    from ml_assets.histories.config import HistoryConfig
    from ml_assets.purchasing_power import QUESTION

    as_of = newest_day(warehouse.connection)
    version = newest_version_or_none(QUESTION, LEARNER)
    if version is None:
        return not_trained("embeddings", as_of)
    asked_at, due = customers_due(warehouse.connection, as_of, HistoryConfig.active_days, QUESTION.name, version)
    written = 0
    if len(due):  # TensorFlow is loaded with the model: not where there is nobody to embed
        points = _points(QUESTION, version, sound_snapshot("customer_events", as_of), as_of, due)
        written = keep(warehouse.connection, as_of, QUESTION.name, version, asked_at, points)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": written,
            "model": f"{QUESTION.name} version {version}, {LEARNER}",
        }
    )


def _points(question: Any, version: int, snapshot: Path, as_of: date, due: Customers) -> Iterator[Points]:
    """One part of the snapshot after another: memory does not grow with the bank."""
    from ml_assets.contest.registry import load_version
    from ml_assets.encoder import embed
    from ml_assets.histories import read_batches

    encoder = load_version(question, version).fitted.encoder  # type: ignore[attr-defined]
    for events in read_batches(snapshot):
        yield embed(encoder, events, as_of, due)


def customers_due(
    connection: psycopg.Connection, as_of: date, active_days: int, name: str, version: int
) -> tuple[datetime, Customers]:
    """When it was asked, and who has no row of this version yet or purchases on a day computed since the last rows.

    A corrected day counts as a new one. Only customers with a receipt in the days up to as_of are looked at.
    """
    asked = {"as_of": as_of, "days": active_days, "name": name, "version": version}
    moment = connection.execute("select now()").fetchone()
    assert moment is not None
    rows = connection.execute(_DUE, asked).fetchall()
    return moment[0], np.array([customer for (customer,) in rows], dtype=np.int64)


_DUE = """
with rows_of_version as (
    select customer_id, embedded_at from predictions.customer_embeddings
    where model_name = %(name)s and model_version = %(version)s
),
new_days as (
    select business_date from monitor.reconciled_days
    where business_date <= %(as_of)s
    and reconciled_at > (select coalesce(max(embedded_at), 'infinity') from rows_of_version)
),
active as (
    select distinct customer_id from marts.fct_customer_category_days
    where business_date > %(as_of)s - %(days)s::integer and business_date <= %(as_of)s and receipt_count > 0
)
select customer_id from active
where customer_id not in (select customer_id from rows_of_version)
or customer_id in (
    select customer_id from marts.fct_customer_category_days
    where business_date in (select business_date from new_days)
)
order by customer_id
"""


def keep(
    connection: psycopg.Connection,
    as_of: date,
    name: str,
    version: int,
    asked_at: datetime,
    parts: Iterable[Points],
) -> int:
    """Write the points of as_of in place of earlier ones of the same day, drop other versions; returns rows.

    parts: customers with their points, as they come; all of them are written, or none.
    """
    with connection.transaction():
        connection.execute("create temporary table embedded (customer_id bigint, embedding real[]) on commit drop")
        with connection.cursor().copy("copy embedded from stdin") as copy:
            for customer_ids, points in parts:
                for row in zip(customer_ids.tolist(), points.tolist(), strict=True):
                    copy.write_row(row)
        connection.execute(
            "delete from predictions.customer_embeddings where (model_name, model_version) <> (%s, %s) or as_of > %s "
            "or as_of = %s and customer_id in (select customer_id from embedded)",
            [name, version, as_of, as_of],
        )
        return connection.execute(
            "insert into predictions.customer_embeddings select %s, customer_id, %s, %s, embedding, %s from embedded",
            [as_of, name, version, asked_at],
        ).rowcount
