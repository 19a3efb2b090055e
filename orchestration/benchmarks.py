"""fct_group_months → candidate of the figures about competitors → attack → an append-only release of each due month."""

import json
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

import dagster as dg
import psycopg

from infra.disclosure import AttackReport, AudienceReport, attack_candidate, attack_release
from infra.disclosure.candidate import told_rules
from infra.disclosure.published import PublishedRules
from infra.settings import Settings
from orchestration.benchmark_releases import (
    NOISE,
    append,
    closed_months,
    fill_noise,
    is_blurred,
    is_due,
    keep_attack,
    kept_attack,
    plan,
    write_plan,
)
from orchestration.benchmark_suppression import withhold_told
from orchestration.resources import Dbt, Warehouse

BUILD = ["build", "--exclude-resource-type", "unit_test", "--select"]
EVERYTHING = "lyra.benchmarks"
MEMBERS, FIGURES = "+peer_memberships,lyra.benchmarks", "lyra.benchmarks,peer_memberships+"
"""With noise, the factors are made between the two."""


@dg.asset(
    deps=[
        *("reconciled_days", "fct_group_months", "fct_transactions", "dim_stores", "dim_customer_versions"),
        *("dim_peer_viewers", "dim_cities", "dim_categories", "disclosure_rules"),
    ],
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
    withheld = []
    if due.months:
        key = Settings().cell_key.encode()
        for selection in (MEMBERS, FIGURES) if key else (EVERYTHING,):
            dbt.cli([*BUILD, *selection.split()]).wait()
            if selection == MEMBERS:
                fill_noise(warehouse.connection, key)
        withheld = withhold_told(warehouse.connection, rules_of_attack(warehouse.connection))
    return dg.MaterializeResult(
        metadata={
            "months": ", ".join(str(month.period_start) for month in due.months) or "none is due",
            "corrections": sum(month.supersedes is not None for month in due.months),
            "new_peer_groups_of": str(due.assignment_start or "none"),
            "withheld_because_an_attack_told": len(withheld),
        }
    )


@dg.asset_check(asset=benchmark_candidate, blocking=True)
def no_competitor_can_be_told(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Nobody is in two peer groups, no withheld figure has a number, and no attack on the candidate succeeds: neither
    on competitors nor on where customers also shop."""
    connection = warehouse.connection
    if not is_due(connection):
        return dg.AssetCheckResult(passed=True, description="Nothing is due.")
    faults = faults_of_candidate(connection)
    rules = rules_of_attack(connection)
    report, audiences = attack_release(connection, rules), attack_candidate(connection, rules)
    passed = report.passed and audiences.passed and not any(faults.values())
    if passed:
        keep_attack(connection, {**json.loads(report.as_json()), "audiences": audiences.as_dict()})
    return dg.AssetCheckResult(
        passed=passed,
        description=_in_words(report, {**faults, **_faults_of_customers(audiences)}),
        metadata={**faults, **_found(report), **_found_of_customers(audiences)},
    )


@dg.asset(deps=[benchmark_candidate], group_name="benchmarks", kinds={"postgres"})
def benchmark_release(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """The candidate's months, appended in one transaction: from now on they stand as they are."""
    attack = kept_attack(warehouse.connection)
    releases = append(warehouse.connection, context.run.run_id, attack)
    return dg.MaterializeResult(
        metadata={
            "releases": ", ".join(map(str, releases)) or "none",
            **({"best_error_of_an_attack": attack["best_error"]} if attack.get("best_error") is not None else {}),
            **_shares(warehouse.connection),
        }
    )


def rules_of_attack(connection: psycopg.Connection) -> PublishedRules:
    """The rules in force as everybody is told them, and the noise."""
    return replace(told_rules(connection), noise_share=NOISE if is_blurred(connection) else 0.0)


def faults_of_candidate(connection: psycopg.Connection) -> dict[str, int]:
    """What can be counted against the candidate without attacking it; all must be none."""
    row = connection.execute(
        "select (select count(*) from (select from benchmark_candidate.peer_memberships "
        "group by assignment_start, city_code, member_category_code, legal_group having count(*) > 1) as doubled), "
        "(select count(*) from benchmark_candidate.peer_figures where status = 'withheld' "
        "and coalesce(peer_average_bill_index, peer_growth_index, peer_repeat_rate_index) is not null) "
        "+ (select count(*) from benchmark_candidate.audience_figures where status = 'withheld' "
        "and coalesce(customer_count, customer_share, money_share) is not null)"
    ).fetchone()
    assert row is not None
    return {"members_of_two_peer_groups": row[0], "numbers_beside_withheld": row[1]}


def _in_words(report: AttackReport, faults: Mapping[str, int]) -> str:
    counts = {
        "breaches": len(report.breaches),
        "overlaps": len(report.overlaps),
        "contradictions": report.contradictions,
        **faults,
    }
    found = [f"{name.replace('_', ' ')}: {count}" for name, count in counts.items() if count]
    nearest = f"nearest estimate {report.best_error:.1%} off" if isfinite(report.best_error) else "nothing is bounded"
    return "; ".join([*found, nearest])


def _found(report: AttackReport) -> dict[str, Any]:
    """What was tried, and where it succeeded: the place, never the competitor or its amount."""
    tried = report.tried[report.tried["bounds"] > 0]
    nearest = [
        f"{row.attack}: {row.base} of one in {row.place}, {row.period:%Y-%m}, {row.error:.1%} off"
        for row in report.breaches.head().itertuples()
    ]
    return {
        "attacks_tried": ", ".join(tried["attack"]) or "none",
        "bounds": int(tried["bounds"].sum()),
        "cells": int(tried["cells"].max()) if len(tried) else 0,
        "breaches": len(report.breaches),
        "overlaps": len(report.overlaps),
        "contradictions": report.contradictions,
        **({"best_error": report.best_error} if isfinite(report.best_error) else {}),
        **({"nearest_breaches": "; ".join(nearest)} if nearest else {}),
        **({"cells_in_two_peer_groups": "; ".join(report.overlaps[:5])} if report.overlaps else {}),
    }


def _faults_of_customers(report: AudienceReport) -> dict[str, int]:
    return {"breaches_of_customers": len(report.breaches), "contradictions_of_customers": report.contradictions}


def _found_of_customers(report: AudienceReport) -> dict[str, Any]:
    """Where customers are told, never whose or how many."""
    nearest = [
        f"{row.attack}: {row.figure} of {row.category_code} in {row.city_code}, {row.period_start:%Y-%m}"
        for row in report.breaches.head().itertuples()
    ]
    return {
        "bounds_of_customers": int(report.tried["bounds"].sum()),
        **_faults_of_customers(report),
        **({"nearest_breaches_of_customers": "; ".join(nearest)} if nearest else {}),
    }


def _shares(connection: psycopg.Connection) -> dict[str, float]:
    """Of the tenants, the share that has a figure about competitors in the newest month."""
    row = connection.execute(
        "select count(distinct tenants.tenant_id)::float8, "
        "count(distinct tenants.tenant_id) filter (where figures.status = 'published')::float8 "
        "from security.tenants as tenants left join marts.dim_peer_viewers as viewers using (tenant_id) "
        "left join benchmarks.peer_figures as figures on figures.legal_group = viewers.competitor_group "
        "and figures.release_id = "
        "(select release_id from benchmarks.current_releases order by period_start desc limit 1) "
        "where tenants.is_active"
    ).fetchone()
    assert row is not None
    tenants, compared = row
    return {"share_of_tenants_with_competitors": compared / tenants} if tenants else {}
