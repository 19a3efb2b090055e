"""Publication is all or nothing, and nothing where the wall between tenants has a hole."""

import psycopg
import pytest

from orchestration.ledger import approve_candidate
from orchestration.release import PublicationRefused, publish
from orchestration.wall import STAFF_ONLY

TABLES = ["overview_metrics", "freshness", "model_health"]  # the last is for the bank's staff alone


@pytest.fixture
def candidate(warehouse: psycopg.Connection) -> psycopg.Connection:
    """Release 1 is published, with the value 1; a tested candidate with the value 2 stands ready."""
    warehouse.autocommit = True
    for value in (1, 2):
        for table in TABLES:
            warehouse.execute(f"create table serving_candidate.{table} (tenant_id integer, value integer)")
            warehouse.execute(f"insert into serving_candidate.{table} values (101, {value})")
            wall = "protect_for_staff" if table in STAFF_ONLY else "protect"
            warehouse.execute(f"select security.{wall}('serving_candidate.{table}')")
        approve_candidate(warehouse, f"run {value}")
        if value == 1:
            publish(warehouse, TABLES, "run 1")
    return warehouse


def values(connection: psycopg.Connection) -> set[int]:
    return {v for table in TABLES for (v,) in connection.execute(f"select value from serving.{table}")}


def test_all_tables_change_together_and_the_release_is_written_down(candidate: psycopg.Connection) -> None:
    release = publish(candidate, TABLES, "run 2")
    assert values(candidate) == {2}
    assert release.rows == {"overview_metrics": 1, "freshness": 1, "model_health": 1}
    assert candidate.execute("select count(*) from monitor.releases").fetchone() == (2,)
    assert candidate.execute("select count(*) from monitor.candidate").fetchone() == (0,)


HOLES = {
    "policy missing": "drop policy tenant_read on serving_candidate.freshness",
    "policy too wide": "create policy more on serving_candidate.freshness for select to bi_tenant using (true)",
    "policy on a setting": "alter policy tenant_read on serving_candidate.freshness "
    "using (tenant_id = current_setting('my.tenant')::integer)",
    "security off": "alter table serving_candidate.freshness disable row level security",
    "not forced": "alter table serving_candidate.freshness no force row level security",
    "grant too wide": "grant insert on serving_candidate.freshness to bi_tenant",
    "grant to everybody": "grant select on serving_candidate.freshness to public",
    "grant of a column": "grant update (value) on serving_candidate.freshness to bi_staff",
    "grant missing": "revoke select on serving_candidate.freshness from bi_staff",
    "no tenant": "alter table serving_candidate.freshness drop column tenant_id cascade",
    "tenants read a table of staff": "grant select on serving_candidate.model_health to bi_tenant",
    "a tenant reads a table of staff": "grant select (value) on serving_candidate.model_health to public",
    "rows for tenants in a table of staff": "create policy tenant_read on serving_candidate.model_health for select "
    "to bi_tenant using (tenant_id = (select security.my_tenant()))",
    "a table of staff without its rule": "alter table serving_candidate.model_health disable row level security",
    "staff shut out of their table": "revoke select on serving_candidate.model_health from bi_staff",
    "a table of tenants as one of staff": "drop policy tenant_read on serving_candidate.freshness; "
    "revoke select on serving_candidate.freshness from bi_tenant",
    "view in serving": "create view serving.everything as select * from security.tenants",
    "table missing": "drop table serving_candidate.freshness",
    "table too many": "create table serving_candidate.other (tenant_id integer)",
    "not tested": "delete from monitor.candidate",
    "older than the marts": "insert into monitor.reconciled_days "
    "values ('2026-01-01', 1, 1, 1, 'r', clock_timestamp())",
}


@pytest.mark.parametrize("hole", HOLES)
def test_with_a_hole_nothing_changes(candidate: psycopg.Connection, hole: str) -> None:
    candidate.execute(HOLES[hole])
    with pytest.raises(PublicationRefused, match="Nothing was published"):
        publish(candidate, TABLES, "run 2")
    assert values(candidate) == {1}
    assert candidate.execute("select count(*) from monitor.releases").fetchone() == (1,)


def test_days_that_are_loaded_but_not_computed_are_not_published(candidate: psycopg.Connection) -> None:
    candidate.execute(
        "insert into ingest.files (sha256, kind, name, byte_count, rows_read, rows_loaded, rows_quarantined, "
        "rows_repeated, amount_loaded, status) values ('x', 'transactions', 'x.csv', 1, 1, 1, 0, 0, 5, 'loaded')"
    )
    candidate.execute("insert into ingest.file_days select file_id, '2026-01-01', 1, 5 from ingest.files")
    with pytest.raises(PublicationRefused, match="1 days are loaded but not computed: 2026-01-01"):
        publish(candidate, TABLES, "run 2")
    assert values(candidate) == {1}
