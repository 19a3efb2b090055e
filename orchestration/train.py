"""snapshot → MLflow: the contest of all contenders, and who is champion after it."""

from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field

from infra.database.deployments import record_deployment
from orchestration.features import newest_day, snapshot_path
from orchestration.progress import telling
from orchestration.resources import MLflow, Warehouse, run_link

LEAST_CUSTOMERS = 200
"""Of all tenants together: a fifth of them calibrates, and a fifth of those is measured where the history is short."""


class ContestOptions(dg.Config):
    contenders: list[str] = Field(default_factory=list)
    """Which learners compete; empty: all that the model library has."""
    threads: int = 2


@dg.asset(deps=["customer_events_snapshot"], group_name="train", kinds={"mlflow", "tensorflow", "python"})
def purchasing_power_contest(
    context: dg.AssetExecutionContext, config: ContestOptions, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """All contenders on one out-of-time split; the best that passes the gate becomes champion."""
    # TensorFlow takes 4-8 s and 660 MB: only a run that trains shall pay.
    from ml_assets.histories import read_snapshot
    from ml_assets.purchasing_power import QUESTION, ContestConfig

    options = ContestConfig(threads=config.threads, contenders=tuple(config.contenders) or ContestConfig().contenders)
    as_of = newest_day(warehouse.connection)
    events = read_snapshot(snapshot_path("customer_events", as_of)).events
    return hold_contest(context, warehouse, mlflow, QUESTION, events, as_of, options)


@dg.asset(deps=["store_visits_snapshot"], group_name="train", kinds={"mlflow", "scikitlearn", "python"})
def retention_contest(
    context: dg.AssetExecutionContext, config: ContestOptions, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """Who of a tenant's customers returns: all contenders on one out-of-time split, the best that passes leads."""
    import pandas as pd

    from ml_assets.retention import QUESTION, ContestConfig, units_of

    options = ContestConfig(threads=config.threads, contenders=tuple(config.contenders) or ContestConfig().contenders)
    as_of = newest_day(warehouse.connection)
    visits = pd.read_parquet(snapshot_path("store_visits", as_of))
    known = visits.loc[visits["receipt_count"] > 0, ["legal_group", "customer_id"]].drop_duplicates()
    if len(known) < LEAST_CUSTOMERS:
        told = f"The tenants have {len(known)} customers; a model of who returns needs {LEAST_CUSTOMERS}."
        return dg.MaterializeResult(metadata={"as_of": as_of.isoformat(), "reason": told})
    return hold_contest(context, warehouse, mlflow, QUESTION, units_of(visits).events, as_of, options)


def hold_contest(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    mlflow: MLflow,
    question: Any,
    events: Any,
    as_of: date,
    options: Any,
) -> dg.MaterializeResult[None]:
    """Contest, runs and versions in MLflow, promotion, deployment history; what a person sees of it in Dagster."""
    from ml_assets.contest import run_contest
    from ml_assets.contest.registry import load_champion_or_none, log_contest, promote

    champion = load_champion_or_none(question)
    contest = run_contest(question, events, as_of, options, on_progress=telling(context), champion=champion)
    runs = log_contest(contest, mlflow.tags(context))
    deployment = promote(contest, runs, deployed_by="dagster")
    record_deployment(warehouse.connection, deployment.as_row())
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "data_digest": contest.digest,
            "champion": f"{deployment.learner}, version {deployment.model_version}",
            "champion_is_new": deployment.is_new,
            "reason": deployment.reason,
            "mlflow_run": run_link(next((run.url for run in runs if run.run_id == deployment.run_id), None)),
            "contenders": _table(runs, question.shown_metrics),
        }
    )


def _table(runs: list[Any], shown: tuple[str, ...]) -> dg.MetadataValue[Any]:
    lines = ["| learner | version | " + " | ".join(shown) + " |", "| --- " * (len(shown) + 2) + "|"]
    for run in runs:
        figures = (f"{run.metrics[name]:.4g}" if name in run.metrics else "–" for name in shown)
        name = f"[{run.learner}]({run.url})" if run.url else run.learner
        lines.append(f"| {name} | {run.model_version} | " + " | ".join(figures) + " |")
    return dg.MetadataValue.md("\n".join(lines))
