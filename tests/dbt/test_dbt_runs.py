"""What a second run, a corrected day and a publication do to the tables."""

from datetime import timedelta
from urllib.parse import urlsplit

import pandas as pd
import psycopg
import pytest

from orchestration.wall import STAFF_ONLY
from tests.dbt.tiny_bank import LAST_DAY, TENANTS, load_purchases

FACTS = (
    "fct_transactions",
    "fct_customer_category_days",
    "fct_store_category_days",
    "fct_tenant_customer_days",
    "fct_bank_days",
    "fct_city_days",
    "agg_past_customer_cities",
    "agg_scope_days",
    "fct_customer_city_months",
    "fct_member_months",
    "fct_customer_category_months",
    "fct_store_customer_months",
    "fct_store_months",
    "fct_group_months",
    "agg_scope_metrics",
    "agg_scope_members",
)


def digests(url: str) -> dict[str, str]:
    """A digest of each table's rows in any order."""
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(
                f"select md5(string_agg(t::text, ',' order by t::text)) from marts.{table} t"  # type: ignore[arg-type]
            ).fetchone()[0]
            for table in FACTS
        }


def window(first: object, beyond: object) -> tuple[str, str]:
    return "--vars", f"{{window_start: '{first}', window_end: '{beyond}'}}"


