"""What stands between a candidate of figures about competitors and its release."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pandas as pd
import psycopg
import pytest

from infra.settings import Settings
from orchestration.benchmark_releases import NotAttacked, kept_attack
from tests.conftest import fresh_warehouse
from tests.privacy.compiled import NO_RULE, build_candidate, set_rule
from tests.privacy.hard_markets import alike, dominant_chain, group_months, store_months
from tests.privacy.released import candidate_of

HELD = pd.concat([store_months(11, 3, (dominant_chain,)), store_months(5, 1, (alike,))])
"""Markets whose chain only the limit on the largest hides, and one that needs no hiding."""


@pytest.fixture
def bank(cluster: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        info = connection.info
        server = {"host": info.host, "port": info.port, "user": info.user, "password": info.password}
        for name, value in {**server, "database": info.dbname}.items():
            monkeypatch.setenv(f"LYRA_PG_{name.upper()}", str(value))
        connection.execute("create table marts.dim_peer_viewers (tenant_id integer, competitor_group text)")
        yield connection


def release(*, with_check: bool = True) -> dg.ExecuteInProcessResult:
    """Dagster's steps after dbt, on the candidate that was built."""
    from orchestration.benchmarks import benchmark_candidate, benchmark_release, no_competitor_can_be_told
    from orchestration.resources import Warehouse

    chosen = dg.AssetSelection.assets(benchmark_release)
    if with_check:
        chosen = chosen | dg.AssetSelection.checks(no_competitor_can_be_told)
    return dg.materialize(
        [benchmark_candidate, benchmark_release, no_competitor_can_be_told],
        selection=chosen,
        resources={"warehouse": Warehouse(), "dbt": dg.ResourceDefinition.none_resource()},
        raise_on_error=False,
    )


def released(bank: psycopg.Connection) -> tuple[Any, ...]:
    row = bank.execute(
        "select (select count(*) from benchmarks.releases), (select count(*) from benchmarks.peer_figures), "
        "(select count(*) from benchmarks.peer_members), (select count(*) from benchmarks.group_months)"
    ).fetchone()
    assert row is not None
    return row


def test_a_candidate_that_tells_a_competitor_is_not_released_and_the_check_says_where(bank: psycopg.Connection) -> None:
    months = candidate_of(bank, group_months(HELD), {"dominance": NO_RULE["dominance"]})
    run = release()
    (check,) = run.get_asset_check_evaluations()
    assert not run.success
    assert (check.passed, check.blocking) == (False, True)
    assert int(check.metadata["breaches"].value) > 0  # type: ignore[arg-type]
    assert "breaches: " in (check.description or "")
    told = str(check.metadata["nearest_breaches"].value)
    assert "two members" in told
    assert "chain" not in told.replace("dominant_chain", ""), "who was found is told to nobody"
    assert released(bank) == (0, 0, 0, 0)
    assert not release(with_check=False).success, "nor by the last step alone"
    assert released(bank) == (0, 0, 0, 0)

    set_rule(bank, "dominance", 0.25)
    build_candidate(bank, months)
    with pytest.raises(NotAttacked, match="materialize benchmark_candidate again"):
        kept_attack(bank)  # the new candidate's
    run = release()
    (check,) = run.get_asset_check_evaluations()
    assert run.success
    assert check.passed
    assert float(check.metadata["best_error"].value) > 0.15  # type: ignore[arg-type]
    assert released(bank)[0] == len(months)
    attack = bank.execute("select distinct attack from benchmarks.releases").fetchall()
    assert len(attack) == 1
    assert attack[0][0]["breaches"] == 0
    assert attack[0][0]["best_error"] == pytest.approx(check.metadata["best_error"].value, abs=1e-4)
    assert release().success, "nothing is due"
    assert released(bank)[0] == len(months)


def test_a_candidate_that_tells_of_few_customers_is_not_released(bank: psycopg.Connection) -> None:
    (month, *_) = candidate_of(bank, group_months(store_months(5, 1, (alike,))))
    bank.execute(
        "insert into benchmark_candidate.audience_cells (period_start, legal_group, figure, city_code, category_code, "
        "base_count, customer_count, many_cities_count, customers_groups) "
        "values (%s, 'mine', 'also_shop', '*', 'pets', 200, 29, 0, 9)",
        [month],
    )
    bank.execute(
        "insert into benchmark_candidate.audience_figures (period_start, legal_group, figure, city_code, "
        "category_code, base_count, customer_count, customer_share, status) "
        "values (%s, 'mine', 'also_shop', '*', 'pets', 200, 30, 0.15, 'published')",
        [month],
    )
    run = release()
    (check,) = run.get_asset_check_evaluations()
    assert not run.success
    assert int(check.metadata["breaches_of_customers"].value) > 0  # type: ignore[arg-type]
    assert "count: also_shop of pets" in str(check.metadata["nearest_breaches_of_customers"].value)
    assert "mine" not in str(check.metadata)
    assert released(bank)[0] == 0

    bank.execute(
        "update benchmark_candidate.audience_figures "
        "set customer_count = null, customer_share = null, status = 'withheld', reason_code = 'few_customers'"
    )
    assert release().success
    ((attack,),) = bank.execute("select distinct attack -> 'audiences' from benchmarks.releases").fetchall()
    assert (attack["breaches"], attack["contradictions"]) == (0, 0)
    assert bank.execute("select count(*) from benchmarks.audience_figures").fetchone() == (1,)
