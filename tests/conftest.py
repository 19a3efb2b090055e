"""A real PostgreSQL for every test that wants one: one throw-away cluster a session, one fresh warehouse a test."""

import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two threads beside another load: 0.12 s became 7-37 s

import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

from infra.database.bootstrap import prepare
from infra.local.postgres import Cluster
from infra.settings import Settings


class ByFolder(LoadScopeScheduling):
    """With several processes a folder of tests is one process's, since its tests share what is dear to build."""

    def _split_scope(self, nodeid: str) -> str:
        return _folder(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders that take longest begin, so that no process is left with one of them while the other has nothing."""
    items.sort(key=lambda item: (*LONGEST, _folder(item.nodeid)).index(_folder(item.nodeid)))


LONGEST = ("end_to_end", "orchestration", "ml_assets", "quality", "superset", "privacy")


def _folder(nodeid: str) -> str:
    return nodeid.removeprefix("tests/").split("/")[0]


def free_port_base(count: int = 5) -> int:
    """A base below the ephemeral range from which `count` ports in a row are free on 127.0.0.1."""
    for base in range(20000 + os.getpid() % 1000 * 10, 32000, 10):
        if all(_is_free(base + offset) for offset in range(count)):
            return base
    raise RuntimeError("No five free ports in a row below 32000")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="session")
def cluster() -> Iterator[Settings]:
    """A prepared throw-away cluster: roles, databases and migrations are there, the tables are empty."""
    home = Path(tempfile.mkdtemp(prefix="lyra-test-"))
    home.chmod(0o755)  # PostgreSQL runs as another user when the tests run as root
    settings = Settings(home=home, port_base=free_port_base(), database_url=None, secrets_dir=None)
    settings.secrets.generate_missing()
    server = Cluster(
        home / "postgres" / "data",
        settings.port("postgres"),
        settings.secrets["postgres_password"],
        options={"fsync": "off", "shared_buffers": "128MB"},
    )
    server.start()
    try:
        prepare(settings)
        yield settings
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def fresh_warehouse(cluster: Settings) -> Iterator[str]:
    """libpq URL (role lyra_pipeline) of a copy of the empty warehouse, dropped at the end."""
    name = f"warehouse_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        admin.execute(f"create database {name} template warehouse owner lyra_pipeline")
        admin.execute(f"grant connect on database {name} to bi_tenant, bi_gate, bi_staff")
    yield cluster.url("warehouse").rsplit("/", 1)[0] + "/" + name
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def warehouse_url(cluster: Settings) -> Iterator[str]:
    """libpq URL (role lyra_pipeline) of a fresh copy of the empty warehouse; dropped after the test."""
    with fresh_warehouse(cluster) as url:
        yield url


@pytest.fixture
def warehouse(warehouse_url: str) -> Iterator[psycopg.Connection]:
    """An open connection to the fresh warehouse of `warehouse_url`."""
    with psycopg.connect(warehouse_url) as connection:
        yield connection
