"""snapshot → MLflow: the contest of all contenders, and who is champion after it."""

from datetime import date
from typing import Any

import dagster as dg
import psycopg
from pydantic import Field

from infra.database.deployments import record_deployment
from orchestration.features import newest_day, sound_snapshot
from orchestration.progress import telling
from orchestration.resources import MLflow, Warehouse, run_link

LEAST_CUSTOMERS = 200
"""Of all tenants together: a fifth of them calibrates, and a fifth of those is measured where the history is short."""


GATE = "gate"
GATE_SAYS = "Who is in charge passed every condition, or as the champion of before still keeps what it promises."


class ContestOptions(dg.Config):
    contenders: list[str] = Field(default_factory=list)
    """Which learners compete; empty: all that the model library has."""
    threads: int = 2


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
    # TensorFlow takes 4-8 s and 660 MB: only a run that trains shall pay.
    from ml_assets.histories import read_snapshot
    from ml_assets.purchasing_power import QUESTION, ContestConfig

    options = ContestConfig(threads=config.threads, contenders=tuple(config.contenders) or ContestConfig().contenders)
    as_of = newest_day(warehouse.connection)
    events = read_snapshot(sound_snapshot("customer_events", as_of)).events
    people = people_of(warehouse.connection)
    return hold_contest(context, warehouse, mlflow, QUESTION, events, as_of, options, people=people)


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
    import pandas as pd

    from ml_assets.retention import QUESTION, ContestConfig, units_of

    options = ContestConfig(threads=config.threads, contenders=tuple(config.contenders) or ContestConfig().contenders)
    as_of = newest_day(warehouse.connection)
    visits = pd.read_parquet(sound_snapshot("store_visits", as_of))
    known = visits.loc[visits["receipt_count"] > 0, ["legal_group", "customer_id"]].drop_duplicates()
    if len(known) < LEAST_CUSTOMERS:
        told = f"The tenants have {len(known)} customers; a model of who returns needs {LEAST_CUSTOMERS}."
        return dg.MaterializeResult(
            metadata={"as_of": as_of.isoformat(), "reason": told},
            check_results=[_told_by_the_gate(False, told)],
        )
    units = units_of(visits)
    people = people_of(warehouse.connection).reindex(units.names["customer_id"]).set_axis(units.names.index)
    return hold_contest(
        context, warehouse, mlflow, QUESTION, units.events, as_of, options,
        merchants=units.names["legal_group"], people=people,
    )  # fmt: skip


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
    from ml_assets.demand import DemandConfig, read_series, run_contest
    from ml_assets.demand.registry import standing

    chosen = tuple(config.contenders) or DemandConfig().contenders
    options = DemandConfig(threads=config.threads, contenders=chosen, country=holiday_country(warehouse.connection))
    as_of = newest_day(warehouse.connection)
    series = read_series(sound_snapshot("demand_series", as_of))
    contest = run_contest(series, as_of, options, on_progress=telling(context), champion=standing())
    return conclude(context, warehouse, mlflow, contest)


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
    from ml_assets.category_priority import ContestConfig, run_contest
    from ml_assets.category_priority.registry import load_champion_or_none
    from ml_assets.histories import read_snapshot

    options = ContestConfig(threads=config.threads, contenders=tuple(config.contenders) or ContestConfig().contenders)
    as_of = newest_day(warehouse.connection)
    events = read_snapshot(sound_snapshot("customer_events", as_of)).events
    people, champion = people_of(warehouse.connection), load_champion_or_none()
    contest = run_contest(events, as_of, options, telling(context), champion, people)
    return conclude(context, warehouse, mlflow, contest)


def people_of(connection: psycopg.Connection) -> Any:
    """age_band and gender by customer_id: by these the error is told apart, no model sees them."""
    import pandas as pd

    rows = connection.execute("select customer_id, age_band, gender from marts.dim_customers").fetchall()
    return pd.DataFrame(rows, columns=["customer_id", "age_band", "gender"]).set_index("customer_id")


COUNTRIES = {"RUB": "RU", "USD": "US", "GBP": "GB"}


def holiday_country(connection: psycopg.Connection) -> str | None:
    """The country of the bank's currency: its public holidays count. None for a currency of several countries."""
    row = connection.execute("select upper(currency_code) from ingest.bank").fetchone()
    return COUNTRIES.get(row[0]) if row else None


def hold_contest(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    mlflow: MLflow,
    question: Any,
    events: Any,
    as_of: date,
    options: Any,
    **apart: Any,
) -> dg.MaterializeResult[None]:
    """All contenders for a question to the customers' histories; apart: whose error is measured apart."""
    from ml_assets.contest import run_contest
    from ml_assets.contest.registry import load_champion_or_none

    champion = load_champion_or_none(question)
    contest = run_contest(question, events, as_of, options, on_progress=telling(context), champion=champion, **apart)
    return conclude(context, warehouse, mlflow, contest)


def conclude(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow, contest: Any
) -> dg.MaterializeResult[None]:
    """Runs and versions in MLflow, promotion, deployment history; what a person sees of it in Dagster."""
    from ml_assets.contest.registry import log_contest, promote

    runs = log_contest(contest, mlflow.tags(context))
    deployment = promote(contest, runs, deployed_by="dagster")
    record_deployment(warehouse.connection, deployment.as_row())
    return dg.MaterializeResult(
        metadata={
            "as_of": contest.as_of.isoformat(),
            "data_digest": contest.digest,
            "champion": f"{deployment.learner}, version {deployment.model_version}",
            "champion_is_new": deployment.is_new,
            "reason": deployment.reason,
            "mlflow_run": run_link(next((run.url for run in runs if run.run_id == deployment.run_id), None)),
            "contenders": _table(runs, contest.question.shown_metrics),
        },
        check_results=[_told_by_the_gate(contest.decision().is_sound, deployment.reason)],
    )


def _told_by_the_gate(passed: bool, reason: str) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(check_name=GATE, passed=passed, severity=severity, metadata={"reason": reason})


def _table(runs: list[Any], shown: tuple[str, ...]) -> dg.MetadataValue[Any]:
    lines = ["| learner | version | " + " | ".join(shown) + " |", "| --- " * (len(shown) + 2) + "|"]
    for run in runs:
        figures = (f"{run.metrics[name]:.4g}" if name in run.metrics else "–" for name in shown)
        name = f"[{run.learner}]({run.url})" if run.url else run.learner
        lines.append(f"| {name} | {run.model_version} | " + " | ".join(figures) + " |")
    return dg.MetadataValue.md("\n".join(lines))
