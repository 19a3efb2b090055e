"""What a merchant sees: its tables, read under its own database login, so behind the same wall."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from infra import tenants
from infra.database.bootstrap import tenant_password
from infra.settings import Settings


@dataclass(frozen=True)
class Seen:
    """The first rows of one table, in the merchant's language."""

    tenant: tenants.Tenant
    table: str
    columns: list[str]
    rows: list[tuple[Any, ...]]
    row_count: int
    """Of the whole table, as the merchant sees it."""


def tables_seen(settings: Settings, name_or_login: str) -> list[tuple[str, int]]:
    """Each table that the merchant may read, and how many rows of it are its own. Raises TenantRefused."""
    with _as_tenant(settings, tenants.find(settings, name_or_login)) as connection:
        return [(table, _count(connection, table)) for table in _tables(connection)]


def rows_seen(settings: Settings, name_or_login: str, table: str, limit: int) -> Seen:
    """Columns of the other language, and those that are the same in every row of a merchant, are left out.

    Raises TenantRefused where there is no such tenant, or no such table for it.
    """
    tenant = tenants.find(settings, name_or_login)
    other = "_en" if tenant.language == "ru" else "_ru"
    with _as_tenant(settings, tenant) as connection:
        known = _tables(connection)
        if table not in known:
            raise tenants.TenantRefused(f"There is no table {table!r} for merchants. There are: {', '.join(known)}.")
        name = sql.Identifier("serving", table)
        cursor = connection.execute(sql.SQL("select * from {} limit 0").format(name))
        names = [column.name for column in cursor.description or []]
        columns = [one for one in names if not one.endswith(other) and one not in ("tenant_id", "tenant_name")]
        newest = sql.SQL(" where is_newest" if "is_newest" in names else "")
        query = sql.SQL("select {} from {}{} limit {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), name, newest, sql.Literal(limit)
        )
        return Seen(tenant, table, columns, connection.execute(query).fetchall(), _count(connection, table))


def _as_tenant(settings: Settings, tenant: tenants.Tenant) -> psycopg.Connection:
    if not tenant.is_active:
        raise tenants.TenantRefused(f"{tenant.name} is disabled: it sees nothing.")
    password = tenant_password(settings, tenant.role_name)
    return psycopg.connect(settings.role_url("warehouse", tenant.role_name, password))


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "select relname from pg_class where relnamespace = to_regnamespace('serving') and relkind = 'r' "
        "and has_table_privilege(oid, 'select') "
        "and exists (select from pg_policy where polrelid = pg_class.oid and polname = 'tenant_read') order by 1"
    )
    return [name for (name,) in rows]


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("serving", table))).fetchone()
    assert row is not None
    return int(row[0])
