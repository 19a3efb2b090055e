"""What is red: failed steps written down for `lyra status`, sources that are overdue, days that are missing."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
import psycopg

from infra.freshness import SourceFreshness, parted_ends, sources_at
from orchestration.ingest import landed_files
from orchestration.resources import warehouse_dsn


@dg.failure_hook
def write_failure_down(context: dg.HookContext) -> None:
    """Leave the failed step, its error and its failed checks where `lyra status` finds them without Dagster."""
    evaluations = context.instance.all_logs(context.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    failed = []
    for record in evaluations:
        evaluation = record.get_dagster_event().asset_check_evaluation_data
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
            failed.append(f"{evaluation.asset_key.to_user_string()}:{evaluation.check_name}")
    with psycopg.connect(warehouse_dsn()) as connection:
        connection.execute(
            "insert into monitor.failures (dagster_run_id, job_name, step, error, failed_checks) "
            "values (%s, %s, %s, %s, %s)",
            [context.run_id, context.job_name, context.op.name, str(context.op_exception)[:4000], failed],
        )


@dg.asset_check(asset=landed_files)
def is_fresh() -> dg.AssetCheckResult:
    """Of every source of a living bank the day that is due has come; a closed history has no age."""
    sources = _sources_now()
    overdue = [source for source in sources if source.is_overdue]
    return dg.AssetCheckResult(
        passed=not overdue,  # an error, which turns the asset red, but not blocking: what came is published
        description=parted_ends(sources),
        metadata={
            "overdue": ", ".join(source.source for source in overdue) or "none",
            "sources": _table(
                ["source", "loaded until", "due", "overdue"],
                [[each.source, each.loaded_until, each.due_day, "yes" if each.is_overdue else ""] for each in sources],
            ),
        },
    )


@dg.asset_check(asset=landed_files)
def no_day_is_missing() -> dg.AssetCheckResult:
    """Between the first and the last loaded business date of a source there is no day without a purchase."""
    sources = _sources_now()
    return dg.AssetCheckResult(
        passed=not any(source.holes for source in sources),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "count": sum(source.missing_day_count for source in sources),
            "holes": _table(
                ["source", "from", "to", "days"],
                [[each.source, *vars(hole).values()] for each in sources for hole in each.holes],
            ),
        },
    )


def state_of_sources(connection: psycopg.Connection, now: datetime) -> str:
    """Changes when a file was loaded, and when a day becomes overdue."""
    newest = connection.execute("select max(file_id) from ingest.files").fetchone()
    return hashlib.sha256(repr((newest, sources_at(connection, now))).encode()).hexdigest()


def _sources_now() -> list[SourceFreshness]:
    """Read without the right to write: a day turns red also while a long run holds it."""
    with psycopg.connect(warehouse_dsn()) as connection:
        return sources_at(connection, datetime.now(UTC))


def _table(columns: list[str], rows: Sequence[Sequence[object]]) -> dg.MetadataValue[str]:
    lines = [columns, ["---"] * len(columns), *rows]
    return dg.MetadataValue.md(
        "\n".join(f"| {' | '.join('' if v is None else str(v) for v in line)} |" for line in lines)
    )
