"""`lyra tenant list|add|set|show|disable`."""

import csv
import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from infra import seen, tenants
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


@app.command("set")
def set_terms(
    tenant: Annotated[str, typer.Argument(help="Its name or login.")],
    service_level: Annotated[
        float | None, typer.Option(help="Share of order periods in which nothing is to run out, e.g. 0.95.")
    ] = None,
    lead_days: Annotated[int | None, typer.Option(help="Days from order to delivery.")] = None,
    review_days: Annotated[int | None, typer.Option(help="Days between two orders.")] = None,
    average_price: Annotated[
        float | None, typer.Option(help="Of a piece, in the bank's currency; 0 forgets it: the plan is in money.")
    ] = None,
) -> None:
    """What a merchant says of its stock, which its stock plan follows; without an option: show it."""
    given = {"service_level": service_level, "lead_days": lead_days, "review_days": review_days}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if average_price is not None:
        changes["average_price"] = average_price or None
    settings = Settings()
    found, terms = tenants.set_stock_terms(settings, tenant, changes)
    price = "not given, so the plan is in money" if terms.average_price is None else f"{terms.average_price:g}"
    console.print(
        f"{found.name}: service level {terms.service_level:g}, delivery after {terms.lead_days} days, an order every "
        f"{terms.review_days} days, price of a piece {price}.",
        markup=False,
    )
    if changes:
        console.print("The next publication shows it: `./lyra run --only-serving` makes one now.")


@app.command()
def show(
    tenant: Annotated[str, typer.Argument(help="Its name or login.")],
    table: Annotated[str | None, typer.Argument(help="One of its tables; none: all of them, with their rows.")] = None,
    rows: Annotated[int, typer.Option(help="At most so many rows.")] = 20,
    as_csv: Annotated[bool, typer.Option("--csv", help="For programs.")] = False,
) -> None:
    """What a merchant sees, read under its own database login; of tables with months, the newest."""
    settings = Settings()
    if table is None:
        for name, count in seen.tables_seen(settings, tenant):
            console.print(f"{name:<24} {count:>8,}", markup=False, highlight=False)
        return
    found = seen.rows_seen(settings, tenant, table, rows)
    if as_csv:
        csv.writer(sys.stdout).writerows([found.columns, *found.rows])
        return
    console.print(f"{found.tenant.name}: {table}, {found.row_count:,} rows", markup=False, highlight=False)
    for row in found.rows:
        told = [f"{name} {value}" for name, value in zip(found.columns, row, strict=True) if value is not None]
        console.print(" · ".join(told), markup=False, highlight=False)


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
