"""Tenants: a row, a database login that sees only that row's data, and what Superset must know about them.

A tenant is never deleted: it is disabled, which closes its login at once and takes its rows out at the next
publication.
"""

import csv
import re
import secrets as random_source
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from infra.database.bootstrap import tenant_password
from infra.settings import Settings

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")


class TenantRefused(ValueError):
    """The tenant cannot be added or found; the message says what to change."""


@dataclass(frozen=True)
class Tenant:
    """One row of security.tenants."""

    tenant_id: int
    name: str
    legal_group: str
    language: str
    login: str
    role_name: str
    is_active: bool


def add(settings: Settings, name: str, legal_group: str, language: str, login: str) -> Tenant:
    """Add the tenant and its database login. The same tenant again is returned as it is, with its login repaired.

    Raises TenantRefused where name, group or login belong to another tenant, or a value cannot be.
    """
    if language not in ("ru", "en"):
        raise TenantRefused(f"Language {language!r}: choose ru or en.")
    if not LOGIN.fullmatch(login):
        raise TenantRefused(
            f"Login {login!r}: 2 to 63 of a-z, 0-9, dot, dash and underscore, not starting with a sign."
        )
    if not name.strip() or not legal_group.strip():
        raise TenantRefused(
            "A tenant needs a name and a legal group (--group), as in the column legal_group of stores."
        )
    with psycopg.connect(_warehouse_as_admin(settings)) as admin:
        admin.execute("lock table security.tenants in share row exclusive mode")
        tenant = _same(admin, name, legal_group, login) or _insert(admin, name, legal_group, language, login)
        _ensure_role(admin, tenant, tenant_password(settings, tenant.role_name))
    return tenant


def disable(settings: Settings, name_or_login: str) -> Tenant:
    """Close the tenant's login and end its open connections. Raises TenantRefused where there is none such."""
    with psycopg.connect(_warehouse_as_admin(settings)) as admin:
        tenant = _find(admin, name_or_login)
        admin.execute("update security.tenants set is_active = false where tenant_id = %s", [tenant.tenant_id])
        admin.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(tenant.role_name)))
    with psycopg.connect(
        _warehouse_as_admin(settings), autocommit=True
    ) as admin:  # after the login is closed for new ones
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [tenant.role_name])
    return Tenant(**{**asdict(tenant), "is_active": False})


@dataclass(frozen=True)
class StockTerms:
    """One row of security.stock_terms."""

    service_level: float
    lead_days: int
    review_days: int
    average_price: float | None

    def require_sane(self) -> None:
        """Raises TenantRefused."""
        if not 0.5 <= self.service_level <= 0.999:
            raise TenantRefused(
                f"Service level {self.service_level:g}: the share of order periods in which nothing is to run out, "
                "0.5 to 0.999."
            )
        if self.lead_days < 0 or self.review_days < 1 or self.lead_days + self.review_days > FORECAST_DAYS:
            raise TenantRefused(
                f"Lead time {self.lead_days} and {self.review_days} days between orders: both together are at most "
                f"{FORECAST_DAYS} days, as far as demand is forecast; orders lie at least a day apart."
            )
        if self.average_price is not None and not 0.01 <= self.average_price < 1e12:
            raise TenantRefused(f"Average price {self.average_price:g}: a piece costs 0.01 at least.")


FORECAST_DAYS = 28


def set_stock_terms(settings: Settings, name_or_login: str, changes: dict[str, Any]) -> tuple[Tenant, StockTerms]:
    """Change what the tenant says of its stock; a field of StockTerms that is not in `changes` stays as it is.

    Raises TenantRefused.
    """
    with psycopg.connect(_warehouse_as_admin(settings)) as admin:
        tenant = _find(admin, name_or_login)
        admin.execute(
            "insert into security.stock_terms (tenant_id) values (%s) on conflict do nothing", [tenant.tenant_id]
        )
        row = admin.execute(
            "select service_level::float8, lead_days, review_days, average_price::float8 from security.stock_terms "
            "where tenant_id = %s for update",
            [tenant.tenant_id],
        ).fetchone()
        assert row is not None
        terms = replace(StockTerms(*row), **changes)
        terms.require_sane()
        admin.execute(
            "update security.stock_terms set service_level = %(service_level)s, lead_days = %(lead_days)s, "
            "review_days = %(review_days)s, average_price = %(average_price)s where tenant_id = %(tenant_id)s",
            {**asdict(terms), "tenant_id": tenant.tenant_id},
        )
    return tenant, terms


def all_tenants(settings: Settings) -> list[Tenant]:
    with psycopg.connect(settings.url("warehouse")) as owner, owner.cursor(row_factory=class_row(Tenant)) as cursor:
        return cursor.execute(f"{SELECT} order by tenant_id").fetchall()


def find(settings: Settings, name_or_login: str) -> Tenant:
    """Raises TenantRefused where no tenant has this name or login."""
    with psycopg.connect(_warehouse_as_admin(settings)) as admin:
        return _find(admin, name_or_login)


