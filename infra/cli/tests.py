"""`lyra test`: everything that tests need, then all tests."""

import os
import shutil
import subprocess
import sys

import typer

from infra.local.browser import installed_browser
from infra.local.environments import SUPERSET
from infra.settings import REPOSITORY


class NoBrowser(RuntimeError):
    """No Chromium, and no way to install one from here."""


def test(context: typer.Context) -> None:
    """Install what tests need (also Chromium, where missing) and run all tests; arguments are pytest's."""
    SUPERSET.ensure(say=lambda line: print(f"lyra: {line}", file=sys.stderr))
    ensure_browser()
    environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    command = [sys.executable, "-m", "pytest", *(context.args or side_by_side())]
    raise typer.Exit(subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode)


def side_by_side() -> list[str]:
    """All tests on two processes: the whole stack of tests/end_to_end mostly waits, the other folders run beside it."""
    return ["--numprocesses", str(min(2, os.cpu_count() or 1)), "--dist", "loadscope", "--no-loadscope-reorder"]


def ensure_browser() -> str:
    """Path of a Chromium. Installs Debian's where root may. Raises NoBrowser, saying what to do."""
    if found := installed_browser():
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        for command in (
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"],
        ):
            subprocess.run(
                command, check=True, stdout=sys.stderr, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            )
        if found := installed_browser():
            return found
    raise NoBrowser(
        "The browser tests need Chromium: `sudo apt-get install chromium`, `sudo dnf install chromium`, or "
        "`brew install --cask chromium`. Without it run the others: ./lyra test --ignore=tests/browser"
    )
