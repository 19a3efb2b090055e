"""What `lyra status` tells: which services run, how fresh data and sources are, the last runs, and the red checks."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import psutil
import psycopg

from infra.freshness import SourceFreshness, sources_at
from infra.local import health, processes, server
from infra.local.services import SERVICES, Service
from infra.local.state import State
from infra.settings import Settings


@dataclass(frozen=True)
class ServiceStatus:
    """`state`: healthy, starting (runs, does not answer), down (should run), stopped (not asked for), external."""

    name: str
    title: str
    state: str
    address: str | None
    pid: int | None = None
    up_seconds: int | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Run:
    run_id: str
    job: str
    status: str
    partition: str | None
    started_at: str | None
    seconds: int | None


@dataclass(frozen=True)
class RedCheck:
    """The newest result of an asset check, where it is a failure."""

    asset: str
    check: str
    severity: str
    run_id: str
    at: str


@dataclass(frozen=True)
class StackStatus:
    services: list[ServiceStatus]
    loaded_until: str | None
    """Last business date on the dashboards."""
    published_at: str | None
    predicted_as_of: str | None
    sources: list[SourceFreshness]
    """As they are now, not when Dagster last looked."""
    last_run: Run | None
    """Of the pipeline."""
    last_upkeep: Run | None
    red_checks: list[RedCheck]
    problems: list[str]
    """What could not be read, and why."""

    @property
    def memory_bytes(self) -> int:
        return sum(service.memory_bytes or 0 for service in self.services)

    @property
    def is_good(self) -> bool:
        """Everything that should run answers, no source is overdue, nothing is red, nothing was unreadable."""
        ill = [service for service in self.services if service.state in ("down", "starting")]
        overdue = [source for source in self.sources if source.is_overdue]
        failed = [run for run in (self.last_run, self.last_upkeep) if run and run.status == "FAILURE"]
        errors = [check for check in self.red_checks if check.severity == "ERROR"]
        return not (ill or overdue or failed or errors or self.problems)

    def as_json(self) -> str:
        seen = {**asdict(self), "memory_bytes": self.memory_bytes, "is_good": self.is_good}
        return json.dumps(seen, ensure_ascii=False, indent=1, default=date.isoformat)


def observe(settings: Settings) -> StackStatus:
    """Look at everything once; takes about a second. Never raises for a part that is down: that is what it tells."""
    wanted = State.read(settings.home).wanted
    database = _postgres(settings, expected=bool(wanted))
    services = [database, *(_service(settings, name, wanted) for name in SERVICES)]
    problems: list[str] = []
    fresh: dict[str, str | None] = {}
    sources: list[SourceFreshness] = []
    runs: dict[str, Run] = {}
    red: list[RedCheck] = []
    if database.state in ("healthy", "external"):
        try:
            fresh, sources = _freshness(settings)
        except psycopg.Error as error:
            problems.append(f"freshness: {str(error).strip()}")
        try:
            runs, red = _dagster(settings)
        except psycopg.Error as error:
            problems.append(f"Dagster's database: {str(error).strip()}")
    return StackStatus(
        services, fresh.get("loaded_until"), fresh.get("published_at"), fresh.get("predicted_as_of"),
        sources, runs.get("pipeline"), runs.get("upkeep"), red, problems,
    )  # fmt: skip


def _postgres(settings: Settings, expected: bool) -> ServiceStatus:
    host, port = settings.server
    address = f"{host}:{port}"
    if not (settings.database_url or (settings.home / "postgres" / "data").is_dir()):
        return ServiceStatus("postgres", "PostgreSQL", "stopped", address)
    answers = health.postgres(settings)
    if settings.database_url:
        return ServiceStatus("postgres", "PostgreSQL", "external" if answers else "down", address)
    if not server.embedded(settings).is_running():
        return ServiceStatus("postgres", "PostgreSQL", "down" if expected else "stopped", address)
    pid = int((settings.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    found = processes.Running(psutil.Process(pid))
    return ServiceStatus(
        "postgres", "PostgreSQL", "healthy" if answers else "starting", address, pid, int(found.seconds), found.memory()
    )


def _service(settings: Settings, service: Service, wanted: list[str]) -> ServiceStatus:
    scheme = "" if service.port == "dagster_code" else "http://"
    address = f"{scheme}127.0.0.1:{settings.port(service.port)}" if service.port else None
    found = processes.running(service, settings)
    if found is None:
        return ServiceStatus(service.name, service.title, "down" if service.name in wanted else "stopped", address)
    state = "healthy" if service.is_healthy(settings) else "starting"
    return ServiceStatus(service.name, service.title, state, address, found.pid, int(found.seconds), found.memory())


def _freshness(settings: Settings) -> tuple[dict[str, str | None], list[SourceFreshness]]:
    """The oldest of the tenants' freshness lines, empty where nothing was published yet; and every source."""
    names = ("loaded_until", "published_at", "predicted_as_of")
    with psycopg.connect(settings.url("warehouse"), connect_timeout=5) as connection:
        sources = sources_at(connection, datetime.now(UTC))
        there = connection.execute("select to_regclass('serving.freshness')").fetchone()
        if not there or there[0] is None:
            return {}, sources
        row = connection.execute(
            "select min(loaded_until), min(published_at), min(predicted_as_of) from serving.freshness"
        ).fetchone()
    return {name: _text(value) for name, value in zip(names, row or (None, None, None), strict=True)}, sources


CHECKED_HERE = ["is_fresh", "no_day_is_missing"]
"""Dagster's results of these are as old as its last look; the sources are judged anew at each call."""


def _dagster(settings: Settings) -> tuple[dict[str, Run], list[RedCheck]]:
    """Newest run of the pipeline and of upkeep, and the red checks. Read from Dagster's own tables: its Python
    interface takes three seconds to import."""
    with psycopg.connect(settings.url("dagster"), connect_timeout=5) as connection:
        present = connection.execute("select to_regclass('runs'), to_regclass('asset_check_executions')").fetchone()
        if not present or None in present:
            return {}, []
        runs = connection.execute(
            "select distinct on (kind) case pipeline_name when 'upkeep' then 'upkeep' else 'pipeline' end as kind, "
            "run_id, pipeline_name, status, partition, start_time, end_time from runs "
            "where pipeline_name <> 'freshness' order by kind, id desc"
        ).fetchall()
        checks = connection.execute(
            "select asset_key, check_name, evaluation_event, run_id, create_timestamp from ("
            "  select distinct on (asset_key, check_name) * from asset_check_executions"
            "  where execution_status <> 'PLANNED' order by asset_key, check_name, id desc"
            ") as newest where execution_status = 'FAILED' and check_name <> all(%s) order by asset_key, check_name",
            [CHECKED_HERE],
        ).fetchall()
    return {kind: _run(run) for kind, *run in runs}, [_red(*check) for check in checks]


def _run(row: Sequence[Any]) -> Run:
    run_id, job, status, partition, start, end = row
    started = datetime.fromtimestamp(start, UTC).isoformat(timespec="seconds") if start else None
    return Run(run_id, job, status, partition, started, int(end - start) if start and end else None)


def _red(asset_key: str, check: str, event: str | None, run_id: str, at: datetime) -> RedCheck:
    severity = "WARN" if "AssetCheckSeverity.WARN" in (event or "") else "ERROR"
    asset = "/".join(json.loads(asset_key)) if asset_key.startswith("[") else asset_key
    return RedCheck(asset, check, severity, run_id, at.replace(tzinfo=UTC).isoformat(timespec="seconds"))


def _text(value: date | datetime | None) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if value else None
