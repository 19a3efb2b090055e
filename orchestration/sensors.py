"""What starts runs: a new file in the landing folder, days that are loaded but not computed, a degraded model, an hour,
the night, the week."""

from datetime import UTC, datetime

import dagster as dg
import psycopg

from infra.settings import Settings
from orchestration.jobs import compute_days, freshness, ingest, refresh, refresh_and_train, upkeep
from orchestration.landing import BEING_WRITTEN, fingerprint, look_into
from orchestration.monitor import state_of_sources
from orchestration.plan import newest_day_again, state_key, what_is_due
from orchestration.quality import degraded_now
from orchestration.resources import somebody_is_writing, warehouse_dsn


@dg.sensor(job=ingest, minimum_interval_seconds=30, default_status=dg.DefaultSensorStatus.RUNNING)
def landing_folder(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Load the landing folder when a file in it is new or was written again, and nothing is being written any more."""
    folder = Settings().landing
    landing = look_into(folder)
    if still := [path.name for path, reason in landing.waiting.items() if reason == BEING_WRITTEN]:
        return dg.SkipReason(f"{', '.join(still[:3])}: still being written to {folder}.")
    seen = fingerprint(landing.whole)
    if seen == (context.cursor or ""):
        waits = "".join(f" {path.name} waits for {reason}." for path, reason in landing.waiting.items())
        return dg.SkipReason(f"{folder} holds {len(landing.whole)} deliveries, all of them seen before.{waits}")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=seen)] if landing.whole else [], cursor=seen)


@dg.sensor(
    jobs=[compute_days, refresh, refresh_and_train],
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def loaded_days(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Compute and publish what files changed. A state is asked for once: a failed run waits for a person."""
    with psycopg.connect(warehouse_dsn(), autocommit=True) as connection:
        if somebody_is_writing(connection):
            return dg.SkipReason("A run is under way.")
        due = what_is_due(connection)
        if not due:
            return dg.SkipReason("The last release holds everything that is loaded.")
        run_key = state_key(connection, due[0])
    return dg.RunRequest(run_key=run_key, job_name=due[0].job, tags=due[0].window.as_run_tags())


@dg.sensor(job=refresh_and_train, minimum_interval_seconds=300, default_status=dg.DefaultSensorStatus.RUNNING)
def degraded_models(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Let the models compete again when one is degraded, once a week for each: the truth of what a new champion says
    takes a month to come, and until then the forecasts of the one before are judged. The gate is the same as ever."""
    with psycopg.connect(warehouse_dsn(), autocommit=True) as connection:
        degraded = degraded_now(connection)
        if not degraded:
            return dg.SkipReason("No model in charge is degraded.")
        if somebody_is_writing(connection):
            return dg.SkipReason("A run is under way.")
        due = newest_day_again(connection, train=True)
    run_key = "; ".join(f"{name} degraded in week {as_of:%G-%V}" for name, as_of in degraded)
    return dg.RunRequest(run_key=run_key, tags={**due[0].window.as_run_tags(), "lyra/reason": run_key})


@dg.schedule(
    job=freshness,
    cron_schedule="0 * * * *",
    execution_timezone=Settings().time_zone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def hourly_look(_context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """A day turns red when its hour passes, though no file arrives. A state is looked at once: 8,760 runs a year would
    bury the others."""
    with psycopg.connect(warehouse_dsn()) as connection:
        return dg.RunRequest(run_key=state_of_sources(connection, datetime.now(UTC)))


@dg.schedule(
    job=upkeep,
    cron_schedule="30 0 * * *",
    execution_timezone=Settings().time_zone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def nightly_upkeep(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Three hours before the night's loading: nothing waits for it, and what it frees the new day can use."""
    return dg.RunRequest(run_key=f"upkeep {context.scheduled_execution_time.date()}")


@dg.schedule(
    job=ingest,
    cron_schedule="30 3 * * *",
    execution_timezone=Settings().time_zone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def nightly_loading(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Load the landing folder once a night, whatever the sensor saw; the days then follow by `loaded_days`."""
    return dg.RunRequest(run_key=f"night {context.scheduled_execution_time.date()}")


@dg.schedule(
    job=refresh_and_train,
    cron_schedule="0 5 * * 0",
    execution_timezone=Settings().time_zone,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def weekly_contest(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Let all models compete again once a week; the champion stays unless it is beaten."""
    with psycopg.connect(warehouse_dsn()) as connection:
        due = newest_day_again(connection, train=True)
    if not due:
        return dg.SkipReason("Nothing is loaded yet.")
    return dg.RunRequest(run_key=f"week {context.scheduled_execution_time.date()}", tags=due[0].window.as_run_tags())
