"""What is wrong with this machine, and what to do: each check is one function that returns one finding."""

import ctypes.util
import locale
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from infra.local import postgres, processes, server, services
from infra.local.browser import installed_browser
from infra.local.environments import PIPELINE, SUPERSET
from infra.settings import REPOSITORY, Settings

Verdict = Literal["good", "poor", "bad"]


@dataclass(frozen=True)
class Finding:
    """`poor`: works with a loss. `bad`: `lyra up` will fail. `advice` says what to do."""

    subject: str
    verdict: Verdict
    found: str
    advice: str = ""


def diagnose(settings: Settings) -> list[Finding]:
    return [check(settings) for check in CHECKS]


def python(_settings: Settings) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", "good", f"{version} ({sys.executable})")


def environments(_settings: Settings) -> Finding:
    stale = [env.folder.relative_to(REPOSITORY) for env in (PIPELINE, SUPERSET) if not env.is_current()]
    if stale:
        return Finding("Environments", "poor", f"not made: {', '.join(map(str, stale))}", "`./lyra up` makes them.")
    return Finding("Environments", "good", "as the lock files say")


def disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_existing(settings.home)).free / 2**30
    found = f"{free:.0f} GiB free at {settings.home}"
    if free < 3:
        return Finding(
            "Disk", "bad", found, "The demo needs 3 GiB beside 3.5 GiB of packages: free some, or move LYRA_HOME."
        )
    if free < 10:
        return Finding("Disk", "poor", found, "Enough for the demo; the large sample needs 10 GiB.")
    return Finding("Disk", "good", found)


def memory(_settings: Settings) -> Finding:
    available = psutil.virtual_memory().available / 2**30
    found = f"{available:.1f} GiB available"
    if available < 3:
        return Finding("Memory", "bad", found, "Services take about 2 GiB and training 1.5 GiB more: close something.")
    if available < 5:
        return Finding("Memory", "poor", found, "Enough for the demo; the large sample wants 8 GiB.")
    return Finding("Memory", "good", found)


def ports(settings: Settings) -> Finding:
    ours = {s.port for s in services.SERVICES if s.port and processes.running(s, settings)}
    taken = []
    for name in ("superset", "dagster", "mlflow", "postgres", "dagster_code"):
        port = settings.port(name)
        mine = name in ours or (name == "postgres" and (settings.database_url or _embedded_runs(settings)))
        if not mine:
            try:
                processes.require_free(port, name)
            except processes.PortTaken:
                taken.append(f"{port} ({name}) by {processes.holder_of(port)}")
    span = f"{settings.port_base} to {settings.port_base + 4}"
    if taken:
        return Finding("Ports", "bad", f"taken: {'; '.join(taken)}", "Stop it, or choose others with LYRA_PORT_BASE.")
    return Finding("Ports", "good", f"{span} are ours or free")


def home(settings: Settings) -> Finding:
    folder = _existing(settings.home)
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            "LYRA_HOME", "bad", f"{folder}: {error.strerror}", "Name a folder you may write to: LYRA_HOME=/path."
        )
    return Finding("LYRA_HOME", "good", f"{settings.home} is writable")


def secrets_closed(settings: Settings) -> Finding:
    folder = settings.secrets.folder
    if not folder.is_dir():
        return Finding("Secrets", "good", "none yet; made at the first start")
    open_ones = [path.name for path in [folder, *folder.iterdir()] if path.stat().st_mode & 0o077]
    if open_ones and settings.secrets_dir is None:
        advice = f"chmod 700 {folder} && chmod 600 {folder}/*"
        return Finding("Secrets", "bad", f"readable by others: {', '.join(open_ones)}", advice)
    return Finding("Secrets", "good", str(folder))


def database(settings: Settings) -> Finding:
    if settings.database_url:
        try:
            return Finding("PostgreSQL", "good", f"external, {server.check(settings)}")
        except server.DatabaseUnsuitable as error:
            found, _, advice = str(error).partition("\n")
            return Finding("PostgreSQL", "bad", found, advice)
    try:
        folder = postgres.binaries()
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (postgres.PostgresFailed, OSError, subprocess.CalledProcessError) as error:
        return Finding(
            "PostgreSQL", "bad", f"embedded: {error}", "Install PostgreSQL 15 or newer, or set LYRA_DATABASE_URL."
        )
    return Finding("PostgreSQL", "good", f"embedded, {said.strip()}")


def root(_settings: Settings) -> Finding:
    """PostgreSQL refuses root: another user or a user namespace is needed then."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return Finding("User", "good", f"uid {os.geteuid()}")
    if shutil.which("setpriv"):
        return Finding("User", "good", "root; PostgreSQL runs as nobody")
    tried = (
        subprocess.run(["unshare", "--user", "true"], capture_output=True, check=False)
        if shutil.which("unshare")
        else None
    )
    if tried is not None and tried.returncode == 0:
        return Finding("User", "good", "root; PostgreSQL runs in a user namespace")
    return Finding("User", "bad", "root, without setpriv and without user namespaces", "Run as an ordinary user.")


def language(_settings: Settings) -> Finding:
    encoding = locale.getpreferredencoding(False)
    if encoding.lower().replace("-", "") != "utf8":
        return Finding("Locale", "poor", f"{encoding}", "Names are Cyrillic: export LANG=C.UTF-8 to see them here.")
    return Finding("Locale", "good", encoding)


def openmp(_settings: Settings) -> Finding:
    """LightGBM's wheel links it; scikit-learn's brings its own."""
    try:
        import lightgbm  # noqa: F401
    except OSError as error:
        how = "`brew install libomp`" if sys.platform == "darwin" else "`sudo apt-get install libgomp1`"
        return Finding("OpenMP", "bad", str(error), f"Install it: {how}.")
    return Finding("OpenMP", "good", ctypes.util.find_library("gomp") or ctypes.util.find_library("omp") or "found")


def browser(_settings: Settings) -> Finding:
    path = installed_browser()
    if path is None:
        return Finding("Chromium", "poor", "not found", "Only `./lyra test` needs it: sudo apt-get install chromium.")
    return Finding("Chromium", "good", path)


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    python, environments, home, disk, memory, ports, secrets_closed, root, database, language, openmp, browser,
)  # fmt: skip


def _embedded_runs(settings: Settings) -> bool:
    return (settings.home / "postgres" / "data").is_dir() and server.embedded(settings).is_running()


def _existing(path: Path) -> Path:
    """The folder itself or its nearest parent that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
