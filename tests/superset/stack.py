"""A throw-away Superset for tests: its own PostgreSQL, three tenants with canary amounts, provisioned and served."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from infra.database.bootstrap import prepare, tenant_password
from infra.local.postgres import Cluster
from infra.settings import REPOSITORY, Settings

SUPERSET = REPOSITORY / "superset"
PYTHON = SUPERSET / ".venv" / "bin" / "python"
TABLES = Path(__file__).with_name("serving_tables.sql")
MODEL_TABLES = Path(__file__).with_name("model_tables.sql")


@dataclass(frozen=True)
class TestTenant:
    """A merchant with an amount that belongs to nobody else."""

    __test__ = False

    tenant_id: int
    role_name: str
    name: str
    language: str
    login: str
    canary: int

    @property
    def password(self) -> str:
        return f"{self.login}-password-for-tests"


TENANTS = [
    TestTenant(101, "t_9f31c2aa0001", "Пекарня «Рожь»", "ru", "rye", 7_310_417),
    TestTenant(102, "t_4be07abb0002", "Sea Breeze Cafe", "en", "breeze", 9_620_851),
    TestTenant(103, "t_c81d55cc0003", "Дом и сад", "ru", "garden", 5_140_293),
]
ADMIN_PASSWORD = "admin-password-for-tests"
ANALYST_PASSWORD = "analyst-password-for-tests"


@dataclass
class Stack:
    """A running PostgreSQL with serving tables; `provision` and `serve` work on it."""

    settings: Settings
    server: Cluster
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def start(cls, home: Path, port_base: int) -> "Stack":
        settings = Settings(home=home, port_base=port_base, database_url=None, secrets_dir=None)
        settings.secrets.generate_missing()
        options = {"fsync": "off", "shared_buffers": "128MB"}
        data = home / "postgres" / "data"
        server = Cluster(data, settings.port("postgres"), settings.secrets["postgres_password"], options)
        server.start()
        prepare(settings)
        stack = cls(settings, server)
        stack.fill_warehouse()
        return stack

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port('superset')}"

    @property
    def environment(self) -> dict[str, str]:
        """Exactly the variables that superset/README.md names: nothing of the tests' own environment but PATH."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SUPERSET),
            "LYRA_HOME": str(self.settings.home),
            "LYRA_SECRETS_DIR": str(self.settings.secrets.folder),
            "LYRA_PG_HOST": "127.0.0.1",
            "LYRA_PG_PORT": str(self.settings.port("postgres")),
            "LYRA_PORT_BASE": str(self.settings.port_base),
        }

    def fill_warehouse(self) -> None:
        """Tenants with their database logins, and serving tables with policies."""
        with psycopg.connect(self.settings.admin_url, autocommit=True) as admin:
            for tenant in TENANTS:
                admin.execute(
                    sql.SQL("create role {} login in role bi_tenant password {}").format(
                        sql.Identifier(tenant.role_name), sql.Literal(tenant_password(self.settings, tenant.role_name))
                    )
                )
                limit = sql.SQL("alter role {} set statement_timeout = '10s'")
                admin.execute(limit.format(sql.Identifier(tenant.role_name)))
        with psycopg.connect(self.settings.url("warehouse")) as owner:
            owner.execute("create temporary table canaries (tenant_id integer, amount numeric) on commit drop")
            for tenant in TENANTS:
                owner.execute(
                    "insert into security.tenants (tenant_id, name, legal_group, language, login, role_name) "
                    "overriding system value values (%s, %s, %s, %s, %s, %s)",
                    [tenant.tenant_id, tenant.name, tenant.login, tenant.language, tenant.login, tenant.role_name],
                )
                owner.execute("insert into canaries values (%s, %s)", [tenant.tenant_id, tenant.canary])
            owner.execute(TABLES.read_text())  # type: ignore[arg-type]
            owner.execute(MODEL_TABLES.read_text())  # type: ignore[arg-type]

    def specification(self, **changes: Any) -> dict[str, Any]:
        tenants = [
            {
                "tenant_id": tenant.tenant_id,
                "role_name": tenant.role_name,
                "name": tenant.name,
                "language": tenant.language,
                "login": tenant.login,
                "password": tenant.password,
                "is_active": True,
            }
            for tenant in TENANTS
        ]
        bank = {"name_en": "Test bank", "name_ru": "Тестовый банк", "currency_code": "RUB", "is_synthetic": True}
        return {
            "admin_password": ADMIN_PASSWORD,
            "analyst_password": ANALYST_PASSWORD,
            "bank": bank,
            "has_model_choice": True,
            "tenants": tenants,
            **changes,
        }

    def provision(self, *options: str, **changes: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PYTHON, "-m", "lyra_superset.provision", *options],
            input=json.dumps(self.specification(**changes)),
            env=self.environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )

    def serve(self) -> None:
        """Start gunicorn as the launcher does and wait until it is healthy."""
        log = open(self.settings.home / "superset.log", "ab")  # noqa: SIM115 - the process keeps it
        command = [PYTHON.with_name("gunicorn"), "-c", str(SUPERSET / "lyra_superset" / "gunicorn.conf.py")]
        self.processes.append(
            subprocess.Popen(
                command, env=self.environment, cwd=REPOSITORY, stdout=log, stderr=log, start_new_session=True
            )
        )
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                    assert answer.read() == b"OK"
                    return
            except OSError:
                assert self.processes[-1].poll() is None, (self.settings.home / "superset.log").read_text()[-3000:]
                time.sleep(0.2)
        raise TimeoutError("Superset did not become healthy in 60 s")

    def stop(self) -> None:
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)  # nothing of it is to be kept
            process.wait(20)
        self.server.stop()


def throw_away_home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="lyra-superset-"))
    home.chmod(0o755)  # PostgreSQL runs as another user when the tests run as root
    return home


def remove(home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
