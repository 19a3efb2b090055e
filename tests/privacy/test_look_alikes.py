"""No withheld part of a look-alike audience is told by the counts that are published beside it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pytest

from infra.disclosure.persons import Relation, bounds_of_counts, isolated
from infra.settings import Settings
from tests.conftest import fresh_warehouse
from tests.privacy.compiled import DATABASE, PROJECT

SECONDARY = re.compile(r"or smaller_count between 1 and 30 - 1")
WHOLE_CITY = re.compile(r"max\(case when spend_level = 0 and .*?\) over \(.*?\) = 1\s+or ", re.DOTALL)
"""The two rules of secondary suppression, as dbt compiles them."""


@pytest.fixture(scope="module")
def query(tmp_path_factory: pytest.TempPathFactory) -> str:
    """serving.look_alikes as plain SQL."""
    target = tmp_path_factory.mktemp("dbt")
    folders = {
        "DBT_PROJECT_DIR": PROJECT,
        "DBT_PROFILES_DIR": PROJECT,
        "DBT_TARGET_PATH": target,
        "DBT_LOG_PATH": target,
    }
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "compile", "--no-introspect", "--no-populate-cache",
         "--select", "look_alikes"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
        env={**os.environ, **{name: str(path) for name, path in folders.items()}, "LYRA_PG_DATABASE": "warehouse"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    return (target / "compiled/lyra/models/serving/look_alikes.sql").read_text().replace(DATABASE, "")


@pytest.fixture(scope="module")
def bank(cluster: Settings) -> Iterator[psycopg.Connection]:
    """Forty tenants with drawn audiences in up to five cities, and five special ones: t40 to t44."""
    random = np.random.default_rng(8)
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "create table marts.dim_cities as select id::text as city_code, 'City ' || id as name_en, "
            "'Город ' || id as name_ru from generate_series(1, 5) id"
        )
        for number in range(45):
            connection.execute(
                "insert into security.tenants (name, legal_group, login, role_name) values (%s, %s, %s, %s)",
                [f"t{number}", f"t{number}", f"t{number}", f"t_{number:012x}"],
            )
        drawn = [
            (f"t{number}", str(city), level, int(random.choice([random.integers(1, 30), random.integers(1, 90)])))
            for number in range(40)
            for city in range(1, random.integers(2, 7))
            for level in (1, 2, 3)
            if random.random() < 0.85
        ]
        large = [("t40", "1", level, 10 ** (level + 1) + 3) for level in (1, 2, 3)]
        one_part_is_small, one_city_is_small = (
            [("t41", "1", 1, 12), ("t41", "1", 2, 60)],
            [("t42", "1", 1, 10), ("t42", "2", 1, 40)],
        )
        drawn += [*one_part_is_small, *one_city_is_small]
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into predictions.look_alike_audiences (as_of, legal_group, best_count) values (%s, %s, 40)",
                [(day, group) for day in ("2026-02-28", "2026-03-31") for group in {row[0] for row in drawn + large}],
            )
            cursor.executemany(
                "insert into predictions.look_alike_counts values ('2026-03-31', %s, %s, %s, %s, 1234.5 * %s)",
                [(*row, row[3]) for row in drawn + large],
            )
            cursor.executemany(
                "insert into predictions.look_alike_counts values ('2026-02-28', %s, %s, %s, 999, 1)",
                [row[:3] for row in large],
            )
        connection.execute(
            "insert into predictions.look_alike_audiences (as_of, legal_group, best_count) values "
            "('2026-03-31', 't43', 7)"
        )
        yield connection


def published(bank: psycopg.Connection, query: str) -> pd.DataFrame:
    cursor = bank.execute(query.encode())
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])


def told(bank: psycopg.Connection, query: str) -> pd.DataFrame:
    """The withheld counts below 30 that are known to within ten persons, by all that one tenant sees together."""
    shown = published(bank, query)
    truth = _truth(bank)
    found = []
    for tenant, page in shown.groupby("tenant_name"):
        known, relations = {}, []
        for row in page.itertuples():
            name = f"{row.city_code}/{row.spend_level}"
            if row.status == "published":
                known[name] = (max(row.customer_count - 2.0, 30.0), row.customer_count + 2.0)
        cities = sorted(set(page["city_code"]) - {"*"})
        if not known or not cities:
            continue
        relations.append(Relation({"*/0": 1.0, **{f"{city}/0": -1.0 for city in cities}}))
        for city in cities:
            levels = page.loc[(page["city_code"] == city) & (page["spend_level"] > 0), "spend_level"]
            relations.append(Relation({f"{city}/0": 1.0, **{f"{city}/{level}": -1.0 for level in levels}}))
        bounds = bounds_of_counts(known, relations).set_index("audience")
        hidden = bounds.loc[~bounds.index.isin(known)]
        found.append(isolated(hidden, truth.loc[tenant], 30).assign(tenant=tenant))
    return pd.concat(found)


def _truth(bank: psycopg.Connection) -> pd.Series:
    """Exact count by tenant and audience."""
    rows = bank.execute(
        "select legal_group, coalesce(city_code, '*') || '/' || coalesce(spend_level, 0), sum(customer_count)::float8 "
        "from predictions.look_alike_counts where as_of = '2026-03-31' "
        "group by grouping sets ((legal_group), (legal_group, city_code), (legal_group, city_code, spend_level))"
    ).fetchall()
    frame = pd.DataFrame(rows, columns=["tenant", "audience", "count"])
    return frame.set_index(["tenant", "audience"])["count"]


def test_no_withheld_count_is_told(bank: psycopg.Connection, query: str) -> None:
    shown = published(bank, query)
    assert (shown["status"] == "published").sum() > 50
    assert (shown["status"] == "withheld").sum() > 50
    assert told(bank, query).empty


@pytest.mark.parametrize(("rule", "victim"), [(SECONDARY, "t41"), (WHOLE_CITY, "t42")])
def test_without_secondary_suppression_the_attack_succeeds(
    bank: psycopg.Connection, query: str, rule: re.Pattern[str], victim: str
) -> None:
    weaker, removed = rule.subn("", query)
    assert removed
    assert victim in set(told(bank, weaker)["tenant"])


def test_what_is_published_is_rounded_and_of_thirty(bank: psycopg.Connection, query: str) -> None:
    shown = published(bank, query)
    open_rows = shown.loc[shown["status"] == "published"]
    truth = _truth(bank)
    exact = truth.loc[[(row.tenant_name, f"{row.city_code}/{row.spend_level}") for row in open_rows.itertuples()]]
    assert exact.min() >= 30
    assert (open_rows["customer_count"] % 5 == 0).all()
    assert np.abs(open_rows["customer_count"].to_numpy(float) - exact.to_numpy()).max() <= 2
    assert set(open_rows["expected_spend_amount"].astype(float)) == {1230.0}, "1234.5 to three digits"
    hidden = shown.loc[shown["status"] != "published"]
    assert hidden[["customer_count", "expected_spend_amount"]].isna().all().all()
    assert hidden[["reason_en", "reason_ru"]].notna().all().all()


def test_the_newest_month_is_shown_and_who_has_none_is_told_why(bank: psycopg.Connection, query: str) -> None:
    shown = published(bank, query).set_index("tenant_name")
    counts = shown.loc["t40"].set_index(["city_en", "spend_level_en"])["customer_count"].to_dict()
    assert counts == {
        ("All cities", "Any spending"): 11110, ("City 1", "Any spending"): 11110, ("City 1", "Low spending"): 105,
        ("City 1", "Middle spending"): 1005, ("City 1", "High spending"): 10005,
    }  # fmt: skip
    few, none = shown.loc["t43"], shown.loc["t44"]
    assert (few["status"], none["status"]) == ("withheld", "no_data")
    assert "the best quarter must be 30" in few["reason_en"]
    assert none["reason_ru"] == "Ещё не посчитано: раз в месяц, после его закрытия"
