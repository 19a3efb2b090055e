"""`lyra env`: addresses, logins and variables; secrets only when asked for."""

from typing import Annotated

import psycopg
import typer
from rich.markup import escape
from rich.table import Table

from infra import tenants
from infra.cli.console import console
from infra.local import environment
from infra.settings import Settings


def env(
    secrets: Annotated[bool, typer.Option("--secrets", help="Show passwords too.")] = False,
    export: Annotated[bool, typer.Option("--export", help="As `export NAME=value` lines; needs --secrets.")] = False,
) -> None:
    """How to connect: addresses, logins, database URLs."""
    settings = Settings()
    if export:
        if not secrets:
            raise typer.BadParameter("the variables hold passwords: say --export --secrets.")
        own = {**environment.lyra(settings), **environment.warehouse(settings)}
        for name, value in {**own, **environment.mlflow_client(settings), **environment.dagster(settings)}.items():
            print(f"export {name}='{value}'")
        return
    show_addresses(settings, with_secrets=secrets)
    console.print()
    hidden = "" if secrets else "  (passwords: --secrets)"
    host, port = settings.server
    console.print(f"PostgreSQL {host}:{port}, home {settings.home}{hidden}", highlight=False)
    for database in ("warehouse", "mlflow", "dagster", "superset"):
        url = settings.url(database)
        shown = url if secrets else url.replace(url.split(":", 2)[2].split("@")[0], "…", 1)
        console.print(f"  {shown}", markup=False, highlight=False, soft_wrap=True)


def show_addresses(settings: Settings, with_secrets: bool, only: list[str] | None = None) -> None:
    """The pages with who uses them; logins with passwords where these are kept in the secrets folder."""

    def secret(name: str) -> str:
        return settings.secrets[name] if with_secrets else "…"

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("page", "address", "login", "password", "who"):
        table.add_column(column, no_wrap=column != "who", overflow="fold")
    if only is None or "superset" in only:
        address = f"http://127.0.0.1:{settings.port('superset')}"
        for tenant in _first_three(settings):
            password = secret(tenants.password_secret(tenant.login))
            table.add_row(
                "Superset", address, tenant.login, password, f"merchant {escape(tenant.name)} ({tenant.language})"
            )
        table.add_row("Superset", address, "analyst", secret("superset_analyst_password"), "bank analyst")
        table.add_row("Superset", address, "admin", secret("superset_admin_password"), "administrator")
    if only is None or "dagster-webserver" in only:
        address = f"http://127.0.0.1:{settings.port('dagster')}"
        table.add_row("Dagster", address, "", "", "data engineer (no login: this machine only)")
    if only is None or "mlflow" in only:
        table.add_row("MLflow", settings.mlflow_url, "admin", secret("mlflow_admin_password"), "ML engineer")
    console.print(table)


def _first_three(settings: Settings) -> list[tenants.Tenant]:
    """Three merchants whose password is kept here, one of them English-speaking where there is one."""
    try:
        known = [t for t in tenants.all_tenants(settings) if t.is_active]
    except psycopg.OperationalError:
        return []
    kept = [t for t in known if (settings.secrets.folder / tenants.password_secret(t.login)).is_file()]
    english = [t for t in kept if t.language == "en"][:1]
    return [t for t in kept if t not in english][: 3 - len(english)] + english
