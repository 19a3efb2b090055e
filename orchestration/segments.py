"""customers' events → segments: found in a contest's run, assigned every day, kept where they change."""

import dagster as dg
import pandas as pd
import psycopg

from orchestration.features import newest_day, sound_snapshot
from orchestration.predict import not_trained, preview
from orchestration.resources import MLflow, Warehouse
from orchestration.train import train

STABLE = "is_stable"


@dg.asset(
    deps=["customer_events_snapshot"],
    group_name="train",
    kinds={"mlflow", "scikitlearn", "python"},
    check_specs=[
        dg.AssetCheckSpec(STABLE, asset="segments_model", description="Subsamples find the same segments, none tiny.")
    ],
)
def segments_model(context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster takes the bare class only
    """Groups of customers who behave alike, with names and advice; those of the last fit keep their numbers."""
    return train(context, warehouse, mlflow, "segments", "customer_events", {}, check=STABLE)


@dg.asset(deps=["customer_events_snapshot", "segments_model"], group_name="predict", kinds={"mlflow", "postgres"})
def customer_segments(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """The segment of every customer of the last year; only who moved since his last row gets a new one."""
    from ml_assets.histories import read_snapshot
    from ml_assets.segments.registry import NAME, standing

    as_of = newest_day(warehouse.connection)
    champion = standing()
    if champion is None:
        return not_trained("segments", as_of)
    found = champion.model.predict(read_snapshot(sound_snapshot("customer_events", as_of)).events, as_of)
    moved = keep_changes(warehouse.connection, found, NAME, champion.model_version)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(found),
            "moved": moved,
            "sizes": preview(found.groupby("segment_code", as_index=False).size()),
        }
    )


def keep_changes(connection: psycopg.Connection, found: pd.DataFrame, name: str, version: int) -> int:
    """Rows of those whose segment is another than their last one's, and of those who are in none any more.

    An earlier assignment of the same day is replaced, so that a day run twice equals a day run once. Returns the rows.
    """
    as_of = found["as_of"].iloc[0]
    with connection.transaction():
        connection.execute(
            "create temporary table assigned (customer_id bigint primary key, segment_number integer) on commit drop"
        )
        with connection.cursor().copy("copy assigned from stdin") as copy:
            for row in found[["customer_id", "segment_number"]].itertuples(index=False, name=None):
                copy.write_row(row)
        connection.execute("delete from predictions.customer_segments where as_of >= %s", [as_of])
        return connection.execute(_CHANGES, {"as_of": as_of, "name": name, "version": version}).rowcount


_CHANGES = """
with last as (
    select distinct on (customer_id) customer_id, segment_number
    from predictions.customer_segments order by customer_id, as_of desc
)
insert into predictions.customer_segments (as_of, customer_id, segment_number, model_name, model_version)
select %(as_of)s, customer_id, assigned.segment_number, %(name)s, %(version)s
from assigned full join last using (customer_id)
where assigned.segment_number is distinct from last.segment_number
"""
