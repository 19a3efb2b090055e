"""Over generated markets: no attack succeeds, no rule is broken, and whatever may be published is."""

from collections.abc import Iterator

import pandas as pd
import psycopg
import pytest

from infra.disclosure import AttackReport, Release, attack
from infra.disclosure.candidate import read_release, told_rules
from infra.settings import Settings
from tests.conftest import fresh_warehouse
from tests.privacy import hard_markets as markets
from tests.privacy.naive import Rules, months_of, parts_of, publish, reason_to_withhold

SEED = 21
STORES = markets.store_months(SEED, 2)
CELL = ["release_id", "city_code", "category_code", "legal_group"]


def test_no_attack_on_what_the_rules_allow_succeeds() -> None:
    rules = Rules()
    release = publish(months_of(markets.store_months(1, 2)), rules)
    report = attack(release, rules.published, sharpened=8)
    assert (release.figures["status"] == "published").mean() > 0.4, "there is something to attack"
    assert report.breaches.empty
    assert report.passed
    assert report.best_error > rules.published.close


@pytest.fixture(scope="module")
def by_sql(cluster: Settings) -> Iterator[tuple[Release, AttackReport]]:
    """The same markets released by dbt's SQL, and attacked."""
    pytest.importorskip("tests.privacy.compiled")
    from tests.privacy.released import candidate_of

    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        candidate_of(connection, markets.group_months(STORES))
        release = read_release(connection)
        yield release, attack(release, told_rules(connection), sharpened=8)


def test_no_attack_on_what_the_sql_publishes_succeeds(by_sql: tuple[Release, AttackReport]) -> None:
    _, report = by_sql
    assert report.contradictions == 0, "the attack misreads the figures"
    assert report.breaches.empty
    assert report.passed


def test_the_sql_breaks_no_rule_and_withholds_nothing_more(by_sql: tuple[Release, AttackReport]) -> None:
    """A plain recount, viewer by viewer, of what may be shown of a month's customers: the same cells as in SQL."""
    release, _ = by_sql
    shown = release.figures[release.figures["peer_receipts_per_customer_index"].notna()]
    published = set(zip(shown["release_id"], shown["city_code"], strict=True))
    may_be = {
        (month.release_id, city)
        for month in months_of(STORES)
        for city, rows in _by_city(month.rows).items()
        if reason_to_withhold(parts_of(rows), Rules()) is None
    }
    assert published - may_be == set(), "a rule is broken"
    assert may_be - published == set(), "withheld without need"


def _by_city(rows: dict[tuple[str, str, str], list]) -> dict[str, list]:
    cities: dict[str, list] = {}
    for cell, here in rows.items():
        cities.setdefault(cell[0], []).extend(here)
    return cities


def test_a_published_cell_shows_every_viewer_the_others_as_recounted(by_sql: tuple[Release, AttackReport]) -> None:
    release, _ = by_sql
    inputs = release.group_months
    shown = release.figures[release.figures["peer_average_bill_index"].notna()].merge(inputs, on=CELL)
    members = release.member_cells.merge(release.releases[["release_id", "assignment_start"]], on="assignment_start")
    of_group = inputs.merge(members, on=CELL)
    totals = of_group.groupby(["release_id", "peer_group_id"])[["revenue_amount", "receipt_count"]].sum().reset_index()
    shown = shown.merge(totals, on=["release_id", "peer_group_id"], suffixes=("", "_of_all"))
    others = (shown["revenue_amount_of_all"] - shown["revenue_amount"]) / (
        shown["receipt_count_of_all"] - shown["receipt_count"]
    )
    index = 100 * others / shown["own_average_bill"]
    pd.testing.assert_series_equal(
        shown["peer_average_bill_index"].astype(float), index, rtol=0.0052, check_names=False, check_dtype=False
    )
