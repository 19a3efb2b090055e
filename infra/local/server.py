"""The PostgreSQL that this installation uses: the embedded one, started here, or the external one, checked here."""

import psycopg

from infra.local.postgres import Cluster
from infra.local.processes import require_free
from infra.settings import Settings

OLDEST_VERSION = 150000
"""PostgreSQL 15 brought `unique nulls not distinct` and grants on parameters, both used."""


class DatabaseUnsuitable(RuntimeError):
    """The server of LYRA_DATABASE_URL cannot be used; the message says what to change."""


def embedded(settings: Settings) -> Cluster:
    return Cluster(
        settings.home / "postgres" / "data", settings.port("postgres"), settings.secrets["postgres_password"]
    )


def ensure(settings: Settings) -> str:
    """Start the embedded server, or check the external one; returns a line that says which. No-op when it runs.

    Raises PortTaken, PostgresFailed, DatabaseUnsuitable.
    """
    if settings.database_url:
        return f"external, {check(settings)}"
    cluster = embedded(settings)
    if cluster.is_running() and _port_it_took(cluster) != cluster.port:  # LYRA_PORT_BASE has changed since
        cluster.stop()
    require_port(settings)
    cluster.start()
    return f"embedded, on port {cluster.port}"


def require_port(settings: Settings) -> None:
    """Raises PortTaken where the embedded server could not start for another program's sake."""
    if settings.database_url:
        return
    cluster = embedded(settings)
    if not cluster.is_running() or _port_it_took(cluster) != cluster.port:
        require_free(cluster.port, "PostgreSQL")


def _port_it_took(cluster: Cluster) -> int:
    """The fourth line of postmaster.pid."""
    return int((cluster.data / "postmaster.pid").read_text().split("\n")[3])


def check(settings: Settings) -> str:
    """Version and rights of the server behind the administrator's URL. Raises DatabaseUnsuitable."""
    host, port = settings.server
    try:
        with psycopg.connect(settings.admin_url, connect_timeout=10) as connection:
            row = connection.execute(
                "select current_setting('server_version_num')::int, current_setting('server_version'), "
                "current_user, (select rolsuper from pg_roles where rolname = current_user)"
            ).fetchone()
    except psycopg.OperationalError as error:
        raise DatabaseUnsuitable(
            f"PostgreSQL at {host}:{port} (LYRA_DATABASE_URL) does not let us in: {str(error).strip()}\n"
            "Check host, port, user and password, and the server's pg_hba.conf. The URL reads "
            "postgresql://USER:PASSWORD@HOST:PORT/postgres."
        ) from error
    assert row is not None
    number, version, user, is_superuser = row
    if number < OLDEST_VERSION:
        raise DatabaseUnsuitable(f"PostgreSQL at {host}:{port} is version {version}; Lyra needs 15 or newer.")
    if not is_superuser:
        raise DatabaseUnsuitable(
            f"User {user!r} of LYRA_DATABASE_URL is no superuser of {host}:{port}. Lyra makes roles and databases "
            "and revokes functions such as set_config from PUBLIC, which only a superuser may: a part of the wall "
            f'between tenants. Give another user, or: alter role "{user}" superuser;'
        )
    return f"PostgreSQL {version} at {host}:{port}"
