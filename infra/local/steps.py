"""Runs steps as soon as what they wait for is done, several at once, and tells a listener what happens."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Literal

Status = Literal["waiting", "running", "done", "failed"]
Tell = Callable[[str], None]


class StepFailed(RuntimeError):
    """A step did not do its work; the message names it and says why."""


@dataclass(eq=False)
class Step:
    """`run(tell)` does the work; `tell(text)` says how far it is; what it returns is shown when done."""

    name: str
    title: str
    run: Callable[[Tell], str]
    after: tuple[str, ...] = ()
    """Names of steps to wait for; a name that is not in the list is not waited for."""
    status: Status = "waiting"
    detail: str = ""
    begun: float = 0
    seconds: float = 0

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.begun if self.status == "running" else self.seconds


def run_all(steps: list[Step], listen: Callable[[Step], None], end_work: Callable[[], None]) -> None:
    """Run every step. `listen(step)` is called at every change, one call at a time; `end_work()` when something failed.

    Raises StepFailed for the step that failed first; an interrupt passes through.
    """
    pool = ThreadPoolExecutor(max_workers=len(steps))
    listening = threading.Lock()
    futures: dict[Future[None], Step] = {}
    try:
        while any(step.status != "done" for step in steps):
            for step in _ready(steps, started=list(futures.values())):
                futures[pool.submit(_work, step, listen, listening)] = step
            pending = [future for future in futures if not future.done()]
            wait(pending or futures, timeout=0.5, return_when=FIRST_COMPLETED)
            for future, step in futures.items():
                error = future.exception() if future.done() else None
                if error is not None:
                    raise StepFailed(f"{step.title}: {str(error) or type(error).__name__}") from error
    except BaseException:
        end_work()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ready(steps: list[Step], started: list[Step]) -> list[Step]:
    unfinished = {step.name for step in steps if step.status != "done"}
    return [step for step in steps if step not in started and not unfinished.intersection(step.after)]


def _work(step: Step, listen: Callable[[Step], None], listening: threading.Lock) -> None:
    def changed() -> None:
        with listening:
            listen(step)

    def tell(text: str) -> None:
        step.detail = text
        changed()

    step.begun, step.status = time.monotonic(), "running"
    changed()
    outcome: Status = "failed"
    try:
        step.detail = step.run(tell)
        outcome = "done"
    finally:
        step.seconds = time.monotonic() - step.begun
        step.status = outcome
        changed()
