"""snapshot → MLflow: parameters of a learner, searched on training windows when somebody asks for it."""

from datetime import date
from typing import Any

import dagster as dg
import psycopg
from pydantic import Field

from orchestration.features import newest_day, sound_snapshot
from orchestration.progress import telling
from orchestration.resources import MLflow, run_link, warehouse_dsn
from orchestration.train import holiday_country


class TuningOptions(dg.Config):
    question: str = Field("purchasing-power", description="purchasing-power, retention or demand")
    learner: str = Field("lightgbm", description="One that ml_assets/tuning/grid.py has a grid for.")
    candidates: int = Field(8, ge=1, description="How many are tried, the parameters that stand among them.")
    folds: int = Field(5, ge=1, le=5, description="Fifths of the customers, or windows of demand.")
    threads: int = 2


@dg.asset(
    deps=["customer_events_snapshot", "store_visits_snapshot", "demand_series_snapshot"],
    group_name="tune",
    kinds={"mlflow", "python"},
)
def tuned_parameters(
    context: dg.AssetExecutionContext, config: TuningOptions, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """The best of some candidates for a learner's parameters; to use them, give them to the contest's configuration.

    Takes no right to write to the warehouse: loading goes on beside a search of an hour.
    """
    from ml_assets.tuning import log_tuning

    with psycopg.connect(warehouse_dsn()) as connection:
        as_of, country = newest_day(connection), holiday_country(connection)
    tuned = log_tuning(tuning_of(config, as_of, country), mlflow.tags(context), telling(context))
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "reason": tuned.reason,
            "parameters": dg.MetadataValue.json(dict(tuned.parameters)),
            "chance": tuned.chance,
            "mlflow_run": run_link(tuned.url),
        }
    )


def tuning_of(config: TuningOptions, as_of: date, country: str | None) -> Any:
    """The search that is asked for, on the newest snapshot. Raises BadInput where there is no grid for it."""
    import pandas as pd

    from ml_assets.histories import read_snapshot
    from ml_assets.tuning import TuningConfig, grid_of, tune_customers, tune_demand

    grid_of(config.question, config.learner)
    options = TuningConfig(candidates=config.candidates, folds=config.folds)
    if config.question == "demand":
        from ml_assets.demand import DemandConfig, read_series

        series = read_series(sound_snapshot("demand_series", as_of))
        return tune_demand(
            config.learner, series, as_of, DemandConfig(threads=config.threads, country=country), options
        )
    if config.question == "retention":
        from ml_assets import retention

        events = retention.units_of(pd.read_parquet(sound_snapshot("store_visits", as_of))).events
        settings = retention.ContestConfig(threads=config.threads)
        return tune_customers(retention.QUESTION, config.learner, events, as_of, settings, options)
    from ml_assets import purchasing_power

    events = read_snapshot(sound_snapshot("customer_events", as_of)).events
    spend = purchasing_power.ContestConfig(threads=config.threads)
    return tune_customers(purchasing_power.QUESTION, config.learner, events, as_of, spend, options)
