"""The code location over a small bank: built once a session, through Dagster, in a warehouse of its own."""

import io
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest

from infra.sample_bank import make_sample_bank
from infra.settings import Settings

if TYPE_CHECKING:
    from orchestration.execution import Execution

ONE_CONTENDER = {
    "purchasing_power_contest": {"contenders": ["rate"], "parameters": {"linear.penalty": 10}, "threads": 1},
    "retention_contest": {"contenders": ["recency"], "threads": 1},
    "demand_contest": {"contenders": ["weekday_median"], "threads": 1},
    "category_priority_contest": {"contenders": ["personal_frequency"], "threads": 1},
}
"""The contest itself is `ml_assets`' own test."""


@dataclass
class Chain:
    """A warehouse with the small bank, and what the runs on it said."""

    settings: Settings
    url: str
    source: Path
    execution: "Execution"
    first_run_passed: bool = False
    out: io.StringIO = field(default_factory=io.StringIO)

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(statement, parameters)
            return found.fetchall() if found.description else []

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture(scope="session")
def environment(cluster: Settings) -> Iterator[dict[str, str]]:
    """The variables of a pipeline process; set for the session, so that the code location is imported under them."""
    url = cluster.url("warehouse").rsplit("/", 1)[0] + "/warehouse_of_the_chain"
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        admin.execute("create database warehouse_of_the_chain template warehouse owner lyra_pipeline")
        admin.execute("grant connect on database warehouse_of_the_chain to bi_tenant, bi_gate, bi_staff")
    server = urlsplit(url)
    values = {
        "LYRA_HOME": str(cluster.home),
        "LYRA_PORT_BASE": str(cluster.port_base),
        "LYRA_PG_HOST": str(server.hostname),
        "LYRA_PG_PORT": str(server.port),
        "LYRA_PG_USER": "lyra_pipeline",
        "LYRA_PG_PASSWORD": cluster.secrets["lyra_pipeline_password"],
        "LYRA_PG_DATABASE": "warehouse_of_the_chain",
        "MLFLOW_TRACKING_URI": f"sqlite:///{cluster.home}/mlflow.db",
        "DAGSTER_HOME": str(cluster.home / "dagster"),
        "LYRA_TRAINER_EPOCHS": "2",
    }
    (cluster.home / "dagster").mkdir()
    (cluster.home / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    before, folder = {name: os.environ.get(name) for name in values}, Path.cwd()
    os.environ |= values
    os.chdir(cluster.home)  # MLflow keeps artifacts of a database store in the working directory
    yield values
    os.chdir(folder)
    for name, value in before.items():
        if value is None:
            os.environ.pop(name)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def chain(cluster: Settings, environment: dict[str, str]) -> Iterator[Chain]:
    """Files → dashboards: everything but the newest day's file has gone through."""
    import dagster as dg

    from orchestration.definitions import lyra
    from orchestration.execution import Execution
    from orchestration.partitions import Window
    from orchestration.resources import warehouse_dsn

    source = cluster.home / "bank"
    make_sample_bank(source, "small")
    newest = max((source / "transactions").iterdir())
    (cluster.home / "later").mkdir()
    shutil.move(newest, cluster.home / "later")
    url = psycopg.conninfo.make_conninfo(warehouse_dsn())
    _add_tenants(url, source)
    out = io.StringIO()
    with dg.DagsterInstance.ephemeral() as instance:
        chain = Chain(cluster, url, source, Execution(instance, lyra(), out), out=out)
        loaded = chain.execution.run("ingest", config={"landed_files": {"source": str(source)}})
        first, last = chain.query("select min(business_date), max(business_date) from monitor.pending_days")[0]
        chain.first_run_passed = loaded and chain.execution.run(
            "refresh_and_train", Window.of_days(first, last), config=ONE_CONTENDER
        )
        yield chain


def _add_tenants(url: str, source: Path) -> None:
    """Their rows are enough here: nobody logs in."""
    lines = (source / "tenants.csv").read_bytes().decode("windows-1251").splitlines()
    with psycopg.connect(url) as connection:
        for number, line in enumerate(lines[1:]):
            name, group, language, login = line.split(";")
            connection.execute(
                "insert into security.tenants (name, legal_group, language, login, role_name) "
                "values (%s, %s, %s, %s, %s)",
                [name, group, language, login, f"t_{number:012x}"],
            )
