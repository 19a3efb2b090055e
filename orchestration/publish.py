"""serving_candidate → serving: all tables in one transaction, after the wall between tenants was checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import psycopg
from psycopg import sql

from infra.settings import Settings
from orchestration.ledger import pending_days
from orchestration.resources import Warehouse
from orchestration.transform import SERVING_TABLES

POLICIES = {
    ("tenant_read", "SELECT", "{bi_tenant}", "(tenant_id = ( SELECT security.my_tenant() AS my_tenant))", None),
    ("staff_read", "SELECT", "{bi_staff}", "true", None),
    ("owner_all", "ALL", "{lyra_pipeline}", "true", "true"),
}
"""Name, command, roles, using, with check of each policy that a serving table has: these and no others."""

READERS = {("bi_tenant", "SELECT"), ("bi_staff", "SELECT")}
"""Who may do what with a serving table, its owner apart."""


class PublicationRefused(RuntimeError):
    """Something is not as it must be: `serving` was left as it is. The message lists every point."""


@dataclass(frozen=True)
class Release:
    """What was published."""

    release_id: int
    rows: dict[str, int]
    loaded_until: Any
    predicted_as_of: Any


@dg.asset(deps=[["serving_candidate", name] for name in SERVING_TABLES], group_name="publish", kinds={"postgres"})
def published_tables(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """The tables that Superset reads: replaced all at once, or not at all."""
    release = publish(warehouse.connection, SERVING_TABLES, context.run_id)
    return dg.MaterializeResult(
        metadata={
            "release": release.release_id,
            "dagster/row_count": sum(release.rows.values()),
            "loaded_until": str(release.loaded_until),
            "predicted_as_of": str(release.predicted_as_of),
            "tables": dg.MetadataValue.md("\n".join(f"- {name}: {rows} rows" for name, rows in release.rows.items())),
            "dashboard": dg.MetadataValue.url(f"http://127.0.0.1:{Settings().port('superset')}/"),
        }
    )


def publish(connection: psycopg.Connection, tables: Sequence[str], run_id: str) -> Release:
    """Move `tables` from serving_candidate to serving in one transaction and write the release down.

    Raises PublicationRefused, with the last published tables whole, when days are loaded but not computed, when the
    candidate is incomplete or did not pass its tests, or when row level security, policies or grants are not exactly as
    they must be.
    """
    with connection.transaction():
        # A reader must see yesterday's tables or today's, and two publications must not meet half-way.
        connection.execute("select pg_advisory_xact_lock(hashtext('lyra.publish'))")
        _refuse(_not_ready(connection, tables))
        for table in tables:
            old, new = sql.Identifier("serving", table), sql.Identifier("serving_candidate", table)
            connection.execute(sql.SQL("drop table if exists {}").format(old))
            connection.execute(sql.SQL("alter table {} set schema serving").format(new))
        for left_over in set(_tables(connection, "serving")) - set(tables):
            connection.execute(sql.SQL("drop table {}").format(sql.Identifier("serving", left_over)))
        _refuse(faults_of_the_wall(connection))
        return _write_down(connection, tables, run_id)


def _not_ready(connection: psycopg.Connection, tables: Sequence[str]) -> list[str]:
    days, present = pending_days(connection), _tables(connection, "serving_candidate")
    approved = connection.execute(
        "select tested_at >= coalesce((select max(reconciled_at) from monitor.reconciled_days), tested_at) "
        "from monitor.candidate"
    ).fetchone()
    return [
        *([f"{len(days)} days are loaded but not computed: {days[0]} … {days[-1]}."] if days else []),
        *(f"serving_candidate.{name} is missing." for name in tables if name not in present),
        *(f"serving_candidate.{name} is none of dbt's serving models." for name in present if name not in tables),
        *(
            ["The candidate tables did not pass their tests, or are older than the marts."]
            if not (approved and approved[0])
            else []
        ),
    ]


def faults_of_the_wall(connection: psycopg.Connection) -> list[str]:
    """Everything in schema `serving` by which a tenant could read more, or less, than its own rows."""
    relations = connection.execute(
        "select c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, "
        "pg_get_userbyid(c.relowner), exists (select from pg_attribute a where a.attrelid = c.oid "
        "and a.attname = 'tenant_id' and not a.attisdropped) "
        "from pg_class c where c.relnamespace = 'serving'::regnamespace "
        "and c.relkind not in ('i', 'I', 't', 'c') order by 2"
    ).fetchall()
    faults = []
    for oid, name, kind, enabled, forced, owner, has_tenant in relations:
        if kind != "r":
            faults.append(f"serving.{name} is no plain table (kind {kind!r}): row rules do not hold there.")
            continue
        if owner != "lyra_pipeline":
            faults.append(f"serving.{name} belongs to {owner}, not to lyra_pipeline.")
        if not has_tenant:
            faults.append(f"serving.{name} has no column tenant_id.")
        if not (enabled and forced):
            faults.append(f"serving.{name}: row level security is not enabled and forced.")
        policies = set(
            connection.execute(
                "select policyname, cmd, roles::text, qual, with_check from pg_policies "
                "where schemaname = 'serving' and tablename = %s and permissive = 'PERMISSIVE'",
                [name],
            ).fetchall()
        )
        faults += [f"serving.{name}: policy {policy} is missing." for policy in sorted(POLICIES - policies, key=str)]
        faults += [f"serving.{name}: policy {policy} must not be." for policy in sorted(policies - POLICIES, key=str)]
        grants = set(
            connection.execute(
                "select coalesce(r.rolname, 'public'), a.privilege_type from pg_class c "
                "cross join lateral aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee "
                "where c.oid = %s and a.grantee <> c.relowner union all "
                "select coalesce(r.rolname, 'public'), a.privilege_type || ' of column ' || t.attname "
                "from pg_attribute t "
                "cross join lateral aclexplode(t.attacl) a left join pg_roles r on r.oid = a.grantee "
                "where t.attrelid = %s and a.grantee <> %s::regrole",
                [oid, oid, owner],
            ).fetchall()
        )
        faults += [f"serving.{name}: {role} lacks {right}." for role, right in sorted(READERS - grants)]
        faults += [f"serving.{name}: {role} must not have {right}." for role, right in sorted(grants - READERS)]
    return faults


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        raise PublicationRefused("Nothing was published. " + " ".join(faults))


def _tables(connection: psycopg.Connection, schema: str) -> list[str]:
    rows = connection.execute(
        "select relname from pg_class where relnamespace = %s::regnamespace "
        "and relkind not in ('i', 'I', 't', 'c') order by 1",
        [schema],
    )
    return [name for (name,) in rows]


def _write_down(connection: psycopg.Connection, tables: Sequence[str], run_id: str) -> Release:
    rows: dict[str, int] = {}
    for table in tables:
        counted = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("serving", table)))
        rows[table] = (counted.fetchone() or (0,))[0]
    connection.execute("delete from monitor.candidate")
    written = connection.execute(
        "insert into monitor.releases (loaded_until, predicted_as_of, table_count, row_count, dagster_run_id) values ("
        "(select max(business_date) from ingest.file_days), (select max(as_of) from predictions.purchasing_power), "
        "%s, %s, %s) "
        "returning release_id, loaded_until, predicted_as_of",
        [len(rows), sum(rows.values()), run_id],
    ).fetchone()
    assert written is not None
    release_id, loaded_until, predicted_as_of = written
    return Release(release_id, rows, loaded_until, predicted_as_of)
