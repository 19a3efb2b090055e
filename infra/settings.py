"""Where Lyra lives, which ports it takes, how to reach PostgreSQL, and its secrets.

Everything is read from `LYRA_*` variables and from a folder with one file a secret, so that the local stack and
`docker compose` (secrets as files) are configured by the same mechanism.
"""

import os
import secrets as random_source
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent

LEAST_MONTHS = 13
"""Of transactions that are kept: a month and the same month of the year before."""

Database = Literal["warehouse", "dagster", "mlflow", "mlflow_auth", "superset"]
Service = Literal["superset", "dagster", "mlflow", "postgres", "dagster_code"]

DATABASES: dict[Database, str] = {
    "warehouse": "lyra_pipeline",
    "dagster": "lyra_dagster",
    "mlflow": "lyra_mlflow",
    "mlflow_auth": "lyra_mlflow",
    "superset": "lyra_superset",
}
"""Each database and the role that owns it."""

SECRET_NAMES = (
    "postgres_password",
    "lyra_pipeline_password",
    "lyra_dagster_password",
    "lyra_mlflow_password",
    "lyra_superset_password",
    "tenant_login_key",
    "pseudonym_key",
    "superset_secret_key",
    "superset_guest_secret",
    "superset_async_secret",
    "superset_admin_password",
    "superset_analyst_password",
    "mlflow_admin_password",
    "mlflow_secret_key",
)


class MissingSecret(RuntimeError):
    """A secret has no file: outside the local stack no secret has a default."""


class Secrets:
    """One file a secret in a folder that only its owner can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> str:
        path = self.folder / name
        if not path.is_file():
            raise MissingSecret(
                f"The secret {name!r} is not in {self.folder}. "
                "Run `./lyra up` for the local stack, or put it there as a file."
            )
        return path.read_text().strip()

    def generate_missing(self) -> None:
        """Write a random value for each secret that has none. Existing secrets are never touched."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in SECRET_NAMES:
            self.put_if_missing(name, random_source.token_urlsafe(24))

    def put_if_missing(self, name: str, value: str) -> str:
        """Keep the first value of a secret and return it; the file has mode 600 and appears whole or not at all."""
        path = self.folder / name
        if not path.exists():
            partial = path.with_name(f".{name}.{os.getpid()}")
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(value)
            partial.replace(path)
        return self[name]


class Settings(BaseSettings):
    """Settings of the local stack and of every service. Relative paths are resolved against the repository."""

    model_config = SettingsConfigDict(env_prefix="LYRA_", extra="ignore")

    home: Path = REPOSITORY / ".lyra"
    port_base: int = Field(default=8700, ge=1024, le=65500)
    database_url: str | None = None
    """Administrator's URL of an external PostgreSQL >= 15. Unset: an embedded server in `home`.

    Without a password in it, the secret `postgres_password` is used.
    """
    secrets_dir: Path | None = None
    bind: str = "127.0.0.1"
    """The address that services listen on; another one only inside containers."""
    dagster_code_host: str = "127.0.0.1"
    superset_specification: Path | None = None
    """Where to leave Superset's specification for its own container; unset where both run on one machine."""
    time_zone: str = "Europe/Moscow"
    """The one time zone of business dates."""
    history_start: str = "2014-01-01"
    """First day that Dagster offers as a partition."""
    keep_months: int | None = None
    """Months of transactions that are kept, the newest loaded one included; unset keeps all, 25 serve every page."""
    score_challenger: bool = True
    """Whether the second-best model of a contest forecasts beside the champion, to be compared when the truth is in."""
    show_challenger: bool = False
    """Whether merchants may choose its forecasts in place of the champion's; needs `score_challenger`."""
    cell_key: str = ""
    """Key by which figures about competitors are blurred by up to 2 %; none leaves them as they are."""
    demographic_features: bool = False
    """Whether purchasing power and retention may learn from age band and gender."""
    mlflow_host: str = "127.0.0.1"
    mlflow_port: int | None = None

    @field_validator("keep_months", mode="before")
    @classmethod
    def _nothing_is_unset(cls, value: object) -> object:
        return None if value == "" else value  # docker compose passes an unset variable on as an empty one

    @field_validator("keep_months")
    @classmethod
    def _pages_need_a_year_before(cls, value: int | None) -> int | None:
        if value is not None and value < LEAST_MONTHS:
            raise ValueError(f"pages compare with the year before, which takes {LEAST_MONTHS} months or more")
        return value

    def model_post_init(self, _context: object) -> None:
        if not self.home.is_absolute():
            self.home = (REPOSITORY / self.home).resolve()

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.secrets_dir or self.home / "secrets")

    def port(self, service: Service) -> int:
        """Superset, Dagster, MLflow, PostgreSQL and Dagster's code server take five ports in a row."""
        return self.port_base + ("superset", "dagster", "mlflow", "postgres", "dagster_code").index(service)

    @property
    def landing(self) -> Path:
        """Where the bank drops its files."""
        return self.home / "landing"

    @property
    def snapshots(self) -> Path:
        """Parquet snapshots that models are trained on."""
        return self.home / "snapshots"

    @property
    def mlflow_url(self) -> str:
        return f"http://{self.mlflow_host}:{self.mlflow_port or self.port('mlflow')}"

    @property
    def admin_url(self) -> str:
        """A libpq URL of a superuser, on the database `postgres` unless the external URL names another."""
        if self.database_url:
            parts = urlsplit(self.database_url)
            if parts.password or not (self.secrets.folder / "postgres_password").is_file():
                return self.database_url
            login = f"{parts.username or 'postgres'}:{quote(self.secrets['postgres_password'], safe='')}"
            return parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}").geturl()
        return self._url("postgres", self.secrets["postgres_password"], "127.0.0.1", self.port("postgres"), "postgres")

    def url(self, database: Database) -> str:
        """A libpq URL of one of our databases, as the role that owns it."""
        role = DATABASES[database]
        return self.role_url(database, role, self.secrets[f"{role}_password"])

    def role_url(self, database: Database, role: str, password: str) -> str:
        host, port = self.server
        return self._url(role, password, host, port, database)

    @property
    def server(self) -> tuple[str, int]:
        if self.database_url:
            parts = urlsplit(self.database_url)
            return unquote(parts.hostname or "127.0.0.1"), parts.port or 5432
        return "127.0.0.1", self.port("postgres")

    @staticmethod
    def _url(role: str, password: str, host: str, port: int, database: str) -> str:
        return f"postgresql://{quote(role)}:{quote(password, safe='')}@{host}:{port}/{database}"


def sqlalchemy_url(libpq_url: str) -> str:
    """The same URL for SQLAlchemy, which reads a bare `postgresql://` as psycopg 3 since 2.1."""
    return libpq_url.replace("postgresql://", "postgresql+psycopg2://", 1)
