"""A small table of ours beside Superset's own: what was provisioned last. Read without starting Superset."""

import psycopg2

from lyra_superset.environment import metadata_dsn

TABLE = "create table if not exists lyra_state (name text primary key, value text not null)"


def read_state(name: str) -> str | None:
    """The stored value, None where nothing was provisioned yet. Raises psycopg2.OperationalError without a database."""
    with psycopg2.connect(metadata_dsn(), connect_timeout=5) as connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('public.lyra_state')")
        if cursor.fetchone()[0] is None:
            return None
        cursor.execute("select value from lyra_state where name = %s", [name])
        row = cursor.fetchone()
        return row[0] if row else None


def write_state(**values: str) -> None:
    with psycopg2.connect(metadata_dsn(), connect_timeout=5) as connection, connection.cursor() as cursor:
        cursor.execute(TABLE)
        for name, value in values.items():
            cursor.execute(
                "insert into lyra_state values (%s, %s) on conflict (name) do update set value = excluded.value",
                [name, value],
            )