@pytest.mark.parametrize(
    ("days_back", "unchanged"), [(20, {"agg_past_customer_cities"}), (50, set())], ids=["last month", "earlier month"]
)
def test_a_corrected_day_replaces_the_day_and_a_second_run_changes_nothing(
    copy_of_built: str, purchases: pd.DataFrame, dbt, days_back: int, unchanged: set[str]
) -> None:
    before = digests(copy_of_built)
    corrected_day = LAST_DAY - timedelta(days=days_back)
    rows = purchases[purchases["business_date"] == corrected_day]
    corrected = rows.iloc[: len(rows) // 2].assign(cents=lambda frame: frame["cents"] + 100)
    with psycopg.connect(copy_of_built) as connection:
        load_purchases(connection, corrected)
    day = window(corrected_day, corrected_day + timedelta(days=1))
    dbt(copy_of_built, "build", "--exclude", "path:models/serving", *day)
    once = digests(copy_of_built)
    assert {table for table in FACTS if once[table] == before[table]} == unchanged
    with psycopg.connect(copy_of_built) as connection:
        found = connection.execute(
            "select count(*), (sum(amount) * 100)::bigint from marts.fct_transactions where business_date = %s",
            [corrected_day],
        ).fetchone()
        assert found == (len(corrected), int(corrected["cents"].sum()))
        load_purchases(connection, rows)
    dbt(copy_of_built, "run", "--exclude", "path:models/serving", *day)
    assert digests(copy_of_built) == before


def test_a_tenant_that_comes_and_goes_has_its_whole_history_or_none(copy_of_built: str, dbt) -> None:
    before = digests(copy_of_built)
    day = window(LAST_DAY, LAST_DAY + timedelta(days=1))
    tables = ("fct_tenant_customer_days", "agg_scope_days")
    with psycopg.connect(copy_of_built, autocommit=True) as connection:
        connection.execute("update security.tenants set is_active = false where tenant_id = 101")
        dbt(copy_of_built, "run", "--select", "dim_tenant_stores", *tables, *day)
        left = connection.execute(
            "select (select count(*) from marts.agg_scope_days where tenant_id = 101), "
            "(select count(*) from marts.fct_tenant_customer_days where store_id not in "
            "(select store_id from marts.dim_tenant_stores))"
        ).fetchone()
        assert left == (0, 0)
        connection.execute("update security.tenants set is_active = true")
    dbt(copy_of_built, "run", "--select", "dim_tenant_stores", *tables, *day)
    assert {table: digests(copy_of_built)[table] for table in tables} == {table: before[table] for table in tables}


def release_one_comparison(owner: psycopg.Connection) -> None:
    """Each tenant may compare its average bill in one city and category, and nothing else."""
    owner.execute(
        "insert into benchmarks.releases (period_start, rules_version, assignment_start, dagster_run_id, attack) "
        "values ('2025-03-01', 'v', '2025-01-01', 'r', '{}')"
    )
    others = ["growth", "growth_last_year", "receipts_per_customer", "repeat_rate", "new_customer_share"]
    others += [f"weekday_{day}" for day in range(1, 8)]
    owner.execute(
        "insert into benchmarks.peer_figures (release_id, period_start, legal_group, city_code, category_code, "  # type: ignore[arg-type]
        "peer_group_id, rung, area_code, group_category_code, size_band, price_tier, peer_count_band, status, "
        "rank_band, market_share_band, average_bill_status, own_average_bill, peer_average_bill_index, "
        f"{', '.join(f'{name}_status' for name in others)}) "
        "select 1, '2025-03-01', legal_group, 'moscow', 'groceries', 1, 'region', 'Moscow', 'groceries', 'all', 'all', "
        f"'5-9', 'published', 'upper_half', '10_20', 'published', 500, 120, {', '.join(['%s'] * len(others))} "
        "from security.tenants",
        ["few_groups"] * len(others),
    )
    owner.execute(
        "insert into benchmarks.peer_mix (release_id, period_start, legal_group, peer_group_id, dimension_code, "
        "member_code, own_percent, others_percent, status) "
        "select 1, '2025-03-01', legal_group, 1, 'gender', 'female', 40, 55, 'published' from security.tenants"
    )
    owner.execute(
        "insert into benchmarks.audience_figures (release_id, period_start, legal_group, figure, city_code, "
        "category_code, base_count, customer_count, customer_share, status) "
        "select 1, '2025-03-01', legal_group, 'also_shop', '*', 'groceries', 100, 40, 0.4, 'published' "
        "from security.tenants"
    )


def test_published_tables_show_a_tenant_its_rows_alone_and_can_be_built_again(
    copy_of_built: str, tenant_password: str, dbt
) -> None:
    with psycopg.connect(copy_of_built) as owner:
        owner.execute(
            "insert into predictions.stock_plans select %s, legal_group, '*', '*', null, 0.95, 3, 7, 50, 100, 150, "
            "2, 3, 'demand', 1, 'r', now() from security.tenants",
            [LAST_DAY],
        )
        release_one_comparison(owner)
        owner.execute(
            "with audiences as (insert into predictions.look_alike_audiences (as_of, legal_group, best_count) "
            "select %s, legal_group, 50 from security.tenants returning as_of, legal_group) "
            "insert into predictions.look_alike_counts select as_of, legal_group, 'moscow', 1, 60, 6000 from audiences",
            [LAST_DAY],
        )
        owner.execute(
            "insert into predictions.deployments (model_name, model_version, learner, alias, run_id, as_of, metrics, "
            "reason, deployed_by) values ('demand', 1, 'lightgbm', 'champion', 'r', %s, '{}', 'best', 'dagster')",
            [LAST_DAY],
        )
    dbt(
        copy_of_built,
        "run",
        "--select",
        "current_models",
        "stock_plan",
        "peer_comparison",
        "peer_standing",
        "peer_customers",
        "audience",
        "look_alikes",
        *window(LAST_DAY, LAST_DAY + timedelta(days=1)),
    )
    with psycopg.connect(copy_of_built) as owner:
        assert owner.execute(
            "select distinct city_en, reserve_amount from serving_candidate.stock_plan"
        ).fetchall() == [("All cities", 50)]
        tables = [
            name for (name,) in owner.execute("select tablename from pg_tables where schemaname = 'serving_candidate'")
        ]
        assert len(tables) == 21
        assert set(tables) > STAFF_ONLY
        for table in tables:
            owner.execute(f"alter table serving_candidate.{table} set schema serving")  # type: ignore[arg-type]
        everybody = owner.execute("select count(distinct tenant_id) from serving.overview_metrics").fetchone()
        assert everybody == (len(TENANTS),)
    for group, role in TENANTS.items():
        own = urlsplit(copy_of_built)
        url = f"postgresql://{role}:{tenant_password}@{own.hostname}:{own.port}{own.path}"
        with psycopg.connect(copy_of_built) as owner, psycopg.connect(url) as tenant:
            tenant_id = owner.execute(
                "select tenant_id from security.tenants where legal_group = %s", [group]
            ).fetchone()
            for table in STAFF_ONLY:
                with pytest.raises(psycopg.errors.InsufficientPrivilege), tenant.transaction():
                    tenant.execute(f"select 1 from serving.{table}")  # type: ignore[arg-type]
            for table in set(tables) - STAFF_ONLY:
                seen = tenant.execute(f"select distinct tenant_id from serving.{table}").fetchall()  # type: ignore[arg-type]
                assert seen == [tenant_id], table
    dbt(copy_of_built, "run", "--select", "path:models/serving", *window(LAST_DAY, LAST_DAY + timedelta(days=1)))
    with psycopg.connect(copy_of_built) as owner:
        walls = owner.execute(
            "select relname, relrowsecurity, relforcerowsecurity, "
            "(select count(*) from pg_policy where polrelid = c.oid) from pg_class c "
            "where relnamespace = 'serving_candidate'::regnamespace and relkind = 'r'"
        ).fetchall()
        assert sorted(walls) == [(table, True, True, 2 if table in STAFF_ONLY else 3) for table in sorted(tables)]
