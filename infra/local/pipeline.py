"""Runs the pipeline through Dagster in a process of its own, and passes on what it says about its progress."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

from infra.local import environment
from infra.local.services import prepare_dagster
from infra.local.workers import WorkerFailed, Workers
from infra.settings import Settings


class PipelineFailed(RuntimeError):
    """A step of the pipeline failed; the message names it and holds its error. Nothing was published."""


@dataclass(frozen=True)
class Event:
    """One line of the runner: a run or a step of it has started, is done or has failed."""

    kind: str
    step: str
    status: str
    seconds: float | None = None
    detail: str = ""


def run_pipeline(
    settings: Settings, workers: Workers, arguments: list[str], show: Callable[[Event], None]
) -> list[Event]:
    """Run `python -m orchestration.runner ARGUMENTS`; `show(event)` is called for each thing it reports.

    Returns all events. Raises PipelineFailed.
    """
    prepare_dagster(settings)
    events: list[Event] = []
    command = [sys.executable, "-P", "-m", "orchestration.runner", *arguments]
    try:
        for line in workers.run("pipeline", command, environment.environment(settings)):
            event = _event(line)
            if event:
                events.append(event)
                show(event)
    except WorkerFailed as error:
        failed = [event for event in events if event.status == "failed"]
        if not failed:
            raise PipelineFailed(str(error)) from error
        told = "\n".join(f"{event.step}: {event.detail}" for event in failed)
        raise PipelineFailed(f"{told}\nMore in {settings.home}/logs/pipeline.log and in Dagster.") from error
    return events


def _event(line: str) -> Event | None:
    """An event of the runner; None for other words on its stdout."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or "step" not in said:
        return None
    kind, step, detail = (str(said.get(name) or "") for name in ("event", "step", "detail"))
    return Event(kind, step, str(said.get("status", "")), said.get("seconds"), detail)
