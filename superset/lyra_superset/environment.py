"""What Superset's processes are told: `LYRA_*` variables and one file a secret. No secret has a default."""

import os
from pathlib import Path
from urllib.parse import quote

WAREHOUSE = "warehouse"
"""The database that is read as the tenant; every other connection is Superset's own."""


class NotConfigured(RuntimeError):
    """A variable or a secret is missing; the message says which one and where it belongs."""


def variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise NotConfigured(f"{name} is not set. `./lyra up` sets it; elsewhere see superset/README.md.")
    return value


def secret(name: str) -> str:
    path = Path(variable("LYRA_SECRETS_DIR")) / name
    if not path.is_file():
        raise NotConfigured(f"The secret {name!r} is not in {path.parent}. Put it there as a file, mode 600.")
    value = path.read_text().strip()
    if not value:
        raise NotConfigured(f"The secret file {path} is empty.")
    return value


def home() -> Path:
    """Folder for caches and logs of Superset; made where missing."""
    folder = Path(variable("LYRA_HOME")).resolve() / "superset"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def metadata_dsn() -> str:
    """libpq URL of Superset's own database."""
    return f"postgresql://lyra_superset:{quote(secret('lyra_superset_password'), safe='')}@{_server()}/superset"


def warehouse_uri() -> str:
    """SQLAlchemy URL of the warehouse without a password: tenancy/connection.py puts in each user's login."""
    return f"postgresql+psycopg2://bi_gate@{_server()}/{WAREHOUSE}"


def _server() -> str:
    host = variable("LYRA_PG_HOST")
    return f"{f'[{host}]' if ':' in host else host}:{variable('LYRA_PG_PORT')}"
