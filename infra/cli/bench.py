"""`lyra bench NAME`."""

import subprocess
import sys
from typing import Annotated

import typer

from infra.settings import REPOSITORY

BENCHES = {"purchasing-power": "ml_assets.purchasing_power.bench"}
"""Name → module that is run; its own options follow the name."""


def bench(name: Annotated[str, typer.Argument(help=f"One of: {', '.join(BENCHES)}.")]) -> None:
    """Measure, and print the table that the documentation shows."""
    if name not in BENCHES:
        raise typer.BadParameter(f"{name!r} is no bench. There are: {', '.join(BENCHES)}.")
    raise typer.Exit(subprocess.run([sys.executable, "-m", BENCHES[name]], cwd=REPOSITORY, check=False).returncode)
