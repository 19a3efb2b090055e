"""Starts, finds and stops the services as processes of this machine.

A pid alone proves nothing (it may have been given to somebody else since): a pid file also holds the moment its process
started, and the process itself carries LYRA_SERVICE and LYRA_HOME in its environment, by which it is found again when
the pid file was lost.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from infra.local.environment import base, lyra
from infra.local.services import Service
from infra.local.version import version_of
from infra.settings import REPOSITORY, Settings


class PortTaken(RuntimeError):
    """Another program listens where a service of ours should."""


class ServiceFailed(RuntimeError):
    """A service ended or was not healthy in time; the message holds the end of its log."""


@dataclass(frozen=True)
class Running:
    """A living process of ours."""

    process: psutil.Process

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    @property
    def seconds(self) -> float:
        return time.time() - float(self.process.create_time())

    def memory(self) -> int:
        """Bytes that would be free without the process and its children: shared pages are counted in proportion."""
        return sum(map(proportional_memory, _family(self.process)))


def start(service: Service, settings: Settings) -> Running:
    """Start the service detached from us, or return the one that runs. Does not wait until it is healthy.

    One that was started from other code or settings is ended first. Raises PortTaken.
    """
    found, version = running(service, settings), version_of(service, settings)
    if found and _said(service.name, settings).get("version") == version:
        return found
    if found:
        stop(service, settings)
    end_orphans(service, settings)
    if service.port:
        require_free(settings.port(service.port), service.title)
    log = log_file(service.name, settings)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    marks = {"LYRA_SERVICE": service.name, "LYRA_SERVICE_HOME": str(settings.home)}
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "infra.local.serve", service.name],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
            env={**base(settings), **lyra(settings), **marks},
            start_new_session=True,
        )
    process = psutil.Process(child.pid)
    _write_pid(service.name, settings, process, version)
    return Running(process)


def wait_healthy(service: Service, settings: Settings, give_up: Callable[[], bool] = lambda: False) -> float:
    """Seconds until the service answered. Raises ServiceFailed with the end of its log, also when told to give up."""
    begun = time.monotonic()
    while not service.is_healthy(settings):
        waited = time.monotonic() - begun
        if running(service, settings) is None:
            raise ServiceFailed(f"{service.title} ended while starting.\n{_tail(service.name, settings)}")
        if waited > service.patience:
            raise ServiceFailed(
                f"{service.title} did not answer within {service.patience:.0f} s.\n{_tail(service.name, settings)}"
            )
        if give_up():
            raise ServiceFailed(f"{service.title} was not waited for any longer.")
        time.sleep(0.3)
    return time.monotonic() - begun


def stop(service: Service, settings: Settings, patience: float = 15) -> bool:
    """Ask the process group to end, then end it. False if the service did not run."""
    found = running(service, settings)
    if found is None:
        _pid_file(service.name, settings).unlink(missing_ok=True)
        return False
    family = _family(found.process)
    _signal_group(found.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=patience)
    if alive:
        _signal_group(found.pid, signal.SIGKILL)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=5)
    _pid_file(service.name, settings).unlink(missing_ok=True)
    return True


def end_orphans(service: Service, settings: Settings) -> None:
    """End what outlived a killed service: its children still hold the port (MLflow's worker does)."""
    if running(service, settings):
        return
    orphans = [process for process in psutil.process_iter() if _is_marked(process, service.name, settings)]
    for process in orphans:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(orphans, timeout=5)


def running(service: Service, settings: Settings) -> Running | None:
    """The service's process, if it lives: by its pid file, else by the marks in its environment."""
    process = _from_pid_file(service.name, settings) or _from_marks(service.name, settings)
    return Running(process) if process else None


def require_free(port: int, title: str) -> None:
    """Raises PortTaken, naming who has it where that can be known."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(
                f"Port {port}, which {title} needs, is taken by {holder_of(port)}. "
                "Stop it, or choose five other ports in a row with LYRA_PORT_BASE (for example LYRA_PORT_BASE=9700)."
            ) from error


def holder_of(port: int) -> str:
    """`name (pid 123)` of whoever listens on a port, as far as this user may see."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                if connection.pid is None:
                    break
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "another program"


def log_file(name: str, settings: Settings) -> Path:
    return settings.home / "logs" / f"{name}.log"


def proportional_memory(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        memory = process.memory_full_info()
        return int(getattr(memory, "pss", 0) or memory.uss)
    return 0


def _tail(name: str, settings: Settings, lines: int = 25) -> str:
    log = log_file(name, settings)
    end = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
    return "\n".join([f"The end of {log}:", *end])


def _pid_file(name: str, settings: Settings) -> Path:
    return settings.home / "run" / f"{name}.json"


def _said(name: str, settings: Settings) -> dict[str, Any]:
    try:
        said = json.loads(_pid_file(name, settings).read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _write_pid(name: str, settings: Settings, process: psutil.Process, version: str) -> None:
    path = _pid_file(name, settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"pid": process.pid, "started": process.create_time(), "version": version}))
    partial.replace(path)


def _from_pid_file(name: str, settings: Settings) -> psutil.Process | None:
    said = _said(name, settings)
    try:
        process = psutil.Process(int(said["pid"]))
        same = abs(process.create_time() - float(said["started"])) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (ValueError, KeyError, TypeError, psutil.Error):
        return None


def _from_marks(name: str, settings: Settings) -> psutil.Process | None:
    """The leader of a session whose environment names this service and this home."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(process.pid) == process.pid and _is_marked(process, name, settings):
                _write_pid(name, settings, process, version="unknown")
                return process
    return None


def _is_marked(process: psutil.Process, name: str, settings: Settings) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        marks = process.environ()
        return marks.get("LYRA_SERVICE") == name and marks.get("LYRA_SERVICE_HOME") == str(settings.home)
    return False


def _family(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return [process, *process.children(recursive=True)]
    return [process]


def _signal_group(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, what)
