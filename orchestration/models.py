"""`lyra model list|promote|rollback|compare`: `python -m orchestration.models`."""

import getpass
import sys
from typing import Annotated, Any

import psycopg
import typer
from mlflow.exceptions import MlflowException
from rich.table import Table

from infra.cli.console import console
from infra.database.deployments import record_deployment
from infra.local.lock import alone
from infra.settings import Settings
from ml_assets import deployments
from ml_assets.deployments import NoSuchModel

app = typer.Typer(
    help="Models that forecast: which is in charge, put another one in charge.",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
Reason = Annotated[str, typer.Option(help="Why; it goes into the deployment history.")]


@app.command("list")
def list_models(
    name: Annotated[str | None, typer.Argument(help="One model; else all.")] = None,
    limit: Annotated[int, typer.Option("-n", min=1, help="So many versions of each.")] = 6,
) -> None:
    """Versions of each model, the newest first: who they are, what they were measured on, which is in charge."""
    names = [name] if name else deployments.model_names()
    if not names:
        console.print("No model was trained yet: `./lyra run --train`.")
    for one in names:
        table = Table(box=None, pad_edge=False, header_style="bold", title=one, title_justify="left")
        for column in ("version", "learner", "measured up to", "registered", "is", "figures"):
            table.add_column(column)
        for found in deployments.versions(one, limit):
            figures = ", ".join(f"{key} {value:.4g}" for key, value in list(_headline(found.metrics).items())[:3])
            table.add_row(
                *(str(found.model_version), found.learner, found.as_of, f"{found.created_at:%Y-%m-%d %H:%M}"),
                *(", ".join(found.aliases), figures),
            )
        console.print(table)


@app.command()
def promote(
    name: Annotated[str, typer.Argument(help="Model, as in `model list`.")],
    version: Annotated[int, typer.Argument(help="Its version.")],
    reason: Reason,
) -> None:
    """Put a version in charge without a contest; the next run scores with it, the next contest may replace it."""
    _put_in_charge(name, version, reason)


@app.command()
def rollback(name: Annotated[str, typer.Argument(help="Model, as in `model list`.")], reason: Reason) -> None:
    """Put the champion before this one in charge again."""
    _put_in_charge(name, None, reason)


@app.command()
def compare(
    name: Annotated[str, typer.Argument(help="Model, as in `model list`.")],
    first: Annotated[int, typer.Argument(help="A version.")],
    second: Annotated[int, typer.Argument(help="Another one.")],
) -> None:
    """All figures of two versions side by side."""
    sides = [deployments.version(name, number) for number in (first, second)]
    if len({side.as_of for side in sides}) > 1:
        console.print("Measured on different days: figures need not be comparable.", style="yellow")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("figure", *(f"{side.model_version} {side.learner}, {side.as_of}" for side in sides), "difference"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for key in sorted(set(sides[0].metrics) | set(sides[1].metrics)):
        if key.startswith(("curve.", "training_", "held_out_")):
            continue
        values = [side.metrics.get(key) for side in sides]
        told = ["–" if value is None else f"{value:.4g}" for value in values]
        change = f"{values[1] - values[0]:+.4g}" if values[0] is not None and values[1] is not None else ""
        table.add_row(key, *told, change)
    console.print(table)


def _put_in_charge(name: str, version: int | None, reason: str) -> None:
    """The row first, in a transaction that ends when the alias has moved: no change goes unrecorded."""
    settings = Settings()
    with alone(settings, "model"), psycopg.connect(settings.url("warehouse")) as connection:
        chosen = deployments.candidate(name, version)
        record_deployment(connection, chosen.as_row(reason, getpass.getuser()))
        deployments.put_in_charge(chosen)
    console.print(
        f"{name}: version {chosen.model_version} ({chosen.learner}) is in charge. `./lyra run` scores with it now.",
        markup=False,
    )


def _headline(metrics: Any) -> dict[str, float]:
    """Figures of 30 days first, or of a day: what the tables of a contest show."""
    shown = ("mae_30", "wape_30", "gini_30", "auroc_30", "brier_30", "ece_30", "wape_day", "coverage_day", "wape_week",
             "ndcg_10",              "segments", "stability", "silhouette")  # fmt: skip
    return {key: metrics[key] for key in shown if key in metrics}


if __name__ == "__main__":
    try:
        app(prog_name="./lyra model")
    except NoSuchModel as error:
        print(f"lyra: {error}", file=sys.stderr)
        sys.exit(2)
    except (MlflowException, psycopg.Error) as error:
        print(f"lyra: {str(error).strip()}\nIs everything up? `./lyra status` tells.", file=sys.stderr)
        sys.exit(1)
