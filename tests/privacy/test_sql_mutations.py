"""A rule's row in `disclosure_rules` made to hold nothing back: an attack on what the SQL publishes succeeds."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd
import psycopg
import pytest

from infra.disclosure.candidate import attack_release
from infra.settings import Settings
from orchestration.benchmark_releases import append
from tests.conftest import fresh_warehouse
from tests.privacy import hard_markets as markets

compiled = pytest.importorskip("tests.privacy.compiled")

Kind = Callable[[markets.Draw], markets.Market]
REMOVED: dict[str, tuple[tuple[str, ...], tuple[Kind, ...], str]] = {
    "dominance": (("dominance",), (markets.dominant_chain,), "two members"),
    "dominance and p %": (("dominance", "p_percent"), (markets.dominant_chain,), "two members"),
    "never one unmatched group": (("negligible_share",), (markets.closing, markets.opening), "opened or closed"),
    "a quartile is no group's value": (("order_statistic_values",), (markets.many_small,), "quartiles"),
}


@pytest.mark.parametrize("rule", REMOVED)
def test_without_the_rule_an_attack_on_the_sql_succeeds(cluster: Settings, rule: str) -> None:
    from tests.privacy.released import candidate_of

    codes, kinds, how = REMOVED[rule]
    without: Mapping[str, float] = {code: compiled.NO_RULE[code] for code in codes}
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        candidate_of(connection, markets.group_months(markets.store_months(11, 3, kinds)), without)
        report = attack_release(connection)
    assert report.contradictions == 0
    assert how in set(report.breaches["attack"])


@pytest.fixture
def bank(cluster: Settings) -> Iterator[psycopg.Connection]:
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("threshold", [0, 2])
def test_a_peer_group_that_changes_by_one_tells_what_that_one_sold(bank: psycopg.Connection, threshold: int) -> None:
    """One opens in June, when the peer groups of the quarter stand; in July they are chosen anew, and July's growth is
    of June's sum with it."""
    from tests.privacy.released import candidate_of

    months = markets.group_months(markets.store_months(11, 3, (joining,)))
    months["period_start"] -= pd.DateOffset(months=2)
    closed = candidate_of(bank, months, {"minimum_changed_members": threshold}, closed_count=2)
    append(bank, "run", {})
    for count in (3, 4):
        compiled.build_candidate(bank, closed[:count])
        report = attack_release(bank)
        assert report.contradictions == 0
        if count < len(closed):
            assert report.passed
            append(bank, "run", {})
    assert ("two peer groups" in set(report.breaches["attack"])) is (threshold == 0)


def joining(rng: markets.Draw) -> markets.Market:
    market = markets.alike(rng)
    market[0].months = {2, 3}
    market[0].revenue *= 1.4
    return market


@pytest.mark.parametrize("threshold", [0, 5])
def test_a_correction_of_one_group_tells_what_was_corrected(bank: psycopg.Connection, threshold: int) -> None:
    from tests.privacy.released import candidate_of

    months = markets.group_months(markets.store_months(11, 3, (understated,)))
    closed = candidate_of(bank, months, {"minimum_corrected_groups": threshold})
    assert attack_release(bank).passed
    append(bank, "run", {})
    bank.execute(
        "update marts.fct_group_months set revenue_amount = revenue_amount * 18 "
        "where month_start = %s and legal_group like '%%/g0'",
        [closed[1]],
    )
    bank.execute(
        "insert into monitor.reconciled_days (business_date, file_id, row_count, amount, dagster_run_id) "
        "values (%s, 1, 1, 1, 'r')",
        [closed[1]],
    )
    compiled.build_candidate(bank, closed)
    report = attack_release(bank)
    assert report.contradictions == 0
    assert ("two releases" in set(report.breaches["attack"])) is (threshold == 0)


def understated(rng: markets.Draw) -> markets.Market:
    """One whose receipts were delivered in part at first."""
    market = markets.alike(rng)
    market[0].revenue *= 0.1
    return market
