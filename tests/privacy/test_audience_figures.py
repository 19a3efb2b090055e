"""Where customers also shop: each rule at its edge, told by one bank in which every category is a story of its own."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
import psycopg
import pytest

from infra.disclosure import attack_candidate
from infra.settings import Settings
from orchestration.benchmark_releases import append
from tests.conftest import fresh_warehouse
from tests.dbt.recounted import read
from tests.privacy.audience_bank import MINE, MONTH, MONTHS, SMALL, Bought, by_turns, fill
from tests.privacy.compiled import build_candidate, prepare

ALL, TOWN, NEXT_TOWN = "*", "town 0", "town 1"
OWN = range(1, 201)
"""The viewer's customers of the newest month."""
FEW = range(1, 30)
LAPSED = range(301, 401)
EVERYWHERE: dict[str, tuple[list[Bought], tuple[int | None, str | None]]] = {
    "29 buy elsewhere": (by_turns("29 buy elsewhere", range(1, 30)), (None, "few_customers")),
    "30 buy elsewhere": (by_turns("30 buy elsewhere", range(1, 31)), (30, None)),
    "30 do not": (by_turns("30 do not", range(1, 171)), (170, None)),
    "29 do not": (by_turns("29 do not", range(1, 172)), (None, "nearly_all")),
    "all do": (by_turns("all do", OWN), (200, None)),
    "rounded": (by_turns("rounded", range(1, 78)), (75, None)),
    "four groups": (by_turns("four groups", range(1, 101), 4), (None, "few_groups")),
    "five groups": (by_turns("five groups", range(1, 101), 5), (100, None)),
    "own stores do not count": (
        [*by_turns("own stores do not count", range(1, 61)), Bought(MINE, "own stores do not count", OWN)],
        (60, None),
    ),
    "a refund is no receipt": (
        [
            *by_turns("a refund is no receipt", range(1, 61)),
            Bought("other 0", "a refund is no receipt", OWN, amount=-9),
        ],
        (60, None),
    ),
}
"""Category -> who bought there, what is told of everywhere: count, reason."""

CITIES: dict[str, tuple[list[Bought], dict[str, tuple[int | None, str | None]]]] = {
    "no city is small": (
        [*by_turns("no city is small", range(1, 61)), *by_turns("no city is small", range(61, 111), city=NEXT_TOWN)],
        {ALL: (110, None), TOWN: (60, None), NEXT_TOWN: (50, None)},
    ),
    "29 in one and 28 in the other": (
        [
            *by_turns("29 in one and 28 in the other", range(1, 30)),
            *by_turns("29 in one and 28 in the other", range(31, 59), city=NEXT_TOWN),
        ],
        {ALL: (55, None), TOWN: (None, "complement"), NEXT_TOWN: (None, "complement")},
    ),
    "ten outside the city": (
        [
            *by_turns("ten outside the city", range(1, 101)),
            *by_turns("ten outside the city", range(101, 111), city=NEXT_TOWN),
        ],
        {ALL: (110, None), TOWN: (None, "complement"), NEXT_TOWN: (None, "complement")},
    ),
    "ten hide behind the next larger": (
        [
            *by_turns("ten hide behind the next larger", range(1, 61)),
            *by_turns("ten hide behind the next larger", range(61, 131), city=NEXT_TOWN),
            *by_turns("ten hide behind the next larger", range(1, 11), city="town 2"),
        ],
        {ALL: (130, None), TOWN: (None, "complement"), NEXT_TOWN: (70, None), "town 2": (None, "complement")},
    ),
    "six in both cities": (
        [
            *by_turns("six in both cities", range(1, 63)),
            *by_turns("six in both cities", range(57, 119), city=NEXT_TOWN),
        ],
        {ALL: (120, None), TOWN: (None, "complement"), NEXT_TOWN: (60, None)},
    ),
    "four groups in a city": (
        [
            *by_turns("four groups in a city", range(1, 61), 5),
            *by_turns("four groups in a city", range(61, 121), 4, NEXT_TOWN),
        ],
        {ALL: (120, None), TOWN: (60, None), NEXT_TOWN: (None, "complement")},
    ),
    "hidden everywhere": (
        [
            *by_turns("hidden everywhere", range(1, 101)),
            *by_turns("hidden everywhere", range(101, 176), city=NEXT_TOWN),
        ],
        {ALL: (None, "nearly_all"), TOWN: (None, "complement"), NEXT_TOWN: (None, "complement")},
    ),
}

WALLETS: dict[str, tuple[list[Bought], tuple[float | None, str | None]]] = {
    "equals": (by_turns("equals", OWN, 10), (0.5, None)),
    "a large one": (
        [*by_turns("a large one", OWN, 10), Bought("other 0", "a large one", OWN, amount=50)],
        (None, "dominance"),
    ),
    "a giant": (
        [*by_turns("a giant", OWN, 10, amount=5), Bought("other 0", "a giant", OWN, amount=500)],
        (None, "dominance"),
    ),
    "refunds are taken off": (
        [*by_turns("refunds are taken off", OWN, 10), *by_turns("refunds are taken off", OWN, 10, amount=-50)],
        (0.67, None),
    ),
    "three groups": (by_turns("three groups", OWN, 3), (None, "few_groups")),
    "29 buy it elsewhere": (by_turns("29 buy it elsewhere", FEW, 10), (None, "few_customers")),
    "all of it given back": (
        [*by_turns("all of it given back", OWN, 10), Bought(MINE, "all of it given back", OWN, amount=-100)],
        (None, "no_own_figure"),
    ),
}


