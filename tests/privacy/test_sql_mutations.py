"""A rule's row in `disclosure_rules` made to hold nothing back: an attack on what the SQL publishes succeeds."""

from collections.abc import Callable, Mapping

import psycopg
import pytest

from infra.disclosure.candidate import attack_release
from infra.settings import Settings
from tests.conftest import fresh_warehouse
from tests.privacy import hard_markets as markets

compiled = pytest.importorskip("tests.privacy.compiled")

Kind = Callable[[markets.Draw], markets.Market]
REMOVED: dict[str, tuple[tuple[str, ...], Kind, str]] = {
    "dominance": (("dominance",), markets.dominant_chain, "two members"),
    "dominance and p %": (("dominance", "p_percent"), markets.dominant_chain, "two members"),
    "a quartile is no group's value": (("order_statistic_values",), markets.many_small, "quartiles"),
}


@pytest.mark.parametrize("rule", REMOVED)
def test_without_the_rule_an_attack_on_the_sql_succeeds(cluster: Settings, rule: str) -> None:
    from tests.privacy.released import candidate_of

    codes, kind, how = REMOVED[rule]
    without: Mapping[str, float] = {code: compiled.NO_RULE[code] for code in codes}
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        candidate_of(connection, markets.group_months(markets.store_months(11, 3, (kind,))), without)
        report = attack_release(connection)
    assert report.contradictions == 0
    assert how in set(report.breaches["attack"])
