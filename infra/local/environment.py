"""Settings → the environment variables of each of our processes. Secrets travel here, never on a command line."""

import os
import sys
from pathlib import Path

from infra.settings import REPOSITORY, Settings, sqlalchemy_url

KEPT_FROM_OUTSIDE = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH",
    "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PGSSLMODE", "PGSSLROOTCERT", "SSH_AUTH_SOCK", "KUBECONFIG",
)  # fmt: skip
"""What a service inherits: a long-running process should not depend on the shell it happened to be started from."""


def environment(settings: Settings) -> dict[str, str]:
    """For everything that runs the pipeline: Dagster's code server, a run, dbt, training."""
    return {
        **base(settings), **lyra(settings), **trainer(), **warehouse(settings), **mlflow_client(settings),
        **dagster(settings),
    }  # fmt: skip


def base(settings: Settings) -> dict[str, str]:
    """The shell's own variables that matter, and our programs first on PATH (Dagster looks for `dbt` there)."""
    kept = {name: os.environ[name] for name in KEPT_FROM_OUTSIDE if name in os.environ}
    programs = str(Path(sys.executable).parent)
    return {
        **kept,
        "PATH": os.pathsep.join([programs, kept.get("PATH", "/usr/bin:/bin")]),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",  # also where the locale is C or POSIX: names are Cyrillic
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def lyra(settings: Settings) -> dict[str, str]:
    """The LYRA_* settings themselves, so that `Settings()` in a child equals ours."""
    values = {**settings.model_dump(), "secrets_dir": settings.secrets.folder}
    return {f"LYRA_{name.upper()}": str(value) for name, value in values.items() if value is not None}


def trainer() -> dict[str, str]:
    """On which machine models are trained, see infra/trainer.py: handed on as it is."""
    return {name: value for name, value in os.environ.items() if name.startswith("LYRA_TRAINER")}


def warehouse(settings: Settings) -> dict[str, str]:
    """Where dbt and the loaders find the warehouse, as the role that owns it."""
    host, port = settings.server
    return {
        "LYRA_PG_HOST": host,
        "LYRA_PG_PORT": str(port),
        "LYRA_PG_USER": "lyra_pipeline",
        "LYRA_PG_PASSWORD": settings.secrets["lyra_pipeline_password"],
        "LYRA_PG_DATABASE": "warehouse",
    }


def mlflow_client(settings: Settings) -> dict[str, str]:
    return {
        "MLFLOW_TRACKING_URI": settings.mlflow_url,
        "MLFLOW_TRACKING_USERNAME": "admin",
        "MLFLOW_TRACKING_PASSWORD": settings.secrets["mlflow_admin_password"],
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def dagster(settings: Settings) -> dict[str, str]:
    """For Dagster's own processes; its files in DAGSTER_HOME read the rest from here."""
    return {
        "DAGSTER_HOME": str(settings.home / "dagster"),
        "DAGSTER_PG_URL": sqlalchemy_url(settings.url("dagster")),
        "DAGSTER_CODE_HOST": settings.dagster_code_host,
        "DAGSTER_CODE_PORT": str(settings.port("dagster_code")),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        # A run over 547 days wrote its events one by one: 60 s before the first step, 35 s in it. Now 0.5 and 3.
        "DAGSTER_EVENT_BATCH_SIZE": "1000",
        "DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "1",
    }


def superset(settings: Settings) -> dict[str, str]:
    """For Superset's processes: they read their secrets from files, and import nothing of ours but `lyra_superset`."""
    host, port = settings.server
    kept = base(settings)
    folder = REPOSITORY / "superset"
    return {
        **kept,
        "PATH": os.pathsep.join([str(folder / ".venv" / "bin"), os.environ.get("PATH", "/usr/bin:/bin")]),
        "PYTHONPATH": str(folder),
        "LYRA_HOME": str(settings.home),
        "LYRA_SECRETS_DIR": str(settings.secrets.folder),
        "LYRA_SUPERSET_BIND": f"{settings.bind}:{settings.port('superset')}",
        "LYRA_PG_HOST": host,
        "LYRA_PG_PORT": str(port),
    }
