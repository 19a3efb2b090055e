"""`lyra tenant list|add|disable`."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from infra import tenants
from infra.cli.console import console
from infra.local import bring_up
from infra.local.environments import SUPERSET
from infra.local.lock import alone
from infra.local.source import Source
from infra.local.specification import write_specification
from infra.local.state import State
from infra.local.workers import Workers
from infra.settings import Settings

app = typer.Typer(
    help="Merchants with a login: each sees only its own rows.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_tenants(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """All tenants, the disabled ones too."""
    known = tenants.all_tenants(Settings())
    if as_json:
        print(json.dumps([asdict(tenant) for tenant in known], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "name", "legal group", "language", "login", "database role", "active"):
        table.add_column(column)
    for t in known:
        active = "yes" if t.is_active else "[red]no[/]"
        table.add_row(str(t.tenant_id), t.name, t.legal_group, t.language, t.login, t.role_name, active)
    console.print(table)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="As the dashboards shall call it.")],
    group: Annotated[str, typer.Option(help="Legal group: the column legal_group of the bank's stores.")],
    login: Annotated[str, typer.Option(help="Name of its first user in Superset.")],
    language: Annotated[str, typer.Option(help="ru or en.")] = "ru",
) -> None:
    """Add a merchant: its row, its database login and its user in Superset, whose password is printed once."""
    settings = Settings()
    with alone(settings, "tenant add"):
        known = {tenant.login for tenant in tenants.all_tenants(settings)}
        tenant = tenants.add(settings, name, group, language, login)
        if login in known:
            console.print(f"{name} was there already; its database login is in order. Its password was not changed.")
            return
        password = tenants.new_password()
        _tell_superset(settings, {login: password})
    console.print(
        f"Tenant {tenant.tenant_id} {name}: login {login}, password {password} (shown only now)", markup=False
    )
    console.print("Its dashboards are empty until the next publication: `./lyra run --only-serving` makes one now.")


@app.command()
def disable(tenant: Annotated[str, typer.Argument(help="Its name or login.")]) -> None:
    """Close a merchant's login at once; its history is kept."""
    settings = Settings()
    with alone(settings, "tenant disable"):
        disabled = tenants.disable(settings, tenant)
        console.print(f"{disabled.name}: database login closed, open connections ended.")
        _tell_superset(settings, {})


def _tell_superset(settings: Settings, new_passwords: dict[str, str]) -> None:
    if settings.superset_specification:
        write_specification(settings, new_passwords)
        console.print("Now tell Superset: `docker compose run --rm superset-provision`.")
        return
    if not SUPERSET.python.exists():
        console.print("Superset is not set up here: `./lyra up` will tell it.")
        return
    bank = _bank(settings)
    with console.status("Telling Superset"):
        bring_up.provision_superset(settings, Workers(settings.home), bank, new_passwords, lambda text: None)


def _bank(settings: Settings) -> dict[str, Any]:
    state = State.read(settings.home)
    if state.source:
        return Source(**state.source).bank()
    return tenants.bank_of(settings)
