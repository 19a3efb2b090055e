"""How it stands, from the warehouse alone: last release, what is due, what failed since."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from orchestration.resources import warehouse_dsn


def status() -> dict[str, Any]:
    """Last release, days that are loaded but not computed, failed steps and checks since the last release."""
    with psycopg.connect(warehouse_dsn(), row_factory=dict_row) as connection:
        release = connection.execute("select * from monitor.releases order by release_id desc limit 1").fetchone()
        pending = connection.execute("select business_date from monitor.pending_days order by 1").fetchall()
        failures = connection.execute(
            "select * from monitor.failures where failed_at > "
            "coalesce((select max(published_at) from monitor.releases), '-infinity') "
            "order by failure_id"
        ).fetchall()
    return {
        "last_release": _plain(release) if release else None,
        "pending_days": [str(row["business_date"]) for row in pending],
        "failures": [_plain(row) for row in failures],
        "red_checks": sorted({check for row in failures for check in row["failed_checks"]}),
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | list) else str(value) for name, value in row.items()}
