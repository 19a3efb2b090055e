"""`lyra env`: addresses, logins and variables; secrets only when asked for."""

from typing import Annotated

import psycopg
import typer

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
    """Each page with its address, then a line for each login: narrow, so that no password is cut on any terminal."""

    def page(service: str, title: str, address: str, *logins: tuple[str, str, str]) -> None:
        if only is not None and service not in only:
            return
        console.print(f"[bold]{title:<9}[/] {address}", highlight=False, soft_wrap=True)
        for login, secret, who in logins:
            password = settings.secrets[secret] if with_secrets else "…"
            console.print(f"  {login:<16} {password:<32} {who}", markup=False, highlight=False, soft_wrap=True)

    merchants = [
        (t.login, tenants.password_secret(t.login), f"merchant {t.name} ({t.language})") for t in _first_three(settings)
    ]
    page(
        "superset", "Superset", f"http://127.0.0.1:{settings.port('superset')}", *merchants,
        ("analyst", "superset_analyst_password", "bank analyst"), ("admin", "superset_admin_password", "administrator"),
    )  # fmt: skip
    page(
        "dagster-webserver",
        "Dagster",
        f"http://127.0.0.1:{settings.port('dagster')}  data engineer (no login, this machine only)",
    )
    page("mlflow", "MLflow", settings.mlflow_url, ("admin", "mlflow_admin_password", "ML engineer"))


def _first_three(settings: Settings) -> list[tenants.Tenant]:
    """Three merchants whose password is kept here, one of them English-speaking where there is one."""
    try:
        known = [t for t in tenants.all_tenants(settings) if t.is_active]
    except psycopg.OperationalError:
        return []
    kept = [t for t in known if (settings.secrets.folder / tenants.password_secret(t.login)).is_file()]
    english = [t for t in kept if t.language == "en"][:1]
    return [t for t in kept if t not in english][: 3 - len(english)] + english
