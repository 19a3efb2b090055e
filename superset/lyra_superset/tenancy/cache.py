"""Results are cached for one tenant and one publication: another tenant never gets them, nor does anyone tomorrow."""

import logging
import time
from typing import Any

import psycopg2

from lyra_superset.environment import warehouse_uri
from lyra_superset.tenancy.connection import login_password
from lyra_superset.tenancy.scope import GATE_LOGIN, scope_of

log = logging.getLogger(__name__)

REREAD_SECONDS = 5


def install() -> None:
    """Superset asks the engine for the key under CACHE_QUERY_BY_USER. It must never be None: that means "no key"."""
    from superset.db_engine_specs.postgres import PostgresEngineSpec

    PostgresEngineSpec.get_impersonation_key = classmethod(_cache_key)


def _cache_key(cls: type, user: Any) -> str:
    scope = scope_of(user)
    owner = scope.login if scope else f"nobody:{getattr(user, 'username', '')}"
    return f"{owner}:{_publication()}"


_last: tuple[float, str] = (0.0, "")


def _publication() -> str:
    """Object ids of the serving tables: publishing replaces the tables, so the ids change with every publication."""
    global _last
    now = time.monotonic()
    if not _last[1] or now - _last[0] > REREAD_SECONDS:
        _last = (now, _read_publication())
    return _last[1]


def _read_publication() -> str:
    dsn = warehouse_uri().replace("postgresql+psycopg2://", "postgresql://", 1)
    connection = psycopg2.connect(dsn, password=login_password(GATE_LOGIN), connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select coalesce(string_agg(c.oid::text, ',' order by c.oid), 'empty') from pg_class c "
                "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'serving' and c.relkind = 'r'"
            )
            return str(cursor.fetchone()[0])
    finally:
        connection.close()
