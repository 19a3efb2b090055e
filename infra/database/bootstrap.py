"""Roles, databases and migrations: what must be there before anything runs. Safe to repeat, also after a kill."""

import hmac
from pathlib import Path

import psycopg
from psycopg import sql

from infra.settings import DATABASES, Settings

MIGRATIONS = Path(__file__).parent / "migrations"

REVOKED_FROM_PUBLIC = (
    "set_config",
    "pg_sleep%",
    "lo_%",
    "ts_stat",
    "%_to_xml%",
    "query_to_%",
    "pg_stat_get_live_tuples",
)
"""Functions by which SQL could change its identity, hang a connection or read around a row rule."""


def tenant_password(settings: Settings, role: str) -> str:
    """The database password of a login that Superset uses: derived, so that none is stored."""
    return hmac.new(settings.secrets["tenant_login_key"].encode(), role.encode(), "sha256").hexdigest()


def prepare(settings: Settings) -> None:
    """Create roles and databases, apply the migrations that are missing, close what PUBLIC could abuse.

    Raises psycopg.Error where the administrator's URL lacks the right to do so.
    """
    with psycopg.connect(settings.admin_url, autocommit=True) as admin:
        _ensure_roles(admin, settings)
        _ensure_databases(admin)
    with psycopg.connect(settings.url("warehouse")) as owner:
        _migrate(owner)
    with psycopg.connect(_on_database(settings.admin_url, "warehouse")) as admin:
        _close_public_functions(admin)


def _ensure_roles(admin: psycopg.Connection, settings: Settings) -> None:
    for role in dict.fromkeys(DATABASES.values()):
        _ensure_login(admin, role, settings.secrets[f"{role}_password"])
    _execute_if_missing(admin, "bi_tenant", "create role {role} nologin")
    for role in ("bi_gate", "bi_staff"):
        _ensure_login(admin, role, tenant_password(settings, role))
        admin.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(sql.Identifier(role)))
        admin.execute(sql.SQL("alter role {} set statement_timeout = '30s'").format(sql.Identifier(role)))


def _ensure_login(admin: psycopg.Connection, role: str, password: str) -> None:
    _execute_if_missing(admin, role, "create role {role} login nosuperuser nobypassrls nocreatedb nocreaterole")
    admin.execute(
        sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)),
    )


def _execute_if_missing(admin: psycopg.Connection, role: str, statement: str) -> None:
    if admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
        admin.execute(sql.SQL(statement).format(role=sql.Identifier(role)))


def _ensure_databases(admin: psycopg.Connection) -> None:
    present = {name for (name,) in admin.execute("select datname from pg_database")}
    for database, role in DATABASES.items():
        if database not in present:
            # An owner must be a member for a non-superuser administrator to give the database away.
            admin.execute(
                sql.SQL("create database {} owner {} encoding 'UTF8' template template0").format(
                    sql.Identifier(database), sql.Identifier(role)
                )
            )
        admin.execute(sql.SQL("revoke connect, temporary on database {} from public").format(sql.Identifier(database)))
    admin.execute("grant connect on database warehouse to bi_tenant, bi_gate, bi_staff")


def _migrate(owner: psycopg.Connection) -> None:
    owner.execute("select pg_advisory_xact_lock(hashtext('lyra.migrations'))")
    owner.execute(
        "create table if not exists public.lyra_migrations (name text primary key, applied_at timestamptz not null)"
    )
    applied = {name for (name,) in owner.execute("select name from public.lyra_migrations")}
    for path in sorted(MIGRATIONS.glob("*.sql")):
        if path.name not in applied:
            owner.execute(path.read_text())
            owner.execute("insert into public.lyra_migrations values (%s, now())", [path.name])
    owner.commit()


def _close_public_functions(admin: psycopg.Connection) -> None:
    """Revoke from PUBLIC; our own pipeline role keeps `set_config`, which dbt and Dagster use."""
    names = admin.execute(
        "select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
        "where n.nspname = 'pg_catalog' and p.proname like any(%s) "
        "and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))",
        [list(REVOKED_FROM_PUBLIC)],
    ).fetchall()
    for (signature,) in names:
        admin.execute(f"revoke execute on function {signature} from public")
        admin.execute(f"grant execute on function {signature} to lyra_pipeline")


def _on_database(url: str, database: str) -> str:
    return psycopg.conninfo.make_conninfo(url, dbname=database)
