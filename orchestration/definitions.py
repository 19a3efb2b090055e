"""The code location: everything that Dagster shows and runs."""

import dagster as dg

from orchestration import (
    benchmarks,
    embeddings,
    features,
    ingest,
    jobs,
    look_alikes,
    monitor,
    predict,
    publish,
    quality,
    reconcile,
    segments,
    sensors,
    stock,
    train,
    transform,
    tune,
    upkeep,
)
from orchestration.resources import MLflow, Warehouse, dbt_resource


@dg.definitions
def lyra() -> dg.Definitions:
    return dg.Definitions(
        assets=[
            ingest.landed_files,
            ingest.raw_transactions,
            transform.tenants,
            transform.marts,
            reconcile.reconciled_days,
            features.customer_events_snapshot,
            features.store_visits_snapshot,
            features.demand_series_snapshot,
            train.purchasing_power_contest,
            train.retention_contest,
            train.demand_contest,
            train.category_priority_contest,
            segments.segments_model,
            tune.tuned_parameters,
            predict.purchasing_power_predictions,
            predict.retention_predictions,
            predict.demand_forecast,
            predict.category_priority_predictions,
            segments.customer_segments,
            embeddings.customer_embeddings,
            look_alikes.look_alike_counts,
            stock.stock_plans,
            quality.forecast_scores,
            quality.forecast_drift,
            quality.model_health,
            benchmarks.benchmark_candidate,
            benchmarks.benchmark_release,
            transform.serving_candidate,
            publish.published_tables,
            upkeep.expired_months,
            upkeep.coming_months,
            upkeep.vacuumed_partitions,
        ],
        asset_checks=[
            benchmarks.no_competitor_can_be_told,
            predict.predictions_are_sane,
            predict.retention_is_sane,
            predict.demand_is_sane,
            predict.categories_are_sane,
            monitor.no_day_is_missing,
            monitor.is_fresh,
        ],
        jobs=jobs.jobs,
        sensors=[sensors.landing_folder, sensors.loaded_days, sensors.degraded_models],
        schedules=[sensors.hourly_look, sensors.nightly_upkeep, sensors.nightly_loading, sensors.weekly_contest],
        resources={"warehouse": Warehouse(), "dbt": dbt_resource(), "mlflow": MLflow()},
        executor=dg.in_process_executor,  # a step in a process of its own costs 3 s of imports
    )
