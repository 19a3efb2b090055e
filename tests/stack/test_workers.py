"""Helper processes end with the command that started them, and tell why they failed."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from infra.local.workers import WorkerFailed, Workers, end_leftovers


def test_lines_come_through_and_a_failure_carries_the_end_of_the_log(tmp_path: Path) -> None:
    program = "import sys; print('one'); print('Грустно: no space', file=sys.stderr); sys.exit(3)"
    lines: list[str] = []
    with pytest.raises(WorkerFailed, match=r"exit status 3[\s\S]*Грустно: no space"):
        lines.extend(Workers(tmp_path).run("step", [sys.executable, "-X", "utf8", "-c", program], os.environ))
    assert lines == ["one\n"]
    assert (tmp_path / "logs" / "step.log").read_text(encoding="utf-8").strip() == "Грустно: no space"


def test_input_reaches_the_worker_without_touching_its_command_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1])"]
    assert list(Workers(tmp_path).run("step", command, os.environ, stdin="secret")) == ["terces\n"]


def test_ending_all_ends_a_worker_and_its_children(tmp_path: Path) -> None:
    workers = Workers(tmp_path)
    program = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        "print(p.pid, flush=True); time.sleep(60)"
    )
    lines = workers.run("step", [sys.executable, "-c", program], os.environ)
    child = int(next(lines))
    threading.Timer(0.2, workers.end_all).start()
    with pytest.raises(WorkerFailed, match="ended with the command"):
        list(lines)
    for _ in range(50):
        if not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.1)
    pytest.fail("the worker's child lives on")


def test_what_a_killed_command_left_behind_is_ended_by_the_next(tmp_path: Path) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    left = subprocess.Popen(sleeper, env={**os.environ, "LYRA_WORKER_HOME": str(tmp_path)})
    other = subprocess.Popen(sleeper, env={**os.environ, "LYRA_WORKER_HOME": str(tmp_path / "another home")})
    try:
        time.sleep(0.3)
        assert end_leftovers(tmp_path) == 1
        assert not psutil.pid_exists(left.pid)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
