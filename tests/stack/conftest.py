"""A prepared server and a home of its own for the tests of the stack: they add tenants and start services."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.database.bootstrap import prepare
from infra.local import server
from infra.local.home import make_home
from infra.settings import REPOSITORY, Settings
from tests.conftest import free_port_base

Lyra = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def stack_settings() -> Iterator[Settings]:
    """An embedded PostgreSQL with roles, databases and migrations, and nothing else."""
    home = Path(tempfile.mkdtemp(prefix="lyra-stack-"))
    settings = Settings(home=home, port_base=free_port_base(), database_url=None, secrets_dir=None)
    make_home(settings)
    server.ensure(settings)
    try:
        prepare(settings)
        yield settings
    finally:
        server.embedded(settings).stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def lyra(tmp_path: Path) -> Lyra:
    """Run the `lyra` command: `lyra("run", "--date", "x", LYRA_HOME=…)`. By default its home is an empty folder."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LYRA_")}
        environment |= {"LYRA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(REPOSITORY), **variables}
        command = [sys.executable, "-P", "-m", "infra.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.fixture
def of_stack(stack_settings: Settings) -> dict[str, str]:
    """The variables by which a command finds the stack of `stack_settings`."""
    return {"LYRA_HOME": str(stack_settings.home), "LYRA_PORT_BASE": str(stack_settings.port_base)}
