"""One command at a time changes a home. The kernel frees the lock when its holder ends, however it ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from infra.settings import Settings


class HomeBusy(RuntimeError):
    """Another `lyra` command works on the same home."""


@contextlib.contextmanager
def alone(settings: Settings, what: str) -> Iterator[None]:
    """Hold the home for one command. Raises HomeBusy, naming who holds it."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "lyra.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise HomeBusy(
                f"Another command (lyra {file.read().strip()}) is at work on {settings.home}. Wait until it has ended."
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{what}, pid {os.getpid()}")
        file.flush()
        yield
        file.seek(0)
        file.truncate()
