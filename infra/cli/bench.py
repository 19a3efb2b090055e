"""`lyra bench NAME`."""

import subprocess
import sys
from typing import Annotated

import typer

from infra.local.environments import PIPELINE
from infra.settings import REPOSITORY

BENCHES = ("purchasing-power",)


def bench(name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.")]) -> None:
    """Measure on public data, and write the table into the documentation."""
    if name not in BENCHES:
        raise typer.BadParameter(f"{name!r} is no bench. There are: {', '.join(BENCHES)}.")
    PIPELINE.ensure((*PIPELINE.locks, "completejourney"), say=lambda line: print(f"lyra: {line}", file=sys.stderr))
    command = [sys.executable, "-m", "ml_assets.bench", name]
    raise typer.Exit(subprocess.run(command, cwd=REPOSITORY, check=False).returncode)
