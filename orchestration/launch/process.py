"""A training in a process that we hold the stdin of: here, or on another machine behind ssh.

Both get the same stream: `ml_assets/train/host.py` as text, a header, the files. While stdin stays open the training
lives; a cancelled or killed run closes it, and the machine ends the training and removes its files.
"""

import inspect
import json
import os
import shlex
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from threading import Thread
from typing import IO
from urllib.parse import SplitResult, urlsplit

from infra.settings import REPOSITORY, Settings
from infra.trainer import Trainer
from ml_assets.train import host
from orchestration.launch.messages import Messages
from orchestration.launch.outcome import Ended

Files = Mapping[str, Path | bytes]

PROGRAM = ["-m", "ml_assets.train"]
PATIENCE = 2 * host.PATIENCE
"""Seconds that a cancelled training has to end and to remove its files."""
LAST_LINES = 12
OURS = ("LYRA_", "DAGSTER_", "PG")
"""Beginnings of variables that a training has no use for: the warehouse's password is among them."""


def train_here(trainer: Trainer, name: str, files: Files, environment: Mapping[str, str], messages: Messages) -> Ended:
    """In a process of its own on this machine."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    header = {
        "folder": str(Settings().home / "training"),
        "environment": {**environment, "PYTHONPATH": str(REPOSITORY)},
    }
    command = [sys.executable, "-c", _receiver()]
    return _held(command, own, header, files, messages, where="the training process")


def train_over_ssh(
    trainer: Trainer, name: str, files: Files, environment: Mapping[str, str], messages: Messages
) -> Ended:
    """On another machine; the code of ml_assets travels too, so that both sides run the same."""
    tunnel = _tunnel(trainer, environment)
    reached = {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{tunnel.port}"} if tunnel else {}
    header = {"folder": trainer.folder, "environment": {**environment, **reached}}
    return _held(
        ssh_command(trainer, environment), dict(os.environ), header, {**files, **_code()}, messages,
        where=f"the training on {trainer.host}",
    )  # fmt: skip


def ssh_command(trainer: Trainer, environment: Mapping[str, str]) -> list[str]:
    """Without a question to anybody; a machine that says nothing for a minute is lost."""
    options = ["-T", *(f"-o{option}" for option in SSH_OPTIONS)]
    if trainer.ssh_config:
        options += ["-F", str(trainer.ssh_config)]
    if tunnel := _tunnel(trainer, environment):
        options += ["-R", f"127.0.0.1:{tunnel.port}:{tunnel.hostname}:{tunnel.port}"]
    return ["ssh", *options, str(trainer.host), shlex.join([trainer.python, "-c", _receiver()])]


SSH_OPTIONS = (
    "BatchMode=yes", "ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=4",
    "ExitOnForwardFailure=yes",
)  # fmt: skip


def _tunnel(trainer: Trainer, environment: Mapping[str, str]) -> SplitResult | None:
    """MLflow's address, where it is reached through the connection itself, at the same port: unless said otherwise."""
    url = urlsplit(environment.get("MLFLOW_TRACKING_URI", ""))
    return url if url.scheme == "http" and not trainer.mlflow_url else None


def _receiver() -> str:
    """Python's `-c` that reads the text of host.py from stdin and runs it: no secret is in it."""
    return f"import sys; exec(sys.stdin.buffer.read({len(_host_text())}))"


def _host_text() -> bytes:
    return inspect.getsource(host).encode()


def _code() -> dict[str, Path]:
    sources = (REPOSITORY / "ml_assets").rglob("*.py")
    return {f"code/{path.relative_to(REPOSITORY)}": path for path in sources}


def _held(
    command: list[str],
    environment: Mapping[str, str],
    header: Mapping[str, object],
    files: Files,
    messages: Messages,
    *,
    where: str,
) -> Ended:
    """Run the command to its end, or end it when this is interrupted."""
    last_words: deque[str] = deque(maxlen=LAST_LINES)

    def noted(line: str) -> None:
        last_words.append(line)
        sys.stderr.write(f"{line}\n")

    # A session of its own: Ctrl-C in a terminal is for us, and we end it in order.
    process = Popen(command, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True)
    readers = [_reader(process.stdout, messages.take), _reader(process.stderr, noted)]
    stdin = process.stdin
    assert stdin
    try:
        with suppress(BrokenPipeError):  # it ended already, and its status says why
            for block in _stream(header, files):
                stdin.write(block)
            stdin.flush()
        process.wait()
    finally:
        _close(stdin)
        try:
            process.wait(PATIENCE)
        except TimeoutExpired:
            process.kill()
        for reader in readers:
            reader.join(PATIENCE)
    return Ended(where, process.returncode, "\n".join(last_words).strip())


def _stream(header: Mapping[str, object], files: Files) -> Iterator[bytes]:
    yield _host_text()
    sizes = [(name, len(data) if isinstance(data, bytes) else data.stat().st_size) for name, data in files.items()]
    yield json.dumps({**header, "program": PROGRAM, "files": sizes}).encode() + b"\n"
    for content in files.values():
        if isinstance(content, bytes):
            yield content
        else:
            with content.open("rb") as file:
                while block := file.read(1 << 20):
                    yield block


def _reader(stream: IO[bytes] | None, take: Callable[[str], None]) -> Thread:
    def read() -> None:
        assert stream
        for line in stream:
            take(line.decode(errors="replace").rstrip("\n"))

    thread = Thread(target=read, daemon=True)
    thread.start()
    return thread


def _close(stdin: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        stdin.close()
