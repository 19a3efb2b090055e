"""The `lyra` command: its sub-commands, and what becomes of an error.

Exit status: 0 done, 1 could not be done (the message says why and what to do), 2 wrong arguments, 130 interrupted.
"""

import signal
import sys
from types import FrameType

import psycopg
import typer
from pydantic import ValidationError
from rich.console import Console

from infra.cli import (
    bench,
    connect,
    diagnose,
    entities,
    logs,
    model,
    pipeline,
    quarantine,
    secrets,
    status,
    tenant,
    tests,
    up,
)
from infra.local.environments import EnvironmentFailed

app = typer.Typer(
    name="lyra",
    help="Know your customer and competitor: the whole of Lyra on this machine.",
    epilog="Settings are LYRA_* variables, see docs/operations.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)
app.command("down")(up.down)
app.command("status")(status.status)
app.command("logs")(logs.logs)
app.command("load")(pipeline.load)
app.command("run")(pipeline.run)
app.command("env")(connect.env)
app.command("doctor")(diagnose.doctor)
app.add_typer(tenant.app, name="tenant")
app.add_typer(quarantine.app, name="quarantine")
app.command(
    "model",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)(model.model)
app.command("entities")(entities.entities)
app.command("secrets")(secrets.secrets)
app.command("bench", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench.bench)
app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(tests.test)

OUR_PACKAGES = ("infra.", "orchestration.", "ml_assets.")


def main() -> None:
    """Run the command; an expected failure is told in words, a defect keeps its traceback."""
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _interrupt)
    try:
        app(prog_name="./lyra")
    except KeyboardInterrupt:
        sys.exit(130)
    except ValidationError as error:
        for problem in error.errors():
            variable = f"{error.title.removesuffix('Settings') or 'LYRA'}_{'_'.join(map(str, problem['loc'])).upper()}"
            _tell(f"{variable}={problem['input']!r}: {problem['msg']}. Change or unset the variable.")
        sys.exit(2)
    except (psycopg.Error, EnvironmentFailed) as error:
        _tell(str(error).strip() or type(error).__name__)
        sys.exit(1)
    except Exception as error:
        if not type(error).__module__.startswith(OUR_PACKAGES):
            raise
        _tell(str(error))
        sys.exit(2 if isinstance(error, ValueError) else 1)  # a ValueError of ours speaks of what was asked for


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _tell(message: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"lyra: {message}", style="red", markup=False, highlight=False)
