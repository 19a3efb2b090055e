"""Each attack finds what it is for, proves no more than is true, and reads nobody's amounts but the attackers'."""

import numpy as np
import pandas as pd
import pytest

from infra.disclosure import AttackReport, PublishedRules, Release, attack
from infra.disclosure.coalitions import coalitions_of
from infra.disclosure.persons import Relation, bounds_in_distributions, bounds_of_counts, isolated
from infra.disclosure.public import public_knowledge
from infra.disclosure.published import band
from infra.disclosure.ranks import ranks
from infra.disclosure.score import Truth
from infra.disclosure.solve import range_by_programme, ranges_of_sums
from infra.disclosure.sums import equations_of
from tests.privacy import hard_markets as markets
from tests.privacy.naive import Month, Rules, months_of, own_peer_groups, publish

RULES = Rules()
EXACT = Rules(rounding=None)
NEXT_QUARTER = pd.Timestamp("2025-10-01")


def attacked(release: Release, rules: Rules) -> AttackReport:
    return attack(release, rules.published, sharpened=2)


@pytest.fixture(scope="module")
def published() -> Release:
    return publish(months_of(markets.store_months(5, 1, (markets.alike, markets.many_small))), RULES)


def test_every_range_holds_the_true_sum(published: Release) -> None:
    public = public_knowledge(published)
    equations = equations_of(published, public, RULES.published)
    truth = Truth(published, public)
    ranges = ranges_of_sums(equations, coalitions_of(equations))
    true = ranges["sum"].map(lambda number: sum(truth.parts(equations.sums[number]).values()))
    assert (ranges["low"] <= true * (1 + 1e-9)).all()
    assert (true <= ranges["high"] * (1 + 1e-9)).all()
    assert (ranges["high"] < 1.1 * ranges["low"]).mean() > 0.1, "pairs solve for sums"


def test_the_programme_is_never_wider_than_interval_arithmetic(published: Release) -> None:
    public = public_knowledge(published)
    equations = equations_of(published, public, RULES.published)
    truth = Truth(published, public)
    ranges = ranges_of_sums(equations, coalitions_of(equations))
    pairs = ranges[ranges["viewers"] == 2].sample(12, random_state=1)
    for row in pairs.itertuples():
        low, high = range_by_programme(equations, row.first, row.second, row.sum)
        true = sum(truth.parts(equations.sums[row.sum]).values())
        assert row.low * (1 - 1e-6) <= low <= true * (1 + 1e-6)
        assert true * (1 - 1e-6) <= high <= row.high * (1 + 1e-6)


def test_an_attack_reads_no_amounts_but_the_attackers_own(published: Release) -> None:
    public = public_knowledge(published)
    coalitions = coalitions_of(equations_of(published, public, RULES.published))
    pair = coalitions[coalitions["first"] != coalitions["second"]].iloc[[0]]
    own = published.group_months["legal_group"].isin(pair[["first", "second"]].iloc[0])
    scrambled = published.group_months.copy()
    amounts = [name for name in scrambled if name.endswith(("_amount", "_count"))]
    scrambled.loc[~own, amounts] = 7
    figures = published.figures.copy()
    figures.loc[~figures["legal_group"].isin(pair[["first", "second"]].iloc[0]), "own_average_bill"] = 7
    other = Release(figures, published.members, published.releases, scrambled)
    seen = [
        ranges_of_sums(equations_of(one, public, RULES.published), pair)[["low", "high", "own"]]
        for one in (published, other)
    ]
    pd.testing.assert_frame_equal(*seen)


def test_without_rounding_two_members_know_the_sum(published: Release) -> None:
    release = publish(months_of(markets.store_months(5, 1, (markets.alike,))), EXACT)
    equations = equations_of(release, public_knowledge(release), EXACT.published)
    ranges = ranges_of_sums(equations, coalitions_of(equations))
    pairs = ranges[ranges["viewers"] == 2]
    assert (pairs["high"] / pairs["low"] - 1).median() < 0.001


def test_a_market_of_equals_is_not_broken_by_its_mean() -> None:
    assert attacked(publish(months_of(markets.store_months(2, 2, (markets.equals,))), RULES), RULES).passed


def test_one_competitor_alone_is_seen_at_once() -> None:
    market = [markets.Shop("a", 5e5, spread=0.2), markets.Shop("b", 7e5, spread=0.2)]
    stores = markets.store_months(1, 1, (lambda rng: market,))
    none = Rules(minimum_groups=1, dominance=None, p_percent=None, inference=False)
    report = attacked(publish(months_of(stores), none), none)
    assert "only competitor" in set(report.breaches["attack"])


def test_a_child_inside_a_published_parent_betrays_the_rest() -> None:
    """Nine groups at city level, and all ten of them as the region: the tenth is the difference."""
    stores = markets.store_months(4, 1, (markets.alike,))
    stores.loc[stores["legal_group"].str.endswith("/g1"), "city_code"] = "elsewhere"
    months = months_of(stores)
    apart = own_peer_groups(months)
    child = apart[apart["city_code"] != "elsewhere"]
    parent = apart.assign(peer_group_id=99, rung="region")
    report = attacked(publish(months, RULES, pd.concat([child, parent], ignore_index=True)), RULES)
    assert report.overlaps
    assert not report.passed
    assert "two peer groups" in set(report.breaches["attack"])


