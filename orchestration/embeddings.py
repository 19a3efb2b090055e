"""customers' events → embeddings: each active customer as a point, written anew when he bought."""

from datetime import date, datetime
from typing import Any

import dagster as dg
import numpy as np
import numpy.typing as npt
import psycopg

from orchestration.features import newest_day, sound_snapshot
from orchestration.predict import not_trained
from orchestration.resources import MLflow, Warehouse

LEARNER = "encoder"


@dg.asset(
    deps=["customer_events_snapshot", "purchasing_power_contest"],
    group_name="predict",
    kinds={"tensorflow", "postgres"},
)
def customer_embeddings(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """Customers of the last 90 days by the encoder of the last contest, whoever won it; only who has new purchases."""
    from ml_assets.contest.registry import load_newest_or_none
    from ml_assets.purchasing_power import QUESTION

    as_of = newest_day(warehouse.connection)
    model = load_newest_or_none(QUESTION, LEARNER)
    if model is None:
        return not_trained("embeddings", as_of)
    version = model.model_version
    asked_at, due = customers_due(warehouse.connection, as_of, model.active_days, QUESTION.name, version)
    written = 0
    if len(due):
        from ml_assets.encoder import embed
        from ml_assets.histories import read_snapshot

        events = read_snapshot(sound_snapshot("customer_events", as_of)).events
        found = embed(model.fitted.encoder, events, as_of, due)  # type: ignore[attr-defined]
        written = keep(warehouse.connection, as_of, QUESTION.name, version, asked_at, *found)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": written,
            "model": f"{QUESTION.name} version {version}, {LEARNER}",
        }
    )


def customers_due(
    connection: psycopg.Connection, as_of: date, active_days: int, name: str, version: int
) -> tuple[datetime, npt.NDArray[np.int64]]:
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
    customer_ids: npt.NDArray[np.int64],
    points: npt.NDArray[np.float32],
) -> int:
    """Write the points of as_of in place of earlier ones of the same day, drop other versions; returns rows."""
    rows: Any = zip(customer_ids.tolist(), points.tolist(), strict=True)
    with connection.transaction():
        connection.execute("create temporary table embedded (customer_id bigint, embedding real[]) on commit drop")
        with connection.cursor().copy("copy embedded from stdin") as copy:
            for row in rows:
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
