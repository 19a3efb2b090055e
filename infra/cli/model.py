"""`lyra model list|compare|promote|rollback`: the commands themselves are `orchestration/models.py`."""

import os
import subprocess
import sys

import typer

from infra.local.environment import mlflow_client
from infra.settings import REPOSITORY, Settings


def model(context: typer.Context) -> None:
    """Models that forecast: list, compare, promote, rollback (try --help behind it)."""
    arguments = context.args or ["--help"]
    is_question = bool({"-h", "--help"} & set(arguments))
    environment = {
        **({} if is_question else mlflow_client(Settings())),
        **os.environ,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    }
    command = [sys.executable, "-m", "orchestration.models", *arguments]
    raise typer.Exit(subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode)
