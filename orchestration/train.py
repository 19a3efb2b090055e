"""snapshot → MLflow: the contest of all contenders, and who is champion after it.

The contests run in `ml_assets.train`, on the machine that `LYRA_TRAINER` names; here is what is ordered of them, and
what is written down of their answer.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import psycopg
import pyarrow as pa
from pydantic import Field

from infra.database.deployments import record_deployment
from infra.settings import Settings
from infra.trainer import Trainer
from ml_assets.train.order import Order, checksum
from orchestration.features import newest_day, sound_snapshot, write_snapshot
from orchestration.launch import launch
from orchestration.resources import MLflow, Warehouse

GATE = "gate"
GATE_SAYS = "Who is in charge passed every condition, or as the champion of before still keeps what it promises."


class ContestOptions(dg.Config):
    contenders: list[str] = Field(default_factory=list)
    """Which learners compete; empty: all that the model library has."""
    parameters: dict[str, float] = Field(default_factory=dict)
    """Instead of the library's own, by dotted name as in MLflow: best_parameters.json of a tuning."""
    threads: int | None = None
    """Unset: as many as LYRA_TRAINER_THREADS says."""

    def chosen(self) -> dict[str, Any]:
        """As the question's configuration takes them."""
        contenders = {"contenders": self.contenders} if self.contenders else {}
        return {**contenders, "threads": self.threads or Trainer().threads}


@dg.asset(
    deps=["customer_events_snapshot"],
    group_name="train",
    kinds={"mlflow", "tensorflow", "python"},
    check_specs=[dg.AssetCheckSpec(GATE, asset="purchasing_power_contest", description=GATE_SAYS)],
)
def purchasing_power_contest(
    context: dg.AssetExecutionContext, config: ContestOptions, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster takes the bare class only
    """All contenders on the same three windows of later days; the best that passes the gate becomes champion."""
    options = {**config.chosen(), **of_customers()}
    return train(
        context, warehouse, mlflow, "purchasing-power", "customer_events", options, config.parameters, people=True
    )


@dg.asset(
    deps=["store_visits_snapshot"],
    group_name="train",
    kinds={"mlflow", "scikitlearn", "python"},
    check_specs=[dg.AssetCheckSpec(GATE, asset="retention_contest", description=GATE_SAYS)],
)
def retention_contest(
    context: dg.AssetExecutionContext, config: ContestOptions, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster takes the bare class only
    """Who of a tenant's customers returns: all contenders on the same later days, the best that passes leads."""
    options = {**config.chosen(), **of_customers()}
    return train(context, warehouse, mlflow, "retention", "store_visits", options, config.parameters, people=True)


@dg.asset(
    deps=["demand_series_snapshot"],
    group_name="train",
    kinds={"mlflow", "python"},
    check_specs=[dg.AssetCheckSpec(GATE, asset="demand_contest", description=GATE_SAYS)],
)
def demand_contest(
    context: dg.AssetExecutionContext, config: ContestOptions, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster takes the bare class only
    """All learners of demand on three later windows of 28 days; the champion's learner is fitted anew each time."""
    options = {**config.chosen(), "country": holiday_country(warehouse.connection)}
    return train(context, warehouse, mlflow, "demand", "demand_series", options, config.parameters)


@dg.asset(
    deps=["customer_events_snapshot"],
    group_name="train",
    kinds={"mlflow", "lightgbm", "python"},
    check_specs=[dg.AssetCheckSpec(GATE, asset="category_priority_contest", description=GATE_SAYS)],
)
def category_priority_contest(
    context: dg.AssetExecutionContext, config: ContestOptions, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster takes the bare class only
    """In which categories customers buy next: all rankings on the same three windows of later days."""
    options = {**config.chosen(), "encoder": device()}
    return train(
        context, warehouse, mlflow, "category-priority", "customer_events", options, config.parameters, people=True
    )


def of_customers() -> dict[str, Any]:
    """What models of customers may learn from."""
    return {"demographics": Settings().demographic_features, "encoder": device()}


def device() -> dict[str, Any]:
    """What the encoder is told of the machine that it learns on."""
    trainer = Trainer()
    return {"precision": trainer.precision, "batch_size": trainer.batch_size, "epochs_at_most": trainer.epochs}


PEOPLE_TYPES = {"customer_id": pa.int64(), "age_band": pa.string(), "gender": pa.string()}
"""By these the error is told apart."""

COUNTRIES = {"RUB": "RU", "USD": "US", "GBP": "GB"}


def holiday_country(connection: psycopg.Connection) -> str | None:
    """The country of the bank's currency: its public holidays count. None for a currency of several countries."""
    row = connection.execute("select upper(currency_code) from ingest.bank").fetchone()
    return COUNTRIES.get(row[0]) if row else None


def train(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    mlflow: MLflow,
    question: str,
    snapshot: str,
    options: Mapping[str, Any],
    parameters: Mapping[str, float] | None = None,
    *,
    check: str = GATE,
    people: bool = False,
) -> dg.MaterializeResult[None]:
    """Have a question answered from the newest snapshot; who is in charge after it becomes a row.

    parameters: as ContestOptions has them.
    people: whether age and sex of the customers travel too, for the error of each part.
    """
    as_of = newest_day(warehouse.connection)
    tables = {snapshot: sound_snapshot(snapshot, as_of)}
    if people:
        tables["people"] = Settings().snapshots / "people.parquet"
        query = f"select {', '.join(PEOPLE_TYPES)} from marts.dim_customers"
        write_snapshot(warehouse.connection, query, PEOPLE_TYPES, tables["people"])
    digests = {name: checksum(path) for name, path in tables.items()}
    order = Order(question, as_of, digests, check, options, parameters or {}, mlflow.tags(context))
    done = launch(context, Trainer(), order, tables)
    for message in done.get_custom_messages():
        write_down(warehouse.connection, message)
    return done.get_materialize_result()


def write_down(connection: psycopg.Connection, message: Mapping[str, Any]) -> None:
    """Who got which alias, where that is not the last row already, and the names of its segments."""
    with connection.transaction():
        for deployment in message["deployments"]:
            record_deployment(connection, deployment)
        for story in message["stories"]:
            connection.execute(
                "insert into predictions.segment_stories values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
                story,
            )
