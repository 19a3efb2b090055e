"""The warehouse kept in order, night by night: old months go, coming months stand ready, what changed is vacuumed."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from infra.settings import Settings
from orchestration.months import anchor, make_ahead, vacuum_changed
from orchestration.resources import Warehouse
from orchestration.retention import expire


@dg.asset(group_name="upkeep", kinds={"postgres"})
def expired_months(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Whole months older than LYRA_KEEP_MONTHS, counted from the newest loaded one, leave raw and all facts."""
    settings = Settings()
    gone = expire(warehouse.connection, settings.keep_months, _today())
    return dg.MaterializeResult(
        metadata={
            "kept_months": settings.keep_months or "all",
            "months": ", ".join(f"{each.month:%Y-%m}" for each in gone) or "none",
            "partitions": sum(each.partitions for each in gone),
            "rows": sum(each.rows for each in gone),
            "rows_of_quarantine": sum(each.quarantined for each in gone),
            "bytes_freed": sum(each.byte_count for each in gone),
        }
    )


@dg.asset(group_name="upkeep", kinds={"postgres"}, deps=[expired_months])
def coming_months(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Partitions of this month and the next two, of every table that is partitioned by month."""
    day = anchor(warehouse.connection, _today())
    made = make_ahead(warehouse.connection, day) if day else []
    return dg.MaterializeResult(
        metadata={"counted_from": str(day), "partitions": len(made), "made": ", ".join(map(str, made)) or "none"}
    )


@dg.asset(group_name="upkeep", kinds={"postgres"}, deps=[coming_months])
def vacuumed_partitions(warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Partitions that changed since they were last vacuumed: dead rows are freed, statistics and BRIN are current."""
    done = vacuum_changed(warehouse.connection)
    return dg.MaterializeResult(
        metadata={
            "partitions": len(done),
            "vacuumed": ", ".join(str(each.partition) for each in done) or "none",
            "dead_rows": sum(each.dead_rows for each in done),
            "rows": sum(each.changed_rows for each in done),
            "bytes_freed": sum(each.partition.byte_count - each.byte_count for each in done),
        }
    )


def _today() -> date:
    return datetime.now(ZoneInfo(Settings().time_zone)).date()
