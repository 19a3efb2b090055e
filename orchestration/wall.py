"""The wall between tenants in schema `serving`: what must be there, and what must not."""

import psycopg

POLICIES = {
    ("tenant_read", "SELECT", "{bi_tenant}", "(tenant_id = ( SELECT security.my_tenant() AS my_tenant))", None),
    ("staff_read", "SELECT", "{bi_staff}", "true", None),
    ("owner_all", "ALL", "{lyra_pipeline}", "true", "true"),
}
"""Name, command, roles, using, with check of each policy that a serving table has: these and no others."""

READERS = {("bi_tenant", "SELECT"), ("bi_staff", "SELECT")}
"""Who may do what with a serving table, its owner apart."""

STAFF_ONLY = frozenset({"model_challengers", "model_deployments", "model_drift", "model_health", "model_scores"})
"""Serving tables without rows of a tenant, in which no tenant may read. Any other table has the tenants' wall."""


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
        wanted_policies, readers = wall_of(name)
        if not has_tenant and name not in STAFF_ONLY:
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
        faults += [
            f"serving.{name}: policy {policy} is missing." for policy in sorted(wanted_policies - policies, key=str)
        ]
        faults += [
            f"serving.{name}: policy {policy} must not be." for policy in sorted(policies - wanted_policies, key=str)
        ]
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
        faults += [f"serving.{name}: {role} lacks {right}." for role, right in sorted(readers - grants)]
        faults += [f"serving.{name}: {role} must not have {right}." for role, right in sorted(grants - readers)]
    return faults


def wall_of(table: str) -> tuple[set[tuple[str, str, str, str, str | None]], set[tuple[str, str]]]:
    """Policies and readers that this serving table must have."""
    if table not in STAFF_ONLY:
        return POLICIES, READERS
    return {one for one in POLICIES if one[0] != "tenant_read"}, READERS - {("bi_tenant", "SELECT")}
