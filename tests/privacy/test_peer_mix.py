"""Who the others' customers are: shares of kinds, counted again; a dimension that would tell too much is withheld."""

from collections.abc import Iterator, Mapping
from datetime import date

import psycopg
import pytest

from infra.disclosure import AttackReport, attack_release
from infra.disclosure.candidate import told_rules
from infra.settings import Settings
from orchestration.benchmark_releases import append
from orchestration.benchmark_suppression import withhold_told
from tests.conftest import fresh_warehouse
from tests.privacy.compiled import NO_RULE, build_candidate, prepare, set_rule
from tests.privacy.sales import MONTHS, Sale, insert, towns

TOWN, CATEGORY = "town 0", "category 0"
MONTH = MONTHS[0]
Kinds = Mapping[tuple[str, str, str], int]
"""(gender, age_band, income_tier) → customers of a group."""

WOMAN, MAN = ("female", "25_34", "low"), ("male", "45_54", "high")
EQUALS: dict[str, Kinds] = {f"shop {n}": {WOMAN: 60 + 15 * n, MAN: 130 - 10 * n} for n in range(8)}


@pytest.fixture
def bank(cluster: Settings) -> Iterator[psycopg.Connection]:
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        prepare(connection)
        towns(connection)
        yield connection


def open_shops(bank: psycopg.Connection, market: Mapping[str, Kinds], months: list[date] | None = None) -> None:
    """Each group has one store and customers of its own, who buy once in every month."""
    months = months or [MONTH]
    bank.execute("select raw.ensure_months('marts.fct_transactions', %s, %s)", [months[0], months[-1]])
    customer = 0
    for store, (group, kinds) in enumerate(market.items()):
        bank.execute("insert into marts.dim_stores values (%s, %s, %s, %s)", [store, TOWN, group, group])
        first = customer
        for kind, count in kinds.items():
            bank.execute(
                "insert into marts.dim_customer_versions select n, '-infinity', 'infinity', %s, %s, %s "
                "from generate_series(%s::bigint, %s::bigint) as n",
                [*kind, customer, customer + count - 1],
            )
            customer += count
        for month in months:
            bank.execute(
                "insert into marts.fct_transactions select %s::date + 9, n, %s, %s, 1, 20, false, 1, n "
                "from generate_series(%s::bigint, %s::bigint) as n",
                [month, store, CATEGORY, first, customer - 1],
            )
            count = customer - first
            insert(bank, [Sale(month, TOWN, CATEGORY, group, 20.0 * count, count, count, 0, 0)])


def mix(bank: psycopg.Connection, dimension: str, month: date = MONTH) -> dict[str, dict[str, float | str]]:
    """By viewer: percent of each kind, or why there is none."""
    rows = bank.execute(
        "select legal_group, member_code, coalesce(others_percent::text, reason_code) "
        "from benchmark_candidate.peer_mix where dimension_code = %s and period_start = %s",
        [dimension, month],
    ).fetchall()
    found: dict[str, dict[str, float | str]] = {}
    for viewer, member, told in rows:
        found.setdefault(viewer, {})[member] = told if member == "all" else float(told)
    return found


def attacked(bank: psycopg.Connection) -> AttackReport:
    return attack_release(bank, told_rules(bank))


def test_shares_are_of_the_others(bank: psycopg.Connection) -> None:
    open_shops(bank, EQUALS)
    build_candidate(bank, [MONTH])
    genders = mix(bank, "gender")
    assert set(genders) == set(EQUALS)
    for viewer, shares in genders.items():
        others = [kinds for group, kinds in EQUALS.items() if group != viewer]
        women = sum(kinds[WOMAN] for kinds in others)
        everybody = sum(sum(kinds.values()) for kinds in others)
        assert shares["female"] == pytest.approx(100 * women / everybody, abs=0.05)
        assert shares["female"] + shares["male"] == pytest.approx(100, abs=0.1)
    own = bank.execute(
        "select legal_group, own_percent::float8 from benchmark_candidate.peer_mix where member_code = 'female'"
    ).fetchall()
    for viewer, percent in own:
        assert percent == pytest.approx(100 * EQUALS[viewer][WOMAN] / sum(EQUALS[viewer].values()), abs=0.05)
    assert {tuple(sorted(shares)) for shares in mix(bank, "age").values()} == {("35_54", "under_35")}
    report = attacked(bank)
    assert report.passed
    assert report.contradictions == 0


