"""dbt's models of the competitors' figures as plain SQL, to be run on a generated market with psycopg alone.

    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        prepare(connection)                      # rules and dimensions
        …                                        # write marts.fct_group_months
        build_candidate(connection, months)      # -> benchmark_candidate.*
        append(connection, "run", {})            # orchestration.benchmark_releases: -> benchmarks.*

A rule is removed by `set_rule(connection, code, threshold)` before the build; NO_RULE says which threshold that is.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import psycopg

from infra.settings import REPOSITORY
from orchestration.benchmark_releases import Plan, plan, write_plan

PROJECT = REPOSITORY / "dbt_project"
DATABASE = '"warehouse".'
"""What dbt writes before each schema; here the connection says which database."""

NO_RULE = {
    "minimum_groups": 0,
    "minimum_groups_quartiles": 3,
    "dominance": 2,
    "p_percent": 0,
    "minimum_customers": 0,
    "minimum_receipts": 0,
    "minimum_changed_members": 0,
    "negligible_share": 1,
    "matched_growth": 0,
    "significant_digits": 15,
    "order_statistic_values": 1,
    "minimum_corrected_groups": 0,
}
"""Threshold with which a rule holds back nothing. Of dominance, 1 / (1 + p) is held: a threshold of 1 would do so."""


@cache
def compiled_models() -> tuple[tuple[str, str], ...]:
    """(name, SQL) of each model of the folder `benchmarks`, in build order; one dbt call a session."""
    with tempfile.TemporaryDirectory() as target:
        result = subprocess.run(
            [str(Path(sys.executable).with_name("dbt")), "compile", "--no-introspect", "--no-populate-cache",
             "--select", "lyra.benchmarks"],
            cwd=PROJECT,
            env={
                **os.environ,
                "DBT_PROJECT_DIR": str(PROJECT),
                "DBT_PROFILES_DIR": str(PROJECT),
                "DBT_TARGET_PATH": target,
                "DBT_LOG_PATH": target,
                "LYRA_PG_DATABASE": "warehouse",
            },
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
        nodes = json.loads((Path(target) / "manifest.json").read_text())["nodes"]
        ours = {key: node for key, node in nodes.items() if node["fqn"][1] == "benchmarks" and "refs" in node}
        ours = {key: node for key, node in ours.items() if node["resource_type"] == "model"}
        order = TopologicalSorter({key: set(node["depends_on"]["nodes"]) & set(ours) for key, node in ours.items()})
        folder = Path(target) / "compiled" / "lyra" / "models" / "benchmarks"
        return tuple(
            (name, (folder / f"{name}.sql").read_text().replace(DATABASE, ""))
            for name in (ours[key]["name"] for key in order.static_order())
        )


def prepare(connection: psycopg.Connection) -> None:
    """The seed of the rules, and empty dimensions: dim_cities (city_code, region_en) and dim_categories (category_code,
    category_group). A city that is not there has no region, a category that is not there is of the group `other`."""
    connection.execute(
        "create table staging.disclosure_rules "
        "(rule_code text primary key, threshold double precision, what text, source text)"
    )
    connection.execute(
        "create table marts.dim_cities "
        "(city_code text primary key, name_en text, name_ru text, region_en text, region_ru text)"
    )
    connection.execute(
        "create table marts.dim_categories "
        "(category_code text primary key, name_en text, name_ru text, category_group text)"
    )
    connection.execute(
        "create table marts.dim_stores (store_id bigint, city_code text, competitor_group text, legal_group text)"
    )
    connection.execute(
        "create table marts.dim_customer_versions (customer_id bigint, valid_from date, valid_until date, "
        "gender text, age_band text, income_tier text, age integer)"
    )
    connection.execute(
        "create table if not exists marts.dim_peer_viewers (tenant_id integer, tenant_name text, competitor_group text)"
    )
    with open(PROJECT / "seeds" / "disclosure_rules.csv", encoding="utf-8") as file, connection.cursor() as cursor:
        cursor.executemany(
            "insert into staging.disclosure_rules values (%(rule_code)s, %(threshold)s, %(what)s, %(source)s)",
            list(csv.DictReader(file)),
        )


def set_rule(connection: psycopg.Connection, code: str, threshold: float) -> None:
    changed = connection.execute(
        "update staging.disclosure_rules set threshold = %s where rule_code = %s", [threshold, code]
    )
    assert changed.rowcount == 1, f"there is no rule {code}"


def build_candidate(connection: psycopg.Connection, months: Sequence[date]) -> Plan:
    """Plan what is due of the closed `months` (oldest first), and build its candidate as dbt would (autocommit)."""
    planned = plan(connection, months)
    write_plan(connection, planned)
    models = compiled_models()
    names = ", ".join(f"benchmark_candidate.{name}" for name, _ in models)
    connection.execute(f"drop table if exists {names}")  # type: ignore[arg-type]
    for name, query in models:
        connection.execute(f"create unlogged table benchmark_candidate.{name} as {query}")  # type: ignore[arg-type]
        connection.execute(f"analyze benchmark_candidate.{name}")  # type: ignore[arg-type]
    return planned
