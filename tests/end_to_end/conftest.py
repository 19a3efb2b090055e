"""One whole stack for the session, brought up as a user would: `./lyra up`, killed half-way, and `./lyra up` again."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.settings import REPOSITORY, Settings
from tests.conftest import free_port_base

ARTIFACTS = REPOSITORY / "tests" / "artifacts"


@dataclass(frozen=True)
class Stack:
    """A running stack and how a user would talk to it."""

    settings: Settings
    environment: dict[str, str]

    def lyra(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [str(REPOSITORY / "lyra"), *arguments],
            env=self.environment, capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
        if check:
            assert result.returncode == 0, f"lyra {' '.join(arguments)}\n{result.stdout}\n{result.stderr}"
        return result

    def status(self) -> dict[str, Any]:
        return json.loads(self.lyra("status", "--json", check=False).stdout)

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.settings.url("warehouse")) as connection:
            return connection.execute(statement, parameters).fetchall()

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.settings.port(service)}"  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    home = Path(tempfile.mkdtemp(prefix="lyra-e2e-"))
    home.chmod(0o755)
    settings = Settings(home=home, port_base=free_port_base(), database_url=None, secrets_dir=None)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LYRA_")},
        "LYRA_HOME": str(home),
        "LYRA_PORT_BASE": str(settings.port_base),
        "LYRA_TRAINER_EPOCHS": "2",
    }
    stack = Stack(settings, environment)
    up = [str(REPOSITORY / "lyra"), "up", "--sample", "small"]
    killed = subprocess.Popen(up, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    time.sleep(20)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    try:
        begun = time.monotonic()
        result = stack.lyra("up", "--sample", "small")
        ARTIFACTS.mkdir(exist_ok=True)
        (ARTIFACTS / "up.txt").write_text(f"{result.stdout}\n{time.monotonic() - begun:.0f} s\n")
        yield stack
    finally:
        logs = ARTIFACTS / "logs"
        shutil.rmtree(logs, ignore_errors=True)
        if (home / "logs").is_dir():
            shutil.copytree(home / "logs", logs)
        stack.lyra("down", check=False)
        shutil.rmtree(home, ignore_errors=True)
