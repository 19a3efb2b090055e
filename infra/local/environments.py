"""Makes `.venv` and `superset/.venv` from hash-pinned lock files, then runs the `lyra` command in the first.

Only the standard library: `./lyra` runs this file with the machine's own Python before anything is installed.
An environment carries a stamp with the hashes of its lock files, written last. So a second start costs one comparison,
and an environment without a stamp was killed half-way: it is made anew.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).resolve().parent.parent.parent


class EnvironmentFailed(RuntimeError):
    """An environment could not be made; the message says which command failed and what to do."""


def main(arguments: list[str]) -> None:
    """Make what the command needs, then become it. `--make superset|pipeline` only makes: the container images."""
    made = SUPERSET if arguments == ["--make", "superset"] else PIPELINE
    needs = (*made.locks, "test", "completejourney", "cdnow") if arguments[:1] == ["test"] else made.locks
    try:
        made.ensure(needs, say=lambda line: print(f"lyra: {line}", file=sys.stderr, flush=True))
    except EnvironmentFailed as error:
        sys.exit(f"lyra: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    if arguments[:1] == ["--make"]:
        return
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
    os.environ["PYTHONPATH"] = path
    os.execv(PIPELINE.python, [str(PIPELINE.python), "-P", "-m", "infra.cli", *arguments])


def say_nothing(_line: str) -> None:
    pass


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the lock files (names in `infra/locks`) that it is made from."""

    folder: Path
    locks: tuple[str, ...]

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / ".lyra-stamp.json"

    def ensure(
        self,
        locks: tuple[str, ...] | None = None,
        say: Callable[[str], None] = say_nothing,
        log: IO[str] | None = None,
    ) -> bool:
        """Install exactly what `locks` say, keeping what an earlier call added. True if something had to be done.

        `say(line)` tells what goes on; the installer's own words go to `log`, by default to stderr.
        Raises EnvironmentFailed.
        """
        locks = tuple(locks or self.locks)
        if self.is_current(locks):
            return False
        with _alone(lock_file(self.locks[0])):
            if self.is_current(locks):  # another process made it while we waited
                return False
            stamped = self._stamped()
            locks = tuple(dict.fromkeys([*self.locks, *stamped, *locks]))
            if not stamped or not _runs(self.python):
                say(f"making {_shown(self.folder)} (once; a minute when packages must be downloaded)")
                self._make(log)
            else:
                say(f"bringing {_shown(self.folder)} to what {', '.join(locks)} say")
                self.stamp.unlink()
            self._sync(locks, log)
            partial = self.stamp.with_suffix(".partial")
            partial.write_text(json.dumps(_digests(locks), indent=1))
            partial.replace(self.stamp)
        return True

    def is_current(self, locks: tuple[str, ...] | None = None) -> bool:
        stamped = self._stamped()
        return all(stamped.get(name) == digest for name, digest in _digests(tuple(locks or self.locks)).items())

    def _stamped(self) -> dict[str, str]:
        try:
            stamped = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return {}
        return stamped if isinstance(stamped, dict) else {}

    def _make(self, log: IO[str] | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        base = getattr(sys, "_base_executable", None) or sys.executable
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        _run(
            [base, "-I", "-m", "venv", str(self.folder)],
            log,
            advice=f"Python lacks `venv`: on Debian and Ubuntu, `sudo apt-get install python{version}-venv`.",
        )

    def _sync(self, locks: tuple[str, ...], log: IO[str] | None) -> None:
        uv = self.folder / "bin" / "uv"
        advice = "Check the network, or point pip at your package mirror (`pip config set global.index-url …`)."
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        _run([*pip, "install", "--require-hashes", "-r", str(lock_file("uv"))], log, advice=advice)
        _run(
            [str(uv), "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", str(self.python)]
            + [str(lock_file(name)) for name in ("uv", *locks)],
            log,
            advice=advice,
            environment=_uv_environment(pip),
        )


PIPELINE = Environment(REPOSITORY / ".venv", ("pipeline",))
SUPERSET = Environment(REPOSITORY / "superset" / ".venv", ("superset",))


def lock_file(name: str) -> Path:
    return REPOSITORY / "infra" / "locks" / f"{name}.txt"


def _digests(locks: tuple[str, ...]) -> dict[str, str]:
    return {name: hashlib.sha256(lock_file(name).read_bytes()).hexdigest() for name in locks}


def _uv_environment(pip: list[str]) -> dict[str, str]:
    """uv does not read pip's configuration: hand it the package mirror that this machine's pip is set to."""
    # The machine's certificates, not uv's own: a bank's network often has an authority of its own.
    environment = {"UV_SYSTEM_CERTS": "true", **os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # byte code at install: MLflow is ready in 9 s instead of 40
    if not any(name in environment for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
        found = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
        for section in (":env:", "install", "global"):
            index = found.get(f"{section}.index-url", "").strip("'\"")
            if index:
                environment["UV_DEFAULT_INDEX"] = index
                break
    return environment


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time makes an environment: the lock file it is made from is locked meanwhile."""
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _runs(python: Path) -> bool:
    try:
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _run(command: list[str], log: IO[str] | None, advice: str, environment: dict[str, str] | None = None) -> None:
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log or sys.stderr,
        stderr=log or sys.stderr,
        env=environment,
        cwd=REPOSITORY,
        check=False,
    )
    if result.returncode != 0:
        where = f" Its words are in {log.name}." if log else ""
        raise EnvironmentFailed(f"`{' '.join(command[:4])} …` failed ({result.returncode}).{where}\n{advice}")


def _shown(path: Path) -> str:
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)


if __name__ == "__main__":
    main(sys.argv[1:])