def add_from_file(settings: Settings, path: Path) -> list[Tenant]:
    """Add the tenants of a source folder's `tenants.csv` (name;legal_group;language;login), each with a password."""
    if not path.is_file():
        return []
    text = _decoded(path.read_bytes())
    rows = csv.DictReader(text.splitlines(), delimiter=";")
    wanted = {"name", "legal_group", "language", "login"}
    if missing := wanted - set(rows.fieldnames or []):
        raise TenantRefused(
            f"{path}: no column {', '.join(sorted(missing))}. The header is name;legal_group;language;login."
        )
    added = [add(settings, row["name"], row["legal_group"], row["language"], row["login"]) for row in rows]
    for tenant in added:
        settings.secrets.put_if_missing(password_secret(tenant.login), new_password())
    return added


def password_secret(login: str) -> str:
    """Name of the secret that keeps a sample tenant's first password, so that `./lyra env --secrets` can show it."""
    return f"login_{login}"


def new_password() -> str:
    return random_source.token_urlsafe(12)


def superset_specification(settings: Settings, bank: dict[str, Any], new_passwords: dict[str, str]) -> dict[str, Any]:
    """What `lyra_superset.provision` reads: tenants, people, the bank's name, whether pages offer two models.

    Holds passwords: hand it by stdin.
    """
    tenants = [
        {**asdict(tenant), "password": new_passwords.get(tenant.login) or _kept_password(settings, tenant.login)}
        for tenant in all_tenants(settings)
    ]
    for tenant in tenants:
        del tenant["legal_group"]
    return {
        "admin_password": settings.secrets["superset_admin_password"],
        "analyst_password": settings.secrets["superset_analyst_password"],
        "bank": bank,
        "has_model_choice": settings.score_challenger and settings.show_challenger,
        "tenants": tenants,
    }


SELECT = "select tenant_id, name, legal_group, language, login, role_name::text, is_active from security.tenants"


def bank_of(settings: Settings) -> dict[str, Any]:
    """The bank as it was loaded; before anything is loaded it has no name, and ISO 4217's code for "no currency"."""
    with psycopg.connect(settings.url("warehouse"), row_factory=dict_row) as owner:
        row = owner.execute("select name_en, name_ru, currency_code, is_synthetic from ingest.bank").fetchone()
    return row or {"name_en": "", "name_ru": "", "currency_code": "XXX", "is_synthetic": False}


def _same(admin: psycopg.Connection, name: str, legal_group: str, login: str) -> Tenant | None:
    """The tenant with this group, if name and login are its own too; nothing if all three are free."""
    with admin.cursor(row_factory=class_row(Tenant)) as cursor:
        found = cursor.execute(
            f"{SELECT} where name = %s or legal_group = %s or login = %s", [name, legal_group, login]
        ).fetchall()
    for tenant in found:
        if (tenant.name, tenant.legal_group, tenant.login) != (name, legal_group, login):
            raise TenantRefused(
                f"Tenant {tenant.name!r} (group {tenant.legal_group!r}, login {tenant.login!r}) already has this "
                "name, group or login. Choose another, or see `./lyra tenant list`."
            )
        if not tenant.is_active:
            raise TenantRefused(f"Tenant {tenant.name!r} is disabled. Its history is kept; add it under another login.")
    return found[0] if found else None


def _insert(admin: psycopg.Connection, name: str, legal_group: str, language: str, login: str) -> Tenant:
    role = f"t_{random_source.token_hex(6)}"  # opaque: pg_roles is readable by every login
    with admin.cursor(row_factory=class_row(Tenant)) as cursor:
        cursor.execute(
            "insert into security.tenants (name, legal_group, language, login, role_name) values (%s, %s, %s, %s, %s) "
            "returning tenant_id, name, legal_group, language, login, role_name::text, is_active",
            [name, legal_group, language, login, role],
        )
        tenant = cursor.fetchone()
    assert tenant is not None
    return tenant


def _ensure_role(admin: psycopg.Connection, tenant: Tenant, password: str) -> None:
    role = sql.Identifier(tenant.role_name)
    if admin.execute("select 1 from pg_roles where rolname = %s", [tenant.role_name]).fetchone() is None:
        admin.execute(sql.SQL("create role {} login").format(role))
    statements = (
        sql.SQL(
            "alter role {} login nosuperuser nobypassrls nocreatedb nocreaterole noreplication connection limit 20"
        ),
        sql.SQL("alter role {} set statement_timeout = '30s'"),
        sql.SQL("alter role {} set default_transaction_read_only = on"),
        sql.SQL("alter role {} set search_path = serving"),
        sql.SQL("grant bi_tenant to {}"),
    )
    for statement in statements:
        admin.execute(statement.format(role))
    admin.execute(sql.SQL("alter role {} password {}").format(role, sql.Literal(password)))


def _find(admin: psycopg.Connection, name_or_login: str) -> Tenant:
    with admin.cursor(row_factory=class_row(Tenant)) as cursor:
        found = cursor.execute(f"{SELECT} where name = %s or login = %s", [name_or_login, name_or_login]).fetchall()
    if len(found) != 1:
        raise TenantRefused(f"No tenant has the name or login {name_or_login!r}. See `./lyra tenant list`.")
    return found[0]


def _kept_password(settings: Settings, login: str) -> str | None:
    path = settings.secrets.folder / password_secret(login)
    return settings.secrets[path.name] if path.is_file() else None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("windows-1251")


def _warehouse_as_admin(settings: Settings) -> str:
    return psycopg.conninfo.make_conninfo(settings.admin_url, dbname="warehouse")
