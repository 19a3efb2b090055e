"""fct_group_months → candidate of the figures about competitors → attack → an append-only release of each due month."""

import dagster as dg
import psycopg

from infra.settings import Settings
from orchestration.benchmark_releases import append, closed_months, fill_noise, plan, write_plan
from orchestration.resources import Dbt, Warehouse

BUILD = ["build", "--exclude-resource-type", "unit_test", "--select"]
EVERYTHING = "lyra.benchmarks"
MEMBERS, FIGURES = "+peer_memberships,lyra.benchmarks", "lyra.benchmarks,peer_memberships+"
"""With noise, the factors are made between the two."""


@dg.asset(
    deps=["reconciled_days", "fct_group_months", "dim_cities", "dim_categories", "disclosure_rules"],
    group_name="benchmarks",
    kinds={"dbt", "postgres"},
)
def benchmark_candidate(
    context: dg.AssetExecutionContext, warehouse: Warehouse, dbt: Dbt
) -> dg.MaterializeResult[None]:
    """Figures about competitors of the closed months that have none, or whose inputs changed; mostly none are due.

    dbt runs as a process of this asset, not as assets: its start takes 4 s, and nothing is due on most days.
    """
    due = plan(warehouse.connection, closed_months(warehouse.connection))
    write_plan(warehouse.connection, due)
    if due.months:
        key = Settings().cell_key.encode()
        for selection in (MEMBERS, FIGURES) if key else (EVERYTHING,):
            dbt.cli([*BUILD, *selection.split()]).wait()
            if selection == MEMBERS:
                fill_noise(warehouse.connection, key)
    return dg.MaterializeResult(
        metadata={
            "months": ", ".join(str(month.period_start) for month in due.months) or "none is due",
            "corrections": sum(month.supersedes is not None for month in due.months),
            "new_peer_groups_of": str(due.assignment_start or "none"),
        }
    )


@dg.asset_check(asset=benchmark_candidate, blocking=True)
def no_competitor_can_be_told(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Nobody is in two peer groups, no withheld figure has a number, and no attack on the candidate succeeds."""
    faults = faults_of_candidate(warehouse.connection)
    # ATTACK: called here with warehouse.connection, it reads schema benchmark_candidate (peer_figures, group_months,
    # peer_memberships) and adds what it could estimate to the faults, and what it tried to the metadata.
    return dg.AssetCheckResult(passed=not any(faults.values()), metadata=dict(faults))


@dg.asset(deps=[benchmark_candidate], group_name="benchmarks", kinds={"postgres"})
def benchmark_release(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """The candidate's months, appended in one transaction: from now on they stand as they are."""
    faults = faults_of_candidate(warehouse.connection)
    releases = append(warehouse.connection, context.run.run_id, dict(faults))
    return dg.MaterializeResult(
        metadata={"releases": ", ".join(map(str, releases)) or "none", **_shares(warehouse.connection)}
    )


def faults_of_candidate(connection: psycopg.Connection) -> dict[str, int]:
    """What can be counted against the candidate without attacking it; all must be none."""
    if not _is_due(connection):
        return {}
    row = connection.execute(
        "select (select count(*) from (select from benchmark_candidate.peer_memberships "
        "group by assignment_start, city_code, member_category_code, legal_group having count(*) > 1) as doubled), "
        "(select count(*) from benchmark_candidate.peer_figures where status = 'withheld' "
        "and coalesce(peer_average_bill_index, peer_growth_index, peer_repeat_rate_index) is not null)"
    ).fetchone()
    assert row is not None
    return {"members_of_two_peer_groups": row[0], "numbers_beside_withheld": row[1]}


def _is_due(connection: psycopg.Connection) -> bool:
    row = connection.execute("select exists(select from benchmarks.due_months)").fetchone()
    return bool(row and row[0])


def _shares(connection: psycopg.Connection) -> dict[str, float]:
    """Of the newest month's tenants, the share that has a figure about competitors."""
    row = connection.execute(
        "select count(distinct tenant_id)::float8, "
        "count(distinct tenant_id) filter (where status = 'published')::float8 "
        "from security.tenants left join benchmarks.peer_figures as figures "
        "on figures.legal_group = tenants.legal_group "
        "and release_id = (select release_id from benchmarks.current_releases order by period_start desc limit 1) "
        "where is_active"
    ).fetchone()
    assert row is not None
    tenants, compared = row
    return {"share_of_tenants_with_competitors": compared / tenants} if tenants else {}
