"""`lyra status`."""

from typing import Annotated

import typer
from rich.table import Table

from infra.cli.console import console
from infra.freshness import SourceFreshness, parted_ends
from infra.local.observe import Run, ServiceStatus, StackStatus, observe
from infra.settings import Settings

COLOURS = {"healthy": "green", "external": "green", "starting": "yellow", "down": "red", "stopped": "dim"}

HOLES_SHOWN = 10
"""The newest; `--json` has all."""


def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Services, freshness, last runs, red checks. Exit status 1 when something that should run does not, or is red."""
    seen = observe(Settings())
    if as_json:
        print(seen.as_json())
    else:
        _show(seen)
    raise typer.Exit(0 if seen.is_good else 1)


def _show(seen: StackStatus) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("service", "state", "address", "pid", "up", "memory"):
        table.add_column(column, no_wrap=True)
    for service in seen.services:
        table.add_row(*_cells(service))
    console.print(table)
    console.print(f"memory of all services {seen.memory_bytes / 2**20:.0f} MiB\n", highlight=False)
    if seen.loaded_until:
        console.print(
            f"Loaded until {seen.loaded_until}, published {seen.published_at}, predicted as of {seen.predicted_as_of}"
        )
    else:
        console.print("Nothing is published yet: `./lyra up` or `./lyra run`.")
    _show_sources(seen.sources)
    for run in (seen.last_run, seen.last_upkeep):
        if run:
            _show_run(run)
    for check in seen.red_checks:
        colour = "red" if check.severity == "ERROR" else "yellow"
        console.print(
            f"[{colour}]{check.severity}[/] {check.asset}: {check.check} failed at {check.at} (run {check.run_id[:8]})"
        )
    if not seen.red_checks:
        console.print("No red checks.")
    for problem in seen.problems:
        console.print(f"Could not be read: {problem}", style="red", markup=False)


def _show_sources(sources: list[SourceFreshness]) -> None:
    """One line a source, an overdue one red; each hole yellow."""
    for source in sources:
        until = f"loaded until {source.loaded_until or '–'}"
        overdue = f", [red]OVERDUE[/]: {source.due_day} should have come" if source.is_overdue else ""
        console.print(f"Source {source.source}: {until}{overdue}")
        if source.holes:
            shown = ", ".join(map(str, source.holes[-HOLES_SHOWN:]))
            more = f"and {len(source.holes) - HOLES_SHOWN} earlier, " if len(source.holes) > HOLES_SHOWN else ""
            console.print(f"[yellow]HOLES[/] {source.source}: {source.missing_day_count} days missing: {more}{shown}")
    if parted := parted_ends(sources):
        console.print(f"[yellow]SOURCES[/] {parted}")


def _show_run(run: Run) -> None:
    of_day = f" of {run.partition}" if run.partition else ""
    took = f", {run.seconds} s" if run.seconds is not None else ""
    console.print(f"Last run {run.status}: {run.job}{of_day}, started {run.started_at}{took} ({run.run_id[:8]})")


def _cells(service: ServiceStatus) -> tuple[str, ...]:
    colour = COLOURS[service.state]
    return (
        service.title,
        f"[{colour}]{service.state}[/]",
        service.address or "",
        str(service.pid or ""),
        _duration(service.up_seconds),
        f"{service.memory_bytes / 2**20:.0f} MiB" if service.memory_bytes else "",
    )


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return ""
    days, rest = divmod(seconds, 86400)
    hours, minutes = divmod(rest // 60, 60)
    return (
        f"{days} d {hours} h"
        if days
        else f"{hours} h {minutes:02} min"
        if hours
        else f"{minutes} min {seconds % 60:02} s"
    )