def test_a_dimension_with_few_of_a_kind_is_withheld_whole(bank: psycopg.Connection) -> None:
    """29 persons of middle income beside those of the group that has most of them; 30 would do."""
    for middle, expected in ((29, {"all": "few_of_a_kind"}), (30, None)):
        bank.execute("truncate marts.dim_stores, marts.dim_customer_versions, marts.fct_transactions")
        bank.execute("truncate marts.fct_group_months")
        spread = {group: {**kinds, ("female", "25_34", "middle"): 0} for group, kinds in EQUALS.items()}
        for number in range(middle):
            spread[f"shop {number % 6}"][("female", "25_34", "middle")] += 1
        spread["shop 7"][("female", "25_34", "middle")] = 6
        open_shops(bank, spread)
        build_candidate(bank, [MONTH])
        incomes = mix(bank, "income_tier")
        if expected:
            assert set(map(str, incomes.values())) == {str(expected)}
        else:
            assert all(set(shares) == {"low", "high", "middle"} for shares in incomes.values())
            told = bank.execute(
                "select distinct legal_group from benchmark_candidate.peer_mix "
                "where dimension_code = 'income_tier' and own_percent is not null"
            ).fetchall()
            assert told == [("shop 6",)], "the others have some of middle income, fewer than 30"
        assert all("all" not in shares for shares in mix(bank, "gender").values())


def test_who_has_not_stated_it_is_of_no_kind_and_is_not_told_by_the_rest(bank: psycopg.Connection) -> None:
    """The shares are of those who have; unrounded, they and the customers together would tell how many have not."""
    unknown = ("unknown", "25_34", "low")
    market = {group: {**kinds, unknown: 2} for group, kinds in EQUALS.items()}
    open_shops(bank, market)
    build_candidate(bank, [MONTH])
    genders = mix(bank, "gender")
    assert set(genders) == set(EQUALS)
    for viewer, shares in genders.items():
        others = [kinds for group, kinds in EQUALS.items() if group != viewer]
        women = sum(kinds[WOMAN] for kinds in others)
        assert shares["female"] == pytest.approx(100 * women / sum(sum(kinds.values()) for kinds in others), abs=0.05)
    assert attacked(bank).passed
    set_rule(bank, "significant_digits", NO_RULE["significant_digits"])
    bank.execute("update marts.fct_group_months set receipt_count = customer_count + 77 + revenue_amount::integer % 13")
    build_candidate(bank, [MONTH])
    report = attacked(bank)
    assert report.contradictions == 0
    assert "gender:*" in set(report.breaches["base"])


def few_men(men: int, of_one: int) -> dict[str, Kinds]:
    """So many men in each shop, and in the first one others; women so that shops differ in size."""
    women = [200 - min(of_one, 190), 52, *range(180, 270, 10), 380]
    return {f"shop {n}": {WOMAN: count, MAN: men if n else of_one} for n, count in enumerate(women)}


def test_a_kind_that_is_nearly_one_groups_is_withheld(bank: psycopg.Connection) -> None:
    """The men go to one shop, which is no larger than the others."""
    open_shops(bank, few_men(3, 280))
    build_candidate(bank, [MONTH])
    assert set(map(str, mix(bank, "gender").values())) == {str({"all": "p_percent"})}
    assert attacked(bank).passed


@pytest.mark.parametrize(
    ("rule", "men", "of_one", "how"),
    [("p_percent", 3, 280, "two members"), ("minimum_customers", 2, 2, "persons")],
)
def test_without_the_rule_an_attack_succeeds_and_what_it_tells_is_withheld(
    bank: psycopg.Connection, rule: str, men: int, of_one: int, how: str
) -> None:
    open_shops(bank, few_men(men, of_one))
    set_rule(bank, rule, NO_RULE[rule])
    build_candidate(bank, [MONTH])
    report = attacked(bank)
    assert report.contradictions == 0
    found = report.breaches
    assert how in set(found.loc[found["base"] == "gender:male", "attack"])
    withhold_told(bank, told_rules(bank))
    assert set(map(str, mix(bank, "gender").values())) == {str({"all": "estimable"})}
    assert not [base for base in attacked(bank).breaches["base"] if base.startswith("gender:")]


def test_a_correction_leaves_the_mix_as_it_was(bank: psycopg.Connection) -> None:
    open_shops(bank, EQUALS)
    build_candidate(bank, [MONTH])
    before = mix(bank, "gender")
    assert append(bank, "run", {}) == [1]
    bank.execute("update marts.fct_group_months set revenue_amount = revenue_amount * 1.1")
    bank.execute("update marts.dim_customer_versions set gender = 'female'")
    bank.execute(
        "insert into monitor.reconciled_days (business_date, file_id, row_count, amount, dagster_run_id) "
        "values (%s, 1, 1, 1, 'r')",
        [MONTH],
    )
    build_candidate(bank, [MONTH])
    assert mix(bank, "gender") == before
    assert attacked(bank).contradictions == 0
    assert append(bank, "run", {}) == [2]
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        bank.execute("delete from benchmarks.peer_mix")
