"""`lyra load` and `lyra run`: the pipeline, through Dagster."""

import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli.console import console
from infra.local import services
from infra.local.lock import alone
from infra.local.pipeline import Event, run_pipeline
from infra.local.workers import Workers, end_leftovers
from infra.settings import Settings

DAY: Any = {"formats": ["%Y-%m-%d"], "metavar": "YYYY-MM-DD"}


class NotRunning(RuntimeError):
    """The database or MLflow does not run."""


def load(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            exists=True,
            resolve_path=True,
            help="As the bank exports them; a folder with _SUCCESS is one delivery.",
        ),
    ],
) -> None:
    """Load files of the bank and publish what they change."""
    through_dagster("load", ["load", *map(str, files)])


def run(
    date: Annotated[datetime.datetime | None, typer.Option(**DAY, help="One business date.")] = None,
    from_: Annotated[datetime.datetime | None, typer.Option("--from", **DAY, help="First business date.")] = None,
    to: Annotated[datetime.datetime | None, typer.Option(**DAY, help="Last business date, included.")] = None,
    train: Annotated[bool, typer.Option("--train", help="Hold the contest of all models too.")] = False,
    only_serving: Annotated[
        bool, typer.Option("--only-serving", help="Only build and publish the merchants' tables again.")
    ] = False,
) -> None:
    """Run the pipeline again: for one business date, for a span of them, or (without options) for what is new."""
    if date and (from_ or to):
        raise typer.BadParameter("give --date, or --from and --to, not both.")
    if bool(from_) != bool(to):
        raise typer.BadParameter("--from and --to belong together.")
    if from_ and to and from_ > to:
        raise typer.BadParameter(f"--from {from_:%Y-%m-%d} lies behind --to {to:%Y-%m-%d}.")
    first, last = (date, date) if date else (from_, to)
    span = ["--from", f"{first:%Y-%m-%d}", "--to", f"{last:%Y-%m-%d}"] if first and last else []
    if only_serving and (span or train):
        raise typer.BadParameter("--only-serving computes no day and trains nothing: leave the other options out.")
    through_dagster("run", ["run", *span, *["--train"] * train, *["--only-serving"] * only_serving])


def through_dagster(what: str, arguments: list[str]) -> None:
    """Run the pipeline's runner with `arguments`, showing what it does. Raises NotRunning."""
    settings = Settings()
    with alone(settings, what):
        end_leftovers(settings.home)
        mlflow = services.find("mlflow")
        if not mlflow.is_healthy(settings):
            raise NotRunning("The stack does not run (MLflow does not answer): `./lyra up` first.")
        workers = Workers(settings.home)
        try:
            run_pipeline(settings, workers, arguments, _show)
        except BaseException:
            workers.end_all()
            raise
    console.print("Done.")


def _show(event: Event) -> None:
    seconds = f" in {event.seconds:.1f} s" if event.seconds is not None else ""
    sign = {"started": "…", "done": "✓", "failed": "✗"}.get(event.status, " ")
    detail = f": {event.detail}" if event.detail else ""
    console.print(f"{sign} {event.step}{seconds}{detail}", markup=False, highlight=False)
