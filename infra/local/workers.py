"""Helper processes of one command: making the sample bank, a pipeline run, provisioning. They end when it does."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil


class WorkerFailed(RuntimeError):
    """A helper process ended with an error; the message holds the end of its log."""


class Workers:
    """Runs helper processes for one home, and can end all of them at once."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ending = threading.Event()
        self._processes: set[subprocess.Popen[str]] = set()

    def run(
        self, name: str, command: list[str], environment: Mapping[str, str], stdin: str | None = None
    ) -> Iterator[str]:
        """Yields the lines of the process's stdout; its stderr goes to `logs/NAME.log`.

        Raises WorkerFailed with the end of the log when it does not exit with 0.
        """
        log = self.home / "logs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
        with log.open("w") as errors:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**environment, "LYRA_WORKER_HOME": str(self.home)},
                start_new_session=True,
            )
        self._processes.add(process)
        try:
            if process.stdin is not None and stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(stdin)
                    process.stdin.close()
            assert process.stdout is not None
            yield from process.stdout
            code = process.wait()
        finally:
            self._processes.discard(process)
        if self.ending.is_set():
            raise WorkerFailed("ended with the command that started it")
        if code != 0:
            end = log.read_text(errors="replace").strip().splitlines()[-15:]
            raise WorkerFailed("\n".join([f"exit status {code}. The end of {log}:", *end]))

    def end_all(self) -> None:
        self.ending.set()
        processes = list(self._processes)
        for process in processes:
            _signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and any(process.poll() is None for process in processes):
            time.sleep(0.1)
        for process in processes:
            if process.poll() is None:
                _signal_group(process.pid, signal.SIGKILL)


def end_leftovers(home: Path) -> int:
    """End the helper processes that a killed command left behind, found by their environment; returns how many."""
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("LYRA_WORKER_HOME") == str(home) and process.pid != os.getpid():
                left.append(process)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(left, timeout=10)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=10)
    return len(left)


def _signal_group(pid: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, what)
