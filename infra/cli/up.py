"""`lyra up` and `lyra down`."""

import time
from enum import StrEnum
from typing import Annotated

import typer

from infra.cli.connect import show_addresses
from infra.cli.console import console
from infra.cli.display import Display
from infra.local import processes, server
from infra.local.bring_up import BringUp
from infra.local.home import make_home
from infra.local.lock import alone
from infra.local.services import SERVICES
from infra.local.source import Source, SourceRefused
from infra.local.state import State
from infra.local.steps import run_all
from infra.local.workers import Workers, end_leftovers
from infra.settings import Settings


class Size(StrEnum):
    small = "small"
    demo = "demo"
    large = "large"


def up(
    sample: Annotated[
        Size | None, typer.Option(help="Sample bank of 150 thousand, 2 million (default) or 10 million purchases.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="completejourney|DIR", help="Public real baskets, or a folder of the bank's own files."),
    ] = None,
    browser_services: Annotated[
        bool,
        typer.Option(
            "--browser-services/--no-browser-services", help="Without: only PostgreSQL, MLflow and the pipeline."
        ),
    ] = True,
) -> None:
    """Start everything: database, bank, pipeline, dashboards. Again: starts what does not run, redoes nothing."""
    settings, begun = Settings(), time.monotonic()
    with alone(settings, "up"):
        make_home(settings)
        end_leftovers(settings.home)
        state = State.read(settings.home)
        chosen = _source(settings, state, sample, source)
        bring_up = BringUp(settings, chosen, state, Workers(settings.home), browser_services)
        bring_up.require_ports()
        steps = bring_up.steps()
        display = Display(steps, console)
        try:
            with display.live():
                run_all(steps, display.changed, bring_up.workers.end_all)
        except KeyboardInterrupt:
            console.print("Interrupted. What was finished is kept: the next `./lyra up` goes on from here.")
            raise
    console.print(f"\nReady in {time.monotonic() - begun:.0f} s.")
    show_addresses(settings, with_secrets=True, only=state.wanted)


def down() -> None:
    """Stop all services and the embedded PostgreSQL. Data stay."""
    settings = Settings()
    if not settings.home.is_dir():
        console.print(f"Nothing runs: {settings.home} does not exist.")
        return
    with alone(settings, "down"):
        end_leftovers(settings.home)
        for service in reversed(SERVICES):
            if processes.stop(service, settings):
                console.print(f"{service.title} stopped")
        if not settings.database_url and (settings.home / "postgres" / "data").is_dir():
            cluster = server.embedded(settings)
            if cluster.is_running():
                cluster.stop()
                console.print("PostgreSQL stopped")
        state = State.read(settings.home)
        state.wanted = []
        state.write(settings.home)


def _source(settings: Settings, state: State, sample: Size | None, source: str | None) -> Source:
    """The source asked for; with no word about it, the one that this home already holds."""
    held = Source(**state.source) if state.source else None
    if held and not sample and not source:
        return held
    chosen = Source.chosen(settings.home, sample.value if sample else None, source)
    if held and held != chosen:
        raise SourceRefused(
            f"{settings.home} already holds another bank ({held.kind} {held.name}), and two in one warehouse would "
            "mix. Run `./lyra up` alone to go on with it; for the other bank give another place and other ports, "
            f"for example LYRA_HOME={settings.home}-2 LYRA_PORT_BASE={settings.port_base + 10}; "
            f"or start anew: `./lyra down` and delete {settings.home}."
        )
    state.source = chosen.as_dict()
    state.write(settings.home)
    return chosen
