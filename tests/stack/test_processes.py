"""Services as processes: found again, not mistaken for others, ended with their children; the status sees a death."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from infra.local import health, processes, version
from infra.local.home import make_home
from infra.local.observe import observe
from infra.local.services import SERVICES, Service, UnknownService, find
from infra.local.state import State
from infra.settings import Settings
from tests.stack.conftest import Lyra

SLEEPER = Service("sleeper", "Sleeper", lambda s: [], lambda s: {}, lambda s: False, code=(), patience=2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path, database_url=None, secrets_dir=None)
    make_home(settings)
    return settings


def spawn(settings: Settings, program: str = "import time; time.sleep(60)", name: str = "sleeper") -> psutil.Process:
    marks = {"LYRA_SERVICE": name, "LYRA_SERVICE_HOME": str(settings.home)}
    child = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, **marks}, start_new_session=True)
    time.sleep(0.3)
    return psutil.Process(child.pid)


def test_a_pid_that_was_given_to_somebody_else_is_not_our_service(settings: Settings) -> None:
    somebody = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        written = {"pid": somebody.pid, "started": psutil.Process(somebody.pid).create_time() - 100}
        (settings.home / "run" / "sleeper.json").write_text(json.dumps(written))
        assert processes.running(SLEEPER, settings) is None
        assert processes.stop(SLEEPER, settings) is False
        assert somebody.poll() is None
        assert not (settings.home / "run" / "sleeper.json").exists()
    finally:
        somebody.kill()
        somebody.wait()


@pytest.mark.parametrize("text", ["", "{", '{"pid": "x"}', '{"pid": 999999999, "started": 1}'])
def test_a_broken_or_stale_pid_file_means_not_running(settings: Settings, text: str) -> None:
    (settings.home / "run" / "sleeper.json").write_text(text)
    assert processes.running(SLEEPER, settings) is None


def test_a_service_whose_pid_file_was_lost_is_found_by_its_marks(settings: Settings) -> None:
    process = spawn(settings)
    found = processes.running(SLEEPER, settings)
    assert found is not None
    assert found.pid == process.pid
    assert processes.stop(SLEEPER, settings)
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_service_runs_on_while_its_code_and_settings_are_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(version, "REPOSITORY", tmp_path)
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("1")
    service = dataclasses.replace(SLEEPER, code=("code",))
    before = version.version_of(service, settings)
    (tmp_path / "code" / "a.pyc").write_text("compiled")
    assert version.version_of(service, settings) == before
    (tmp_path / "code" / "b.py").write_text("2")
    after = version.version_of(service, settings)
    assert after != before
    assert version.version_of(service, settings.model_copy(update={"port_base": 9999})) != after


def test_a_service_that_ignores_the_request_to_end_is_ended_with_its_children(settings: Settings) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    program = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {stubborn + 'time.sleep(60)'!r}]); "
        + stubborn
        + "time.sleep(60)"
    )
    process = spawn(settings, program)
    family = [process, *process.children()]
    assert len(family) == 2
    assert processes.stop(SLEEPER, settings, patience=0.5)
    assert all(not one.is_running() or one.status() == psutil.STATUS_ZOMBIE for one in family)


def test_a_service_that_ends_while_starting_is_reported_with_the_end_of_its_log(settings: Settings) -> None:
    (settings.home / "logs" / "sleeper.log").write_text("first\nNo module named orchestra\n")
    with pytest.raises(processes.ServiceFailed, match=r"ended while starting[\s\S]*No module named orchestra"):
        processes.wait_healthy(SLEEPER, settings)


def test_a_service_that_never_answers_is_reported(settings: Settings) -> None:
    process = spawn(settings)
    try:
        with pytest.raises(processes.ServiceFailed, match="did not answer within 2 s"):
            processes.wait_healthy(SLEEPER, settings)
    finally:
        process.kill()


def test_the_files_of_the_home_are_closed_to_others(settings: Settings) -> None:
    for folder in ("source", "landing", "logs", "secrets", "run", "snapshots"):
        assert (settings.home / folder).stat().st_mode & 0o077 == 0, folder
    assert {path.stat().st_mode & 0o777 for path in (settings.home / "secrets").iterdir()} == {0o600}
    assert settings.home.stat().st_mode & 0o066 == 0


def test_no_secret_is_on_a_command_line(settings: Settings) -> None:
    secrets = {path.read_text() for path in (settings.home / "secrets").iterdir()}
    for service in SERVICES:
        command = " ".join(service.command(settings))
        assert not any(secret in command for secret in secrets), service.name


def test_an_unknown_service_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(UnknownService, match="dagster-webserver"):
        find("dagster")


def test_a_killed_service_shows_in_the_status_and_is_started_again(
    stack_settings: Settings, lyra: Lyra, of_stack: dict[str, str]
) -> None:
    webserver = find("dagster-webserver")
    try:
        first = processes.start(webserver, stack_settings)
        processes.wait_healthy(webserver, stack_settings)
        State(wanted=["dagster-webserver"]).write(stack_settings.home)
        status = lyra("status", "--json", **of_stack)
        assert status.returncode == 0, status.stdout
        seen = json.loads(status.stdout)
        assert seen["is_good"]
        assert seen["memory_bytes"] > 50 * 2**20
        states = {service["name"]: service["state"] for service in seen["services"]}
        assert states == {
            "postgres": "healthy", "dagster-webserver": "healthy", "mlflow": "stopped", "superset": "stopped",
            "dagster-code": "stopped", "dagster-daemon": "stopped",
        }  # fmt: skip

        os.killpg(first.pid, signal.SIGKILL)
        time.sleep(0.5)
        status = lyra("status", "--json", **of_stack)
        assert status.returncode == 1
        assert not json.loads(status.stdout)["is_good"]
        assert [s.state for s in observe(stack_settings).services if s.name == "dagster-webserver"] == ["down"]

        second = processes.start(webserver, stack_settings)
        assert processes.start(webserver, stack_settings).pid == second.pid
        processes.wait_healthy(webserver, stack_settings)
        assert second.pid != first.pid
        assert (stack_settings.home / "logs" / "dagster-webserver.previous.log").exists()
    finally:
        processes.stop(webserver, stack_settings)
        State().write(stack_settings.home)
    assert not health.dagster_webserver(stack_settings)