def bank() -> list[Bought]:
    bought = [Bought(MINE, "mine", OWN), Bought(SMALL, "small", FEW), *by_turns("to small", FEW)]
    for story in (*EVERYWHERE.values(), *CITIES.values(), *WALLETS.values()):
        bought += story[0]
    bought += [Bought(MINE, category, OWN) for category in WALLETS]
    spring = MONTHS[3]
    bought += [Bought(MINE, "lapsed", LAPSED, month=spring), Bought(MINE, "lapsed", range(391, 401), month=MONTHS[5])]
    bought += by_turns("lapsed", range(301, 341), month=MONTHS[6])  # type: ignore[arg-type]
    bought += by_turns("lapsed", range(341, 391), month=spring)  # type: ignore[arg-type]
    bought += [Bought(MINE, "29 lapsed", range(301, 330), month=spring)]
    return bought


@pytest.fixture(scope="module")
def told(cluster: Settings) -> Iterator[pd.DataFrame]:
    with fresh_warehouse(cluster) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            prepare(connection)
            fill(connection, bank())
            build_candidate(connection, MONTHS)
            report = attack_candidate(connection)
            assert report.passed, report.breaches
            assert {"count", "complement", "city", "programme", "wallet"} <= set(report.tried["attack"])
            append(connection, "run", {})
        rows = read(url, "select * from benchmarks.audience_figures where period_start = %s", MONTH)
        yield rows.astype(object).where(rows.notna(), None)


def of(told: pd.DataFrame, figure: str, category: str, viewer: str = MINE) -> dict[str, tuple[Any, str | None]]:
    """City -> number and reason."""
    rows = told[(told["figure"] == figure) & (told["category_code"] == category) & (told["legal_group"] == viewer)]
    number = "money_share" if figure == "wallet" else "customer_count"
    return {row["city_code"]: (row[number], row["reason_code"]) for _, row in rows.iterrows()}


@pytest.mark.parametrize("story", EVERYWHERE)
def test_a_count_is_told_where_neither_it_nor_the_rest_is_few(told: pd.DataFrame, story: str) -> None:
    assert of(told, "also_shop", story) == {ALL: EVERYWHERE[story][1]}


@pytest.mark.parametrize("story", CITIES)
def test_a_city_tells_nothing_of_another_or_of_everywhere(told: pd.DataFrame, story: str) -> None:
    assert of(told, "also_shop", story) | of(told, "overlap", story) == CITIES[story][1]


@pytest.mark.parametrize("story", WALLETS)
def test_a_share_of_the_wallet_is_told_where_it_tells_no_competitor(told: pd.DataFrame, story: str) -> None:
    share, reason = of(told, "wallet", story)[ALL]
    assert (None if share is None else float(share), reason) == WALLETS[story][1]


def test_the_share_is_of_the_rounded_counts(told: pd.DataFrame) -> None:
    shown = told[(told["status"] == "published") & (told["figure"] != "wallet")]
    assert len(shown) > 10
    shares = (shown["customer_count"] / shown["base_count"]).astype(float).round(6)
    assert (shares == shown["customer_share"].astype(float)).all()
    assert (shown["customer_count"] % 5 == 0).all()


def test_who_lapsed_is_counted_where_the_others_win_it(told: pd.DataFrame) -> None:
    assert of(told, "lapsed", "lapsed") == {ALL: (40, None)}
    assert told.loc[(told["figure"] == "lapsed") & (told["category_code"] == "lapsed"), "base_count"].tolist() == [90]
    assert of(told, "lapsed", "29 lapsed") == {ALL: (None, "few_own_customers")}


def test_of_fewer_than_30_own_customers_not_even_the_categories_are_told(told: pd.DataFrame) -> None:
    rows = told[told["legal_group"] == SMALL]
    assert set(rows["figure"]) == {"also_shop", "wallet", "overlap"}
    assert set(rows["category_code"]) == {ALL}
    assert set(rows["reason_code"]) == {"few_own_customers"}
    assert rows["base_count"].isna().all()


def test_without_five_months_before_nobody_is_said_to_have_lapsed(cluster: Settings) -> None:
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        prepare(connection)
        fill(connection, [Bought(MINE, "mine", OWN, month=month) for month in MONTHS])
        build_candidate(connection, MONTHS)
        reasons = connection.execute(
            "select period_start, reason_code from benchmark_candidate.audience_figures "
            "where figure = 'lapsed' order by 1"
        ).fetchall()
    assert reasons == [(month, "no_history") for month in MONTHS[:5]]
