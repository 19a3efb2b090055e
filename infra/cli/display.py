"""How the steps of a command are shown: a live table on a terminal, one line a change elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from infra.local.steps import Step

SIGNS = {"waiting": Text("·", style="dim"), "done": Text("✓", style="green"), "failed": Text("✗", style="red")}


class Display:
    """`changed(step)` is the listener of `run_all`."""

    def __init__(self, steps: list[Step], console: Console) -> None:
        self.steps, self.console, self.begun = steps, console, time.monotonic()
        self.spinners = {step.name: Spinner("dots") for step in steps}
        self.shown: dict[str, str] = {}
        self._last: dict[str, float] = {}

    def changed(self, step: Step) -> None:
        """Off a terminal: tell that a step began, ended, or has a new detail (at most one line each 5 s a step)."""
        if self.console.is_terminal or self.shown.get(step.name) == step.status + step.detail:
            return
        known = step.name in self.shown and self.shown[step.name].startswith(step.status)
        if known and time.monotonic() - self.begun - self._last.get(step.name, 0) < 5:
            return
        self.shown[step.name] = step.status + step.detail
        at = self._last[step.name] = time.monotonic() - self.begun
        words = {
            "running": "…",
            "done": f"done in {step.seconds:.1f} s",
            "failed": f"failed after {step.seconds:.1f} s",
        }
        detail = f" ({step.detail})" if step.detail else ""
        self.console.print(
            f"{at:6.1f} s  {step.title}: {words.get(step.status, step.status)}{detail}", markup=False, highlight=False
        )

    @contextmanager
    def live(self) -> Iterator[None]:
        if not self.console.is_terminal:
            yield
            return
        with Live(get_renderable=self._table, console=self.console, refresh_per_second=8):
            yield

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", width=7)
        table.add_column(style="dim", overflow="ellipsis", no_wrap=True)
        for step in self.steps:
            sign = self.spinners[step.name] if step.status == "running" else SIGNS[step.status]
            seconds = f"{step.elapsed:.0f} s" if step.status != "waiting" else ""
            table.add_row(sign, step.title, seconds, escape(step.detail.splitlines()[0] if step.detail else ""))
        table.add_row("", "", "", "")
        done = sum(step.status == "done" for step in self.steps)
        table.add_row("", f"{done} of {len(self.steps)}", f"{time.monotonic() - self.begun:.0f} s", "")
        return table
