"""The figures about competitors, counted again viewer by viewer, and the rules, tried on every viewer and teller."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise, permutations
from math import ceil, floor, log10

import pandas as pd
import psycopg
import pytest

from infra.settings import Settings
from orchestration.benchmark_releases import append
from tests.conftest import fresh_warehouse
from tests.dbt.recounted import read
from tests.privacy.compiled import build_candidate, prepare
from tests.privacy.sales import MONTHS, insert, random_market, towns

BASES = {"revenue": "revenue_amount", "receipts": "receipt_count", "customers": "customer_count"}
SMALL = 30
"""Groups of a peer group in which everybody can be tried as viewer, teller and target in time."""
RUNGS = ["city", "region", "country", "category_group"]
RULES = {"few_groups", "dominance", "p_percent"}


@pytest.fixture(scope="module")
def market(cluster: Settings) -> Iterator[str]:
    """URL of a warehouse in which six months of a random market were released at once. Read it, change nothing."""
    with fresh_warehouse(cluster) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            prepare(connection)
            towns(connection)
            insert(connection, random_market(MONTHS))
            build_candidate(connection, MONTHS)
            assert append(connection, "run", {}) == [1, 2, 3, 4, 5, 6]
        yield url


@pytest.fixture(scope="module")
def groups(market: str) -> pd.DataFrame:
    """What each group sold in each month within its peer group."""
    return read(
        market,
        "select months.month_start as period_start, peer_group_id::text as peer_group, legal_group, "
        "sum(revenue_amount)::float8 as revenue, "
        "sum(receipt_count)::float8 as receipts, sum(customer_count)::float8 as customers, "
        "sum(repeat_customer_count)::float8 as repeat_customers from benchmarks.group_months as months "
        "join benchmarks.peer_members as members using (city_code, legal_group) "
        "where members.member_category_code = months.category_code group by 1, 2, 3",
    )


@pytest.fixture(scope="module")
def figures(market: str) -> pd.DataFrame:
    return read(market, "select *, peer_group_id::text as peer_group from benchmarks.peer_figures")


def broken_for(viewer: float, others: list[float], least: int) -> str | None:
    """The rule that one viewer breaks, by trying everybody as teller and as target."""
    total = sum(others)
    if len([value for value in others if value > 0]) < least:
        return "few_groups"
    # Everybody is told a quarter: of whom that is not 15 % above, the quarter would tell.
    if total <= 0 or max(map(abs, others)) > 0.25 / 1.15 * total * (1 + 1e-12):
        return "dominance"
    for teller, target in permutations(range(len(others)), 2):
        left = total - abs(others[teller]) - abs(others[target])
        lower_bound = total - others[teller] - (len(others) - 2) * 0.25 * total
        if left < 0.15 * abs(others[target]) * (1 - 1e-12):
            return "p_percent"
        if others[target] > 0 and lower_bound > 0.85 * others[target] * (1 + 1e-12):
            return "p_percent"
    return None


def test_a_cell_is_published_just_where_no_rule_fails_for_any_viewer(market, groups, figures) -> None:
    shown = figures.dropna(subset=["peer_group"]).drop_duplicates(["period_start", "peer_group"])
    verdicts = shown.set_index(["period_start", "peer_group"])
    tried = set()
    for key, cell in groups.groupby(["period_start", "peer_group"]):
        if len(cell) > SMALL:
            continue
        verdict = verdicts.loc[key]
        tried.add(verdict["reason_code"] if verdict["status"] == "withheld" else "published")
        is_whole = verdict["size_band"] == verdict["price_tier"] == "all" and verdict["pool_part"] == "whole"
        least = 5 if is_whole else 10
        found = {
            broken_for(viewer, values[:place] + values[place + 1 :], least)
            for base in BASES
            for values in [cell[base].tolist()]
            for place, viewer in enumerate(values)
        } - {None}
        assert (verdict["reason_code"] in found) if found else verdict["status"] == "published", (key, found)
    assert {"published", "dominance"} <= tried


def test_every_cell_is_in_one_peer_group_and_pools_do_not_overlap(market: str) -> None:
    members = read(market, "select * from benchmarks.peer_members")
    assert not members.duplicated(["city_code", "member_category_code", "legal_group"]).any()
    by_cell = members.groupby(["city_code", "member_category_code", "rung"])
    assert (by_cell[["area_code", "category_code"]].nunique() == 1).all().all()
    for _, cell in members.groupby(["city_code", "member_category_code"]):
        finest = cell[cell["rung"] == min(cell["rung"], key=RUNGS.index)]
        assert set(finest["pool_part"]) != {"whole"} or len(finest) == len(cell), "only the largest go on"
    assert set(members["rung"]) == {"city", "region", "country", "category_group"}
    assert set(members.loc[members["city_code"] == "town nowhere", "rung"]) <= {"city", "country", "category_group"}


def test_figures_of_the_others_are_those_counted_by_hand(groups, figures) -> None:
    shown = figures[figures["status"] == "published"].sort_values("peer_average_bill_index")
    keyed = groups.set_index(["period_start", "peer_group", "legal_group"]).sort_index()
    for row in shown.iloc[:: max(len(shown) // 40, 1)].itertuples():
        cell = keyed.loc[(row.period_start, row.peer_group)]
        others = cell.drop(index=row.legal_group)
        bill = others["revenue"].sum() / others["receipts"].sum()
        if row.average_bill_status == "published":
            assert float(row.peer_average_bill_index) == pytest.approx(three_digits(bill / float(row.own_average_bill)))
            ratios = sorted((others["revenue"] / others["receipts"]).tolist())
            for side, rank in (("lower", ceil(len(ratios) / 4)), ("upper", len(ratios) + 1 - ceil(len(ratios) / 4))):
                value = getattr(row, f"{side}_quartile_average_bill_index")
                if len(ratios) < 10:
                    assert value is None
                else:
                    mean = sum(ratios[rank - 2 : rank + 1]) / 3
                    assert float(value) == pytest.approx(three_digits(mean / float(row.own_average_bill)))
        if row.repeat_rate_status == "published":
            rate = others["repeat_customers"].sum() / others["customers"].sum()
            assert float(row.peer_repeat_rate_index) == pytest.approx(three_digits(rate / float(row.own_repeat_rate)))
        share = cell.loc[row.legal_group, "revenue"] / cell["revenue"].sum()
        rank = 1 + (cell["revenue"] > cell.loc[row.legal_group, "revenue"]).sum()
        assert row.rank_band == band_of(rank, (cell["revenue"] > 0).sum())
        edges = {"under_1": 0.01, "1_5": 0.05, "5_10": 0.1, "10_20": 0.2, "over_20": 1.0}
        assert row.market_share_band == next(band for band, edge in edges.items() if share < edge)


def band_of(rank: int, groups: int) -> str:
    """Quarters of three ranks or more, else halves; who did not sell stands below them."""
    if groups < 12:
        return "upper_half" if rank <= groups / 2 else "lower_half"
    quarter = min(ceil(rank / groups * 4), 4)
    return ("first_quarter", "second_quarter", "third_quarter", "last_quarter")[quarter - 1]


def test_growth_is_of_the_groups_that_sold_in_both_months(groups, figures) -> None:
    months = sorted(groups["period_start"].unique())
    tried: Counter[str] = Counter()
    for before, now in pairwise(months):
        of = {month: groups[groups["period_start"] == month].set_index(["peer_group", "legal_group"])["revenue"]
              for month in (before, now)}  # fmt: skip
        both = pd.concat({"before": of[before], "now": of[now]}, axis=1).dropna()
        both = both[(both > 0).all(axis=1)]
        judged = figures[
            (figures["period_start"] == now) & figures["growth_status"].isin(["published", "few_unmatched"])
        ]
        for row in judged.iloc[::3].itertuples():
            matched = both.loc[row.peer_group]
            unmatched = [of[month].loc[row.peer_group].drop(index=matched.index) for month in (before, now)]
            betrays = [is_one(amounts, matched[month].sum()) for month, amounts in zip(matched, unmatched, strict=True)]
            assert row.growth_status == ("few_unmatched" if any(betrays) else "published")
            tried[row.growth_status] += 1
            if row.growth_status == "published":
                others = matched.drop(index=row.legal_group, errors="ignore")
                growth = others["now"].sum() / others["before"].sum()
                index = three_digits(growth / float(row.own_growth))
                assert float(row.peer_growth_index) == pytest.approx(index, rel=1e-5)
    assert min(tried["published"], tried["few_unmatched"]) > 50


def is_one(amounts: pd.Series, matched: float) -> bool:
    """Would the sum of these tell one of them: alone, beside tiny ones, or beside refunds? Not where it is next to
    nothing beside the matched."""
    largest = amounts.max()
    if amounts.abs().max() <= 0.005 * matched:
        return False
    return len(amounts) == 1 or (len(amounts) > 1 and (amounts.sum() - largest < 0.15 * largest or amounts.min() < 0))


def test_a_withheld_figure_has_a_reason_and_no_number(figures) -> None:
    for metric in (name.removesuffix("_status") for name in figures if name.endswith("_status")):
        numbers = figures[[f"peer_{metric}_index", f"lower_quartile_{metric}_index", f"upper_quartile_{metric}_index"]]
        published = figures[f"{metric}_status"] == "published"
        assert numbers[~published].isna().all().all(), metric
        assert numbers.loc[published, f"peer_{metric}_index"].notna().all(), metric
    assert set(figures.loc[figures["status"] == "withheld", "reason_code"]) <= RULES | {"joins_next_quarter"}
    few = figures["own_repeat_rate"].isna()
    assert figures.loc[few, "repeat_rate_status"].ne("published").all()
    assert few.any()


def three_digits(ratio: float) -> float:
    """A ratio as an index of three significant digits."""
    value = 100 * ratio
    return round(value, 2 - floor(log10(abs(value)))) if value else 0.0
