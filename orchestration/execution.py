"""One job of the code location, executed here and now, told line by line."""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator

from orchestration import progress
from orchestration.definitions import lyra
from orchestration.partitions import Window

OURS = {"lyra/started_by": "command"}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Execution:
    """Runs on Dagster's own instance (DAGSTER_HOME), so that its pages show them like any other."""

    instance: dg.DagsterInstance
    definitions: dg.Definitions
    out: TextIO
    _started: dict[str, float] = field(default_factory=dict)
    _detail: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls) -> "Execution":
        """The caller holds COMMAND_LOCK, so a run of a command that still counts as running was killed: say so."""
        instance = dg.DagsterInstance.get()
        unfinished = dg.RunsFilter(tags=OURS, statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
        for run in instance.get_runs(unfinished):
            instance.report_run_failed(run, "The command that ran this was killed; the next command took up its days.")
        execution = cls(instance, lyra(), _own_stdout())
        progress.listeners.append(execution._progress)
        return execution

    def run(self, job_name: str, window: Window | None = None, config: Mapping[str, Any] | None = None) -> bool:
        """Execute a job, for all days of the window in one run; False when a step failed. config: options by step."""
        job = self.definitions.resolve_job_def(job_name)
        ops = {"ops": {step: {"config": options} for step, options in (config or {}).items()}}
        tags = {**OURS, **(window.as_run_tags() if window else {})}
        run = self.instance.create_run_for_job(job, run_config={**QUIET, **ops}, tags=tags)
        self.say("run", job_name, "started", detail=f"{window or ''}".strip())
        begun = time.monotonic()
        failed = False
        for event in execute_run_iterator(InMemoryJob(job), run, self.instance):
            failed = self._tell(event) or failed
        self.say("run", job_name, "failed" if failed else "done", time.monotonic() - begun, f"Dagster run {run.run_id}")
        return not failed

    def say(self, event: str, step: str, status: str, seconds: float | None = None, detail: str = "") -> None:
        taken = None if seconds is None else round(seconds, 2)
        line = {"event": event, "step": step, "status": status, "seconds": taken, "detail": detail}
        print(json.dumps(line, ensure_ascii=False), file=self.out, flush=True)

    def _progress(self, line: str) -> None:
        if self._started:
            self.say("progress", list(self._started)[-1], "running", detail=line)

    def _remember(self, step: str, asset: str, metadata: Mapping[str, Any]) -> None:
        """Of a step with one asset its figures, of dbt's steps the model that was just made."""
        shown = [f"{label} {metadata[name].value}" for name, label in SHOWN.items() if name in metadata]
        if asset == step:
            self._detail[step] = ", ".join(shown)
        elif self._detail.get(step) != asset:
            self._detail[step] = asset
            self.say("progress", step, "running", detail=asset)

    def _tell(self, event: dg.DagsterEvent) -> bool:
        """Report what a reader of the terminal cares for; True when the event is a failure."""
        step = event.step_key or ""
        match event.event_type:
            case dg.DagsterEventType.STEP_START:
                self._started[step] = time.monotonic()
                self.say("step", step, "started")
            case dg.DagsterEventType.STEP_SUCCESS:
                self.say("step", step, "done", time.monotonic() - self._started[step], self._detail.get(step, ""))
            case dg.DagsterEventType.ASSET_MATERIALIZATION if event.asset_key:
                self._remember(step, event.asset_key.path[-1], event.step_materialization_data.materialization.metadata)
            case dg.DagsterEventType.STEP_UP_FOR_RETRY:
                self.say("progress", step, "running", detail=f"again soon: {_why(event.step_retry_data.error)}")
            case dg.DagsterEventType.STEP_FAILURE:
                error = event.step_failure_data.error
                self.say(
                    "step", step, "failed", time.monotonic() - self._started.get(step, time.monotonic()), _why(error)
                )
                return True
            case dg.DagsterEventType.PIPELINE_FAILURE:
                return True
        return False


SHOWN = {
    "dagster/row_count": "rows",
    "files_new": "new files",
    "rows_quarantined": "in quarantine",
    "champion": "champion",
    "as_of": "as of",
    "release": "release",
}
"""Metadata of an asset that a terminal has room for."""


def _own_stdout() -> TextIO:
    """Stdout for our lines alone: what dbt, TensorFlow and others print goes to stderr from here on."""
    sys.stdout.flush()
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return ours


def _why(error: Any) -> str:
    """The innermost cause, without the stack."""
    while error is not None and error.cause is not None:
        error = error.cause
    return (error.message if error else "unknown error").strip()[:2000]
