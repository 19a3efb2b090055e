"""Staging, intermediate and marts run on Spark too: what the two spell differently is in dispatched macros alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from infra.settings import REPOSITORY

PROJECT = REPOSITORY / "dbt_project"
LAYERS = ("staging", "intermediate", "marts")
MODELS = sorted(path for layer in LAYERS for path in (PROJECT / "models" / layer).glob("*.sql"))
OF_POSTGRES = {
    r"::": "cast(… as …)",
    r"\bdistinct\s+on\b": "row_number()",
    r"\bfilter\s*\(\s*where\b": "case when … inside the aggregate",
    r"\bgenerate_series\b": "a seed or a join",
    r"\bwithin\s+group\b": "quantile()",
    r"\bdate_trunc\b": "first_of_month()",
    r"\bextract\b": "weekday() or another macro",
    r"\binterval\b": "add_days()",
    r"\b(ilike|similar\s+to|string_agg|array_agg|array\s*\[|to_char|regexp_replace)\b": "a dispatched macro",
    r"\blateral\b": "a join",
    r"~": "a dispatched macro",
}
"""PostgreSQL's own way, as a pattern, and what a model writes in its place."""

KNOWN_TO_SPARK = {"conv", "grouping", "initcap", "weekday"}
"""Functions that sqlglot does not know by name and Spark does."""


@pytest.fixture(scope="session")
def renderings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For either engine the folder of all models as dbt renders them for it."""
    dbt = [str(Path(sys.executable).with_name("dbt"))]
    commands = {"postgres": dbt, "spark": [sys.executable, str(Path(__file__).with_name("dbt_for_spark.py"))]}
    return {engine: _compile(command, tmp_path_factory.mktemp(engine)) for engine, command in commands.items()}


def _compile(command: list[str], target: Path) -> Path:
    result = subprocess.run(
        [*command, "compile", "--no-introspect", "--no-populate-cache"],
        cwd=PROJECT,
        env={
            **os.environ,
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
    return target / "compiled" / "lyra" / "models"


def foreign(sql: str) -> list[str]:
    """What of PostgreSQL's own stands in this SQL outside macro calls, comments and texts."""
    code = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|--[^\n]*|'[^']*'", " ", sql, flags=re.DOTALL)
    return [f"{found[0]!r}: use {instead}" for way, instead in OF_POSTGRES.items() if (found := re.search(way, code))]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
@pytest.mark.parametrize("engine", ["postgres", "spark"])
def test_every_model_is_sql_of_either_engine(renderings: dict[str, Path], path: Path, engine: str) -> None:
    sql = (renderings[engine] / path.parent.name / path.name).read_text()
    (statement,) = sqlglot.parse(sql, dialect=engine)
    assert isinstance(statement, exp.Query)
    unknown = {function.name.lower() for function in statement.find_all(exp.Anonymous)}
    assert unknown <= KNOWN_TO_SPARK


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_no_model_writes_what_only_postgres_reads(path: Path) -> None:
    assert foreign(path.read_text()) == []


@pytest.mark.parametrize(
    "way",
    [
        "select amount::text from sales",
        "select count(*) filter (where is_refund) from sales",
        "select distinct on (store_id) * from sales",
        "select * from generate_series(1, 2)",
        "select percentile_cont(0.5) within group (order by amount) from sales",
        "select * from stores where name ~ 'a'",
    ],
)
def test_postgres_own_ways_are_seen(way: str) -> None:
    assert foreign(way)
    assert not foreign(f"-- {way}\nselect '{way.replace(chr(39), '')}' as text")
