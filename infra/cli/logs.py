"""`lyra logs`: what the services wrote."""

import time
from pathlib import Path
from typing import Annotated

import typer

from infra.settings import Settings


class UnknownLog(ValueError):
    """There is no such log; the message lists those that exist."""


def logs(
    name: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="Without: the end of each log.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many lines from the end.")] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what is added.")] = False,
) -> None:
    """Show the logs of a service (mlflow, superset, dagster-code, …, postgres) or of a step (pipeline, source)."""
    files = log_files(Settings().home)
    if name is None:
        for title, path in files.items():
            print(f"==> {title} ({path}) <==")
            print("\n".join(_end(path, min(lines, 8))), end="\n\n")
        return
    if name not in files:
        raise UnknownLog(f"There is no log {name!r}. There are: {', '.join(files) or 'none yet'}.")
    print("\n".join(_end(files[name], lines)))
    if follow:
        _follow(files[name])


def log_files(home: Path) -> dict[str, Path]:
    """Name → file, the previous run's logs left out."""
    found = {path.stem: path for path in sorted((home / "logs").glob("*.log")) if not path.stem.endswith(".previous")}
    postgres = home / "postgres" / "postgres.log"
    return {**found, "postgres": postgres} if postgres.exists() else found


def _end(path: Path, lines: int) -> list[str]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 400 * lines))
        return file.read().decode("utf-8", errors="replace").splitlines()[-lines:]


def _follow(path: Path) -> None:
    with path.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, 2)
        while True:
            line = file.readline()
            if line:
                print(line, end="", flush=True)
            else:
                time.sleep(0.3)
