"""`lyra bench NAME`."""

import subprocess
import sys
from typing import Annotated

import typer

from infra.local.environments import PIPELINE
from infra.settings import REPOSITORY

BENCHES = {
    "models": (("test", "completejourney", "cdnow"), ["tests.benchmarks.models"]),
    "warehouse": (("test", "bench"), ["tests.benchmarks"]),
}
"""What each bench needs installed, and what it runs."""


def bench(context: typer.Context, name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.")]) -> None:
    """Measure, and write the table into the documentation; further arguments are the bench's own (try --help)."""
    if name not in BENCHES:
        raise typer.BadParameter(f"{name!r} is no bench. There are: {', '.join(BENCHES)}.")
    needs, module = BENCHES[name]
    PIPELINE.ensure((*PIPELINE.locks, *needs), say=lambda line: print(f"lyra: {line}", file=sys.stderr))
    command = [sys.executable, "-m", *module, *context.args]
    raise typer.Exit(subprocess.run(command, cwd=REPOSITORY, check=False).returncode)
