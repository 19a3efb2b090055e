"""One tiny bank, built once; a test that changes it gets a copy."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import psycopg
import pytest

from infra.settings import REPOSITORY, Settings
from tests.dbt.tiny_bank import TENANTS, draw_purchases, load

Dbt = Callable[..., None]


@pytest.fixture(scope="session")
def purchases() -> pd.DataFrame:
    return draw_purchases()


@pytest.fixture(scope="session")
def target_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture(scope="session")
def built(cluster: Settings, purchases: pd.DataFrame, target_folder: Path) -> Iterator[str]:
    """URL of a warehouse in which the tiny bank was built and every dbt test passed. Read it, change nothing."""
    yield from new_database(cluster, "warehouse", lambda url: _build(url, purchases, target_folder))


@pytest.fixture
def copy_of_built(cluster: Settings, built: str) -> Iterator[str]:
    """URL of a copy that a test may change."""
    yield from new_database(cluster, urlsplit(built).path[1:], lambda url: None)


@pytest.fixture
def dbt(target_folder: Path) -> Dbt:
    """Call dbt on a warehouse: `dbt(url, "build", …)`; fails with its output."""
    return lambda url, *arguments: run_dbt(url, target_folder, *arguments)


@pytest.fixture
def tenant_password(cluster: Settings) -> Iterator[str]:
    """Both tenants' database roles exist, with this password."""
    password = uuid.uuid4().hex
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        for role in TENANTS.values():
            admin.execute(f"create role {role} login password '{password}' in role bi_tenant")
        yield password
        for role in TENANTS.values():
            admin.execute(f"drop role {role}")


def run_dbt(url: str, target_folder: Path, *arguments: str) -> None:
    parts = urlsplit(url)
    project = REPOSITORY / "dbt_project"
    result = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *arguments,
            "--project-dir",
            str(project),
            "--profiles-dir",
            str(project),
        ],
        env={
            **os.environ,
            **psycopg_environment(url),
            "LYRA_PG_DATABASE": parts.path[1:],
            "DBT_TARGET_PATH": str(target_folder),
            "DBT_LOG_PATH": str(target_folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]


def psycopg_environment(url: str) -> dict[str, str]:
    given = psycopg.conninfo.conninfo_to_dict(url)
    return {f"LYRA_PG_{name.upper()}": str(given[name]) for name in ("host", "port", "user", "password")}


def _build(url: str, purchases: pd.DataFrame, target_folder: Path) -> None:
    with psycopg.connect(url) as connection:
        load(connection, purchases)
    run_dbt(url, target_folder, "build")


def new_database(cluster: Settings, template: str, fill: Callable[[str], None]) -> Iterator[str]:
    name = f"dbt_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template} owner lyra_pipeline")
        admin.execute(f"grant connect on database {name} to bi_tenant")
        url = cluster.url("warehouse").rsplit("/", 1)[0] + "/" + name
        try:
            fill(url)
            yield url
        finally:
            admin.execute(f"drop database {name} with (force)")
