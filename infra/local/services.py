"""The services of the stack: what each runs, with which environment, where it answers, and what must be up before it.

The same declaration serves the local stack and the containers: both run `python -m infra.local.serve NAME`.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.local import environment, health
from infra.settings import REPOSITORY, Settings, sqlalchemy_url
from infra.settings import Service as PortName

PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Service:
    """One long-running process."""

    name: str
    title: str
    command: Callable[[Settings], list[str]]
    environment: Callable[[Settings], dict[str, str]]
    is_healthy: Callable[[Settings], bool]
    prepare: Callable[[Settings], None] = lambda settings: None
    """Files that the service reads at start."""
    port: PortName | None = None
    code: tuple[str, ...] = ("infra/locks/pipeline.txt",)
    """Files and folders of the repository that it runs: a change of them needs a new start."""
    patience: float = 120
    """Seconds until it must be healthy; four times what a busy two-core machine needs."""


def mlflow_command(settings: Settings) -> list[str]:
    port = settings.port("mlflow")
    hosts = f"localhost:{port},127.0.0.1:{port},{settings.mlflow_host}:{port}"
    return [
        str(PROGRAMS / "mlflow"), "server", "--app-name", "basic-auth", "--host", settings.bind, "--port", str(port),
        "--workers", "1", "--artifacts-destination", str(settings.home / "mlflow-artifacts"), "--allowed-hosts", hosts,
    ]  # fmt: skip


def mlflow_environment(settings: Settings) -> dict[str, str]:
    return {
        **environment.base(settings),
        "MLFLOW_BACKEND_STORE_URI": sqlalchemy_url(settings.url("mlflow")),
        "MLFLOW_AUTH_CONFIG_PATH": str(_mlflow_auth_file(settings)),
        "MLFLOW_AUTH_ADMIN_USERNAME": "admin",
        "MLFLOW_AUTH_ADMIN_PASSWORD": settings.secrets["mlflow_admin_password"],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": settings.secrets["mlflow_secret_key"],
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # its job runner takes 450 MiB and has nothing to do here
        "GIT_PYTHON_REFRESH": "quiet",
    }


def prepare_mlflow(settings: Settings) -> None:
    """The auth application takes its database only from a file: it holds a password, so mode 600."""
    path = _mlflow_auth_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        url = sqlalchemy_url(settings.url("mlflow_auth")).replace("%", "%%")  # % is configparser's own sign
        # Without the cache every request hashes the password anew: 0.3 s each, 100 s for one contest of four models.
        file.write(
            f"[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = {url}\nauth_cache_ttl_seconds = 300\n"
        )
    (settings.home / "mlflow-artifacts").mkdir(parents=True, exist_ok=True)


def _mlflow_auth_file(settings: Settings) -> Path:
    return settings.home / "run" / "mlflow_auth.ini"


def prepare_dagster(settings: Settings) -> None:
    """Put Dagster's two files where DAGSTER_HOME points."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    for path in (REPOSITORY / "infra" / "local" / "dagster").glob("*.yaml"):
        partial = home / f".{path.name}.{os.getpid()}"  # three processes may do this at once
        shutil.copyfile(path, partial)
        partial.replace(home / path.name)


def dagster_code_command(settings: Settings) -> list[str]:
    return [
        str(PROGRAMS / "dagster"), "api", "grpc", "--module-name", "orchestration.definitions",
        "--working-directory", str(REPOSITORY), "--host", settings.bind, "--port", str(settings.port("dagster_code")),
        "--use-python-environment-entry-point", "--location-name", "lyra",
    ]  # fmt: skip


def dagster_webserver_command(settings: Settings) -> list[str]:
    return [
        str(PROGRAMS / "dagster-webserver"), "--host", settings.bind, "--port", str(settings.port("dagster")),
        "--workspace", str(settings.home / "dagster" / "workspace.yaml"),
    ]  # fmt: skip


def dagster_daemon_command(settings: Settings) -> list[str]:
    return [
        str(PROGRAMS / "dagster-daemon"), "run",
        "--workspace", str(settings.home / "dagster" / "workspace.yaml"),
    ]  # fmt: skip


def dagster_environment(settings: Settings) -> dict[str, str]:
    """The web server and the daemon ask the code server for everything: they need no warehouse password."""
    return {**environment.base(settings), **environment.lyra(settings), **environment.dagster(settings)}


def superset_command(settings: Settings) -> list[str]:
    folder = REPOSITORY / "superset"
    return [str(folder / ".venv" / "bin" / "gunicorn"), "--config", str(folder / "lyra_superset" / "gunicorn.conf.py")]


def prepare_superset(settings: Settings) -> None:
    (settings.home / "superset").mkdir(parents=True, exist_ok=True)


SERVICES = (
    Service(
        "mlflow", "MLflow", mlflow_command, mlflow_environment, health.mlflow, prepare_mlflow, port="mlflow"
    ),
    Service(
        "superset", "Superset", superset_command, environment.superset, health.superset, prepare_superset,
        port="superset", code=("superset/lyra_superset", "infra/locks/superset.txt"),
    ),
    Service(
        "dagster-code", "Dagster code server", dagster_code_command, environment.environment, health.dagster_code,
        prepare_dagster, port="dagster_code",
        code=("infra", "ml_assets", "orchestration", "dbt_project"),
    ),
    Service(
        "dagster-webserver", "Dagster", dagster_webserver_command, dagster_environment, health.dagster_webserver,
        prepare_dagster, port="dagster",
    ),
    Service(
        "dagster-daemon", "Dagster daemon", dagster_daemon_command, dagster_environment, health.dagster_daemon,
        prepare_dagster,
    ),
)  # fmt: skip


class UnknownService(ValueError):
    """No service has that name; the message lists those that exist."""


def find(name: str) -> Service:
    for service in SERVICES:
        if service.name == name:
            return service
    raise UnknownService(f"There is no service {name!r}. There are: {', '.join(s.name for s in SERVICES)}.")