def test_one_group_that_joins_in_a_new_quarter_is_the_difference_of_two_releases() -> None:
    stores = markets.store_months(4, 2, (markets.alike,))
    months = months_of(stores)
    first = own_peer_groups(months)
    first = first[~first["legal_group"].str.endswith("/g1")]
    second = own_peer_groups([Month(4, months[3].period, NEXT_QUARTER, months[3].stores)])
    second["peer_group_id"] += 100
    months = [*months[:3], Month(4, months[3].period, NEXT_QUARTER, months[3].stores)]
    report = attacked(publish(months, EXACT, pd.concat([first, second], ignore_index=True)), EXACT)
    found = report.breaches[report.breaches["attack"] == "two peer groups"]
    assert set(found["target"].str.rsplit("/").str[-1]) == {"g1"}


def test_a_correction_of_one_group_is_the_difference_of_two_releases() -> None:
    stores = markets.store_months(4, 3, (markets.alike,))
    months = months_of(stores)
    late = months[1].stores
    amounts = [name for name in late if name.endswith(("_amount", "_count"))]
    late = late.astype(dict.fromkeys(amounts, float))
    late.loc[late["legal_group"].str.endswith("/g1"), amounts] *= 0.1
    months[1] = Month(2, months[1].period, months[1].assignment, late)
    corrected = Month(5, months[1].period, months[1].assignment, months_of(stores)[1].stores)
    report = attacked(publish([*months, corrected], EXACT), EXACT)
    found = report.breaches[report.breaches["attack"] == "two releases"]
    assert set(found["target"].str.rsplit("/").str[-1]) == {"g1"}


def test_a_single_withheld_member_of_a_distribution_is_the_total_less_the_others() -> None:
    table = pd.DataFrame(
        {
            "distribution": ["one"] * 4 + ["two"] * 4,
            "count": [120, 60, 45, np.nan, 120, 60, np.nan, np.nan],
            "share": [120 / 240, 60 / 240, 45 / 240, np.nan, 120 / 240, 60 / 240, np.nan, np.nan],
        }
    )
    truth = pd.Series([120, 60, 45, 15, 120, 60, 45, 15])
    found = isolated(bounds_in_distributions(table), truth, minimum=30)
    assert found.index.tolist() == [3]
    assert found["lower"].tolist() == [15.0]


def test_rounding_to_fives_does_not_hide_a_single_withheld_member() -> None:
    table = pd.DataFrame({"distribution": "one", "count": [120, 60, np.nan], "share": np.nan, "total": 195})
    found = isolated(bounds_in_distributions(table, rounded_to=5, total="total"), pd.Series([121, 59, 14]), minimum=30)
    assert found.empty, "2.5 + 2.5 + 2.5 persons either way are more than ten"
    table = pd.DataFrame({"distribution": "one", "count": [120, np.nan], "share": np.nan, "total": 135})
    assert len(isolated(bounds_in_distributions(table, 5, total="total"), pd.Series([121, 14]), minimum=30)) == 1


def test_overlapping_audiences_give_away_their_intersection() -> None:
    union = Relation({"either": 1.0, "mine": -1.0, "partner": -1.0, "both": 1.0})
    known = {"mine": (400.0, 400.0), "partner": (300.0, 300.0), "either": (688.0, 688.0)}
    bounds = bounds_of_counts(known, [union]).set_index("audience")
    assert bounds.loc["both"].tolist() == [12.0, 12.0]
    del known["either"]
    within = Relation({"mine": 1.0, "both": -1.0}, 0.0, 1e9)
    bounds = bounds_of_counts(known, [union, within, Relation({"partner": 1.0, "both": -1.0}, 0.0, 1e9)])
    assert bounds.set_index("audience").loc["both"].tolist() == [0.0, 300.0]


def test_counts_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="contradict"):
        bounds_of_counts({"all": (10.0, 10.0), "part": (20.0, 20.0)}, [Relation({"all": 1.0, "part": -1.0}, 0.0, 1e9)])


@pytest.mark.parametrize(
    ("label", "ends"),
    [("under_1", (0, 1)), ("1_5", (1, 5)), ("5–10 %", (5, 10)), ("over_20", (20, np.inf)), ("50+", (50, np.inf))],
)
def test_bands_are_read_from_their_labels(label: str, ends: tuple[float, float]) -> None:
    assert band(label) == ends


def test_a_quarter_of_eleven_has_two_ranks() -> None:
    assert ranks("first_quarter", 11) == (1, 2)
    assert ranks("last_quarter", 11) == (9, 11)
    assert ranks("upper_half", 9) == (1, 4)


def test_an_attack_that_misreads_the_figures_does_not_pass(published: Release) -> None:
    rounded_otherwise = PublishedRules(significant_digits=6)
    report = attack(published, rounded_otherwise)
    assert report.contradictions
    assert not report.passed
