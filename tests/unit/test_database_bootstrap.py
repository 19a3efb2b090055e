import psycopg
import pytest

from infra.database.bootstrap import prepare, tenant_password
from infra.settings import Settings


def test_preparing_twice_changes_nothing(cluster: Settings) -> None:
    prepare(cluster)
    with psycopg.connect(cluster.url("warehouse")) as owner:
        names = owner.execute("select name from public.lyra_migrations order by name").fetchall()
    assert len(names) == len(set(names)) > 0


@pytest.mark.parametrize("function", ["set_config('role', 'lyra_pipeline', false)", "pg_sleep(0)", "lo_create(0)"])
def test_a_reader_cannot_call_what_could_change_its_identity_or_hang(cluster: Settings, function: str) -> None:
    url = cluster.role_url("warehouse", "bi_gate", tenant_password(cluster, "bi_gate"))
    with psycopg.connect(url) as gate, pytest.raises(psycopg.errors.InsufficientPrivilege):
        gate.execute(f"select {function}")


def test_a_tenant_sees_its_own_rows_and_nobody_elses(warehouse: psycopg.Connection, cluster: Settings) -> None:
    with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
        for role in ("t_000000000001", "t_000000000002"):
            admin.execute(f"create role {role} login in role bi_tenant password '{role}'")
    try:
        warehouse.execute(
            "insert into security.tenants (name, legal_group, login, role_name) values "
            "('A', 'a', 'a', 't_000000000001'), ('B', 'b', 'b', 't_000000000002')"
        )
        warehouse.execute("create table serving.takings (tenant_id integer, amount numeric(18, 2))")
        warehouse.execute("insert into serving.takings values (101, 1.01), (102, 2.02)")
        warehouse.execute("select security.protect('serving.takings')")
        warehouse.commit()
        database = warehouse.info.dbname
        for role, amount in (("t_000000000001", "1.01"), ("t_000000000002", "2.02")):
            url = cluster.role_url("warehouse", role, role).rsplit("/", 1)[0] + "/" + database
            with psycopg.connect(url) as tenant:
                assert [str(a) for (a,) in tenant.execute("select amount from serving.takings")] == [amount]
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    tenant.execute("select * from security.tenants")
        warehouse.execute("update security.tenants set is_active = false where name = 'A'")
        warehouse.commit()
        url = cluster.role_url("warehouse", "t_000000000001", "t_000000000001").rsplit("/", 1)[0] + "/" + database
        with psycopg.connect(url) as tenant:
            assert tenant.execute("select count(*) from serving.takings").fetchone() == (0,)
    finally:
        warehouse.rollback()
        with psycopg.connect(cluster.admin_url, autocommit=True) as admin:
            for role in ("t_000000000001", "t_000000000002"):
                admin.execute(f"drop role {role}")
