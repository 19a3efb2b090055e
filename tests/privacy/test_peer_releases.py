"""From quarter to quarter and from release to release: who is compared with whom, and what stands once it was told."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import LiteralString

import psycopg
import pytest

from orchestration.benchmark_releases import NOISE, append, fill_noise, plan
from tests.privacy.compiled import build_candidate, prepare, set_rule
from tests.privacy.sales import MONTHS, Sale, insert, towns

WINTER, SPRING = MONTHS[:3], MONTHS[3:]
TOWN, NEXT_TOWN = "town 0", "town 3"
"""Of one region."""
CATEGORIES = [f"category {number}" for number in range(6)]
"""A market each, so that several stories are told by one release."""


@pytest.fixture
def bank(warehouse_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        prepare(connection)
        towns(connection)
        yield connection


def sales(
    months: Iterable[date], names: Iterable[str], town: str = TOWN, category: str = CATEGORIES[0]
) -> Iterator[Sale]:
    return (Sale(month, town, category, name) for month in months for name in names)


def shops(count: int, prefix: str = "shop") -> list[str]:
    return [f"{prefix} {number}" for number in range(count)]


def release(bank: psycopg.Connection, closed: list[date]) -> list[int]:
    build_candidate(bank, closed)
    return append(bank, "run", {})


def members(
    bank: psycopg.Connection, quarter: date, column: LiteralString = "legal_group", category: str = CATEGORIES[0]
) -> set[str]:
    rows = bank.execute(
        f"select {column} from benchmarks.peer_members "
        "where assignment_start = %s and city_code = %s and member_category_code = %s",
        [quarter, TOWN, category],
    )
    return {value for (value,) in rows}


def test_a_town_comes_back_from_its_region_with_seven_others_only(bank: psycopg.Connection) -> None:
    later = {CATEGORIES[0]: 6, CATEGORIES[1]: 7, CATEGORIES[2]: 8}
    for category in later:
        insert(bank, [*sales(WINTER, shops(5), TOWN, category), *sales(MONTHS, shops(3, "other"), NEXT_TOWN, category)])
    release(bank, WINTER)
    assert [members(bank, WINTER[0], "rung", category) for category in later] == [{"region"}] * 3
    for category, count in later.items():
        insert(bank, sales(SPRING, shops(count), TOWN, category))
    release(bank, MONTHS)
    assert [members(bank, SPRING[0], "rung", category) for category in later] == [{"region"}, {"region"}, {"city"}]


def test_a_peer_group_never_changes_by_one(bank: psycopg.Connection) -> None:
    before = shops(10)
    cases = [(1, 0, False), (0, 1, False), (1, 1, True), (2, 0, True), (0, 2, True)]
    stories = dict(zip(CATEGORIES[:5], cases, strict=True))
    after = {category: [*before[left:], *shops(came, "new")] for category, (came, left, _) in stories.items()}
    for category in stories:
        insert(bank, [*sales(WINTER, before, TOWN, category), *sales(SPRING, after[category], TOWN, category)])
    release(bank, WINTER)
    release(bank, MONTHS)
    for category, (_, _, changes) in stories.items():
        assert members(bank, WINTER[0], category=category) == set(before)
        assert members(bank, SPRING[0], category=category) == set(after[category] if changes else before)
    waiting = bank.execute(
        "select distinct category_code, legal_group from benchmarks.peer_figures "
        "where reason_code = 'joins_next_quarter'"
    ).fetchall()
    assert waiting == [(CATEGORIES[0], "new 0")]


def test_a_pool_that_fails_goes_on_without_its_largest_tenth_or_third(bank: psycopg.Connection) -> None:
    giants = {CATEGORIES[0]: [], CATEGORIES[1]: shops(1, "giant"), CATEGORIES[2]: shops(5, "giant")}
    for category, names in giants.items():
        large = [Sale(month, TOWN, category, name, 50000) for month in WINTER for name in names]
        insert(bank, [*sales(WINTER, shops(20), TOWN, category), *large])
    release(bank, WINTER)
    parts = [members(bank, WINTER[0], "pool_part", category) for category in giants]
    assert parts == [{"whole"}, {"without_largest_tenth", "whole"}, {"without_largest_third", "whole"}]
    for category, left_out in {CATEGORIES[0]: 0, CATEGORIES[1]: 3, CATEGORIES[2]: 9}.items():
        compared = inside(bank, WINTER[0], category)
        assert len(compared) == 20 + len(giants[category]) - left_out
        assert not compared & set(giants[category])


def inside(bank: psycopg.Connection, quarter: date, category: str) -> set[str]:
    """Who is compared at the level of the town."""
    rows = bank.execute(
        "select legal_group from benchmarks.peer_members where assignment_start = %s and city_code = %s "
        "and member_category_code = %s and rung = 'city'",
        [quarter, TOWN, category],
    )
    return {name for (name,) in rows}


def test_membership_is_that_of_the_quarter_until_the_next_one_is_released(bank: psycopg.Connection) -> None:
    insert(bank, [*sales(MONTHS[:4], shops(10)), *sales(SPRING[1:], [*shops(10), *shops(3, "new")])])
    assert len(release(bank, MONTHS[:4])) == 4
    assert members(bank, SPRING[0]) == set(shops(10)), "the newest month names the quarter"
    assert len(release(bank, MONTHS[:5])) == 1, "a month without a release costs one month"
    assert plan(bank, MONTHS[:5]).months == ()
    assert members(bank, SPRING[0]) == set(shops(10))
    quarters = bank.execute("select distinct assignment_start from benchmarks.peer_members").fetchall()
    assert quarters == [(SPRING[0],)]


def test_growth_is_withheld_where_one_group_alone_did_not_sell_in_both_months(bank: psycopg.Connection) -> None:
    before, now = WINTER[:2]
    others = [*sales(WINTER[:2], shops(12))]
    stories: dict[str, tuple[list[Sale], str]] = {
        "nobody": ([], "published"),
        "one opened": ([*sales([now], ["new"])], "few_unmatched"),
        "two opened": ([*sales([now], ["new", "other new"])], "published"),
        "one opened beside a tiny one": (
            [*sales([now], ["new"]), Sale(now, TOWN, "", "tiny", revenue=140)],
            "few_unmatched",
        ),
        "one opened beside a small one": (
            [*sales([now], ["new"]), Sale(now, TOWN, "", "small", revenue=160)],
            "published",
        ),
        "one closed": ([*sales([before], ["old"])], "few_unmatched"),
        "one closed, one opened": ([*sales([before], ["old"]), *sales([now], ["new"])], "few_unmatched"),
        "one had refunds only": ([*sales([before], ["old"]), Sale(now, TOWN, "", "old", revenue=-5)], "few_unmatched"),
        "two closed, one with refunds": (
            [*sales([before], ["old", "other old"]), Sale(now, TOWN, "", "old", revenue=-500)],
            "few_unmatched",
        ),
        "two closed, one with refunds that nobody would see": (
            [*sales([before], ["old", "other old"]), Sale(now, TOWN, "", "old", revenue=-5)],
            "published",
        ),
        "one took back what it sold": (
            [*sales([before], ["old"]), Sale(now, TOWN, "", "old", revenue=0)],
            "few_unmatched",
        ),
    }
    for story, (more, _) in stories.items():
        bank.execute("insert into marts.dim_categories values (%s, %s, %s, %s)", [story] * 4)
        insert(bank, [replace(sale, category=story) for sale in (*others, *more)])
    release(bank, WINTER[:2])
    rows = bank.execute(
        "select distinct category_code, growth_status, average_bill_status from benchmarks.peer_figures "
        "where period_start = %s and legal_group = 'shop 0'",
        [now],
    ).fetchall()
    assert {story: growth for story, growth, _ in rows} == {story: told for story, (_, told) in stories.items()}
    assert {bill for *_, bill in rows} == {"published"}


def test_a_correction_is_told_only_of_peer_groups_in_which_five_others_changed(bank: psycopg.Connection) -> None:
    insert(bank, [*sales(WINTER, shops(12)), *sales(WINTER, shops(12, "other"), "town 1")])
    assert release(bank, WINTER) == [1, 2, 3]
    told = {town: figures(bank, 2, town) for town in (TOWN, "town 1")}
    correct(bank, WINTER[1], shops(5))
    assert plan(bank, WINTER).months == (), "five of them, and one of the five looks"
    correct(bank, WINTER[1], ["shop 5", *shops(5, "other")])
    assert release(bank, WINTER) == [4]
    assert bank.execute(
        "select supersedes from benchmarks.current_releases where period_start = %s", [WINTER[1]]
    ).fetchone() == (2,)
    assert figures(bank, 4) != told[TOWN]
    assert figures(bank, 4, "town 1") == told["town 1"]
    assert figures(bank, 2) == told[TOWN], "what was told stands"


def test_what_was_released_can_neither_be_changed_nor_deleted(bank: psycopg.Connection) -> None:
    for table in ("peer_members", "releases", "group_months", "peer_figures", "audience_figures"):
        column = "assignment_start" if table in ("peer_members", "releases") else "release_id"
        for change in (f"delete from {{}}{table}", f"truncate {{}}{table} cascade",
                       f"update {{}}{table} set {column} = {column}"):  # fmt: skip
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                bank.execute(change.format("benchmarks."))  # type: ignore[arg-type]


def test_noise_is_small_and_the_same_for_the_same_others(bank: psycopg.Connection) -> None:
    insert(bank, sales(WINTER, shops(12)))
    build_candidate(bank, WINTER)
    factors = []
    for key in (b"key", b"key", b"another key"):
        assert fill_noise(bank, key) == 12
        factors.append(dict(bank.execute("select legal_group, factor from benchmarks.cell_noise").fetchall()))
    assert factors[0] == factors[1] != factors[2]
    assert len(set(factors[0].values())) == 12
    assert all(abs(factor - 1) <= NOISE for factor in factors[0].values())
    set_rule(bank, "significant_digits", 6)
    release(bank, WINTER)
    blurred = bank.execute(
        "select legal_group, peer_average_bill_index::float8 from benchmarks.peer_figures where release_id = 1"
    ).fetchall()
    assert dict(blurred) == pytest.approx({name: 100 * factor for name, factor in factors[2].items()}, rel=1e-5)


def figures(bank: psycopg.Connection, release_id: int, town: str = TOWN) -> list[tuple[object, ...]]:
    return bank.execute(
        "select legal_group, status, peer_average_bill_index, peer_growth_index from benchmarks.peer_figures "
        "where release_id = %s and city_code = %s order by 1",
        [release_id, town],
    ).fetchall()


def correct(bank: psycopg.Connection, month: date, names: list[str]) -> None:
    """Half of the revenue of these groups turns out to have been an error, and the month is computed again."""
    bank.execute(
        "update marts.fct_group_months set revenue_amount = revenue_amount / 2 "
        "where month_start = %s and legal_group = any(%s)",
        [month, names],
    )
    bank.execute(
        "insert into monitor.reconciled_days (business_date, file_id, row_count, amount, dagster_run_id) "
        "values (%s, 1, 1, 1, 'r') "
        "on conflict (business_date, file_id) do update set reconciled_at = clock_timestamp()",
        [month],
    )
