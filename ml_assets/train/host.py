"""On the machine that trains: takes the files, runs the training, removes the files. Nothing but the standard library.

The launcher sends this module as text, so that a machine needs a Python with the packages and nothing of Lyra. On
stdin come one line of JSON (`folder`, `environment`, `files` as [name, bytes], `program`), then the files one behind
the other; stdin then stays open. It closes when the launcher cancels, when its process dies and when the connection
breaks: then the training is ended. The training's own stdout and stderr are this process's.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

PREFIX = "lyra-training-"
CUT_OFF = 75
"""Exit status when the files did not arrive whole (EX_TEMPFAIL): another try may succeed."""
PATIENCE = 10
"""Seconds between asking a training to end and ending it."""


def main(stream: BinaryIO) -> int:
    header = json.loads(stream.readline() or "null")
    if header is None:
        return CUT_OFF
    parent = Path(header["folder"] or tempfile.gettempdir())
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        if not receive(stream, folder, header["files"]):
            return CUT_OFF
        return train(stream, folder, header)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(parent: Path) -> None:
    """Folders of trainings that were killed with this process, or by a power cut: nobody holds their lock."""
    for path in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another training's that has just ended, or another user's
            lock = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - path.stat().st_mtime > 60:  # made, but not locked yet
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def receive(stream: BinaryIO, folder: Path, files: list[tuple[str, int]]) -> bool:
    """Whether all files came whole."""
    for name, size in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            left = size
            while left and (block := stream.read(min(left, 1 << 20))):
                file.write(block)
                left -= len(block)
        if left:
            return False
    return True


def train(stream: BinaryIO, folder: Path, header: dict[str, Any]) -> int:
    """The training's exit status; 128 + the signal, as a shell says it, where a signal ended it."""
    code = folder / "code"
    environment = {**os.environ, **({"PYTHONPATH": str(code)} if code.is_dir() else {}), **header["environment"]}
    command = [sys.executable, *header["program"], "--tied", str(folder)]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit that it is ignored
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, start_new_session=True)
    threading.Thread(target=end_when_closed, args=(stream, process), daemon=True).start()
    status = process.wait()
    end(process, signal.SIGKILL)  # whatever it started
    if status >= 0:
        return status
    print(f"The training was ended by {signal.Signals(-status).name}.", file=sys.stderr)
    return 128 - status


def end_when_closed(stream: BinaryIO, process: "subprocess.Popen[bytes]") -> None:
    os.read(stream.fileno(), 1)  # a thread inside stream.read() keeps the interpreter from ending
    end(process, signal.SIGINT)  # MLflow's runs are closed on it
    time.sleep(PATIENCE)
    end(process, signal.SIGKILL)


def end(process: "subprocess.Popen[bytes]", how: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer))
