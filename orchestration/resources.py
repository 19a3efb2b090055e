"""What assets work with: the warehouse, dbt, MLflow. No network and no secret before a run begins."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import psycopg
from dagster_dbt import DbtCliResource
from packaging.version import Version
from psycopg.conninfo import make_conninfo
from pydantic import PrivateAttr

from infra.settings import REPOSITORY, Settings
from orchestration.manifest import DBT, PROJECT, target_folder

WRITERS_LOCK = 4_702_111_234
"""Key of the advisory lock that whoever changes the warehouse holds: two runs at once wait for each other."""

COMMAND_LOCK = 4_702_111_235
"""Held by a command for all its runs: between two of them the sensor shall not start what the command is about to."""


def warehouse_dsn() -> str:
    """How to reach the warehouse: LYRA_PG_* where a service was given them, else the settings."""
    if "LYRA_PG_HOST" not in os.environ:
        return Settings().url("warehouse")
    names = ("host", "port", "user", "password", "database")
    values = {name: os.environ[f"LYRA_PG_{name.upper()}"] for name in names}
    return make_conninfo(dbname=values.pop("database"), **values)


KEPT_INVOCATIONS = 20
"""Folders of dbt's logs and results, 3 MB each, that are kept."""


class Warehouse(dg.ConfigurableResource[Any]):
    """One connection for all steps of a run, and the right to write: a second run waits until the first is over.

    The right is an advisory lock of this connection: it ends with the process, however the process ends, and it holds
    between the `lyra` command, the web UI and the daemon alike.
    """

    _connection: psycopg.Connection = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:
        with psycopg.connect(warehouse_dsn(), autocommit=True) as connection:
            connection.execute("set application_name = 'lyra pipeline'")
            _wait_for_the_right_to_write(connection, context)
            self._connection = connection
            yield self

    @property
    def connection(self) -> psycopg.Connection:
        """In autocommit mode: what belongs together goes into `with warehouse.connection.transaction()`."""
        return self._connection


def _wait_for_the_right_to_write(connection: psycopg.Connection, context: dg.InitResourceContext) -> None:
    waited = 0
    while not _is_granted(connection):
        if waited % 60 == 0 and context.log:
            context.log.info("Another run is writing to the warehouse: waiting until it is over.")
        time.sleep(1)
        waited += 1


def _is_granted(connection: psycopg.Connection) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", [WRITERS_LOCK]).fetchone()
    return row is not None and bool(row[0])


def somebody_is_writing(connection: psycopg.Connection) -> bool:
    """Does a run or a command hold the right to write?"""
    row = connection.execute(
        "select exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 1 "
        "and database = (select oid from pg_database where datname = current_database()) "
        "and (classid::bigint << 32) | objid::bigint = any(%s))",
        [[WRITERS_LOCK, COMMAND_LOCK]],
    ).fetchone()
    return row is not None and bool(row[0])


class Dbt(DbtCliResource):
    """dbt in a process of its own, without what dagster-dbt does before each call and nothing here needs:
    `dbt --version` (1.6 s) and an adapter in this process (1.3 s)."""

    @property
    def _cli_version(self) -> Version:
        from dbt.version import __version__

        return Version(__version__)

    def _initialize_dbt_core_adapter(self, args: Any) -> None:  # type: ignore[override]
        return None

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Tell dbt, through the environment that its process inherits, where the warehouse and its manifest are."""
        folder = target_folder(Settings())
        server = psycopg.conninfo.conninfo_to_dict(warehouse_dsn())
        os.environ |= {
            "DBT_TARGET_PATH": str(folder),
            # By default dbt runs a test with any of its parents: that of the pages ran before they were built.
            "DBT_INDIRECT_SELECTION": "buildable",
            "LYRA_PG_HOST": str(server["host"]),
            "LYRA_PG_PORT": str(server["port"]),
            "LYRA_PG_USER": str(server["user"]),
            "LYRA_PG_PASSWORD": str(server["password"]),
            "LYRA_PG_DATABASE": str(server["dbname"]),
        }
        invocations = sorted(
            (path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime
        )
        for old in invocations[:-KEPT_INVOCATIONS]:
            shutil.rmtree(old, ignore_errors=True)


def dbt_resource() -> Dbt:
    return Dbt(project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(DBT), target="warehouse")


class MLflow(dg.ConfigurableResource[Any]):
    """Where models live, and the tags by which a run of MLflow and a run of Dagster find each other."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        settings = Settings()
        os.environ.setdefault("MLFLOW_TRACKING_URI", settings.mlflow_url)
        if os.environ["MLFLOW_TRACKING_URI"] == settings.mlflow_url and "MLFLOW_TRACKING_PASSWORD" not in os.environ:
            os.environ["MLFLOW_TRACKING_USERNAME"] = "admin"
            os.environ["MLFLOW_TRACKING_PASSWORD"] = settings.secrets["mlflow_admin_password"]

    def tags(self, context: dg.AssetExecutionContext) -> dict[str, str]:
        return {
            "dagster.run_id": context.run.run_id,
            "dagster.asset": context.asset_key.to_user_string(),
            "git.sha": git_sha(),
        }


def run_link(url: str | None) -> dg.MetadataValue[Any]:
    """An MLflow run as metadata of an asset."""
    return dg.MetadataValue.url(url) if url else dg.MetadataValue.text("no page: the tracking store is not a server")


def git_sha() -> str:
    """The commit that runs; `unknown` where the code was installed without its history."""
    found = subprocess.run(
        ["git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
