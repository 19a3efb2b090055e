"""The attack on where customers also shop: it succeeds where a rule is removed, and its bounds are the sharpest."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import psycopg
import pytest

from infra.disclosure import AudienceReport, attack_candidate
from infra.disclosure.audiences import SYSTEM, _cities, _solved, _systems
from infra.disclosure.candidate import told_rules
from infra.settings import Settings
from tests.conftest import fresh_warehouse
from tests.privacy.audience_bank import MINE, MONTH, MONTHS, Bought, by_turns, fill
from tests.privacy.compiled import NO_RULE, build_candidate, prepare, set_rule
from tests.privacy.test_audience_figures import CITIES, EVERYWHERE, OWN, WALLETS

ONE_SHOP = by_turns("one shop", range(1, 101), 1)
THRESHOLDS: dict[str, tuple[tuple[str, ...], str]] = {
    "minimum of persons": (("minimum_customers", "minimum_receipts"), "count"),
    "minimum of groups": (("minimum_groups",), "only competitor"),
    "dominance and p %": (("dominance", "p_percent"), "wallet"),
}


@pytest.fixture(scope="module")
def market(cluster: Settings) -> Iterator[psycopg.Connection]:
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        prepare(connection)
        stories = [*EVERYWHERE.values(), *CITIES.values(), *WALLETS.values()]
        bought = [one for story in stories for one in story[0]]
        fill(
            connection, [*bought, *ONE_SHOP, Bought(MINE, "mine", OWN), *(Bought(MINE, name, OWN) for name in WALLETS)]
        )
        build_candidate(connection, MONTHS)
        yield connection


def attacked(connection: psycopg.Connection) -> AudienceReport:
    return attack_candidate(connection, told_rules(connection))


def breaches(report: AudienceReport) -> set[tuple[str, str]]:
    return set(zip(report.breaches["attack"], report.breaches["category_code"], strict=True))


def tell(connection: psycopg.Connection, category: str, city: str = "*", figure: str = "also_shop") -> None:
    """Publish a count that is withheld."""
    changed = connection.execute(
        "update benchmark_candidate.audience_figures as told set status = 'published', reason_code = null, "
        "customer_count = 5 * round(cells.customer_count / 5.0) from benchmark_candidate.audience_cells as cells "
        "where (told.figure, told.city_code, told.category_code) = (%s, %s, %s) and told.status = 'withheld' "
        "and (told.period_start, told.legal_group, told.figure, told.city_code, told.category_code) "
        "= (cells.period_start, cells.legal_group, cells.figure, cells.city_code, cells.category_code)",
        [figure, city, category],
    )
    assert changed.rowcount == 1


@pytest.mark.parametrize(
    ("category", "city", "figure", "attack"),
    [
        ("29 do not", "*", "also_shop", "complement"),
        ("ten outside the city", "town 0", "overlap", "everywhere less a city"),
        ("six in both cities", "town 0", "overlap", "several cities"),
    ],
)
def test_one_number_too_many_is_found(
    market: psycopg.Connection, category: str, city: str, figure: str, attack: str
) -> None:
    with market.transaction(force_rollback=True):
        tell(market, category, city, figure)
        assert (attack, category) in breaches(attacked(market))


def test_the_reason_of_each_city_would_tell_how_many_it_has(market: psycopg.Connection) -> None:
    category = "29 in one and 28 in the other"
    with market.transaction(force_rollback=True):
        market.execute(
            "update benchmark_candidate.audience_figures set reason_code = 'few_customers' "
            "where category_code = %s and figure = 'overlap'",
            [category],
        )
        report = attacked(market)
    assert report.contradictions == 0
    found = breaches(report)
    assert {("city", category), ("programme", category)} <= found


def test_a_count_that_is_told_in_two_ways_is_found(market: psycopg.Connection) -> None:
    with market.transaction(force_rollback=True):
        market.execute(
            "insert into benchmarks.audience_figures (release_id, period_start, legal_group, figure, city_code, "
            "category_code, base_count, customer_count, customer_share, status) "
            "values (1, %s, %s, 'also_shop', '*', '30 do not', 200, 165, 0.825, 'published')",
            [MONTH, MINE],
        )
        report = attacked(market)
    assert "two releases" in set(report.breaches["attack"])


def test_with_all_rules_no_attack_succeeds(market: psycopg.Connection) -> None:
    report = attacked(market)
    assert report.passed, report.breaches
    assert report.tried.set_index("attack").loc["programme", "bounds"] > 0


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_without_the_rule_an_attack_succeeds(market: psycopg.Connection, rule: str) -> None:
    codes, attack = THRESHOLDS[rule]
    with market.transaction(force_rollback=True):
        for code in codes:
            set_rule(market, code, NO_RULE[code])
        build_candidate(market, MONTHS)
        report = attacked(market)
    assert attack in set(report.breaches["attack"])
    assert report.contradictions == 0


@pytest.mark.parametrize("seed", range(6))
def test_bounds_in_closed_form_are_those_of_the_programme(seed: int) -> None:
    """Random customers in random cities, some withheld."""
    rng = np.random.default_rng(seed)
    base, cities = int(rng.integers(60, 300)), int(rng.integers(1, 5))
    bought = rng.random((base, cities)) < rng.uniform(0.05, 0.6, cities)
    counts = [*bought.sum(axis=0), bought.any(axis=1).sum()]
    names = [*(f"town {city}" for city in range(cities)), "*"]
    told = rng.random(cities + 1) < 0.6
    rows = pd.DataFrame({"city_code": names, "truth": counts, "low": 1.0, "high": float(base), "base": base})
    rows.loc[told, "low"], rows.loc[told, "high"] = rows.loc[told, "truth"] - 2.0, rows.loc[told, "truth"] + 2.0
    known = rows.assign(
        figure=["overlap"] * cities + ["also_shop"], period_start=MONTH, legal_group=MINE, category_code="pets",
        many_cities_count=(bought.sum(axis=1) > 1).sum(),
    )  # fmt: skip
    closed = _cities(known)
    solved = _solved(_systems(known)).set_index("audience")
    for attack, name in (("city", "{}"), ("everywhere less a city", "not {}"), ("everywhere", "*"),
                         ("outside everywhere", "none")):  # fmt: skip
        for row in closed[closed["attack"] == attack].itertuples():
            assert (row.lower, row.upper) == pytest.approx(tuple(solved.loc[name.format(row.city_code)]), abs=1e-6)
    if cities == 2:
        (several,) = closed[closed["attack"] == "several cities"].itertuples()
        assert (several.lower, several.upper) == pytest.approx(tuple(solved.loc["both"]), abs=1e-6)
    assert (closed["lower"] <= closed["truth"]).all()
    assert (closed["truth"] <= closed["upper"]).all()
    assert set(SYSTEM) < set(closed)
