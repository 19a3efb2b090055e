"""Each rule removed in turn: an attack succeeds that the rules held off, so both the rule and the attack are real.

Some rules follow from others. That is shown here, too: removed alone they change nothing, removed with those others
they do.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from infra.disclosure import AttackReport, attack
from tests.privacy import hard_markets as markets
from tests.privacy.naive import Rules, months_of, publish

Kinds = tuple[Callable[[markets.Draw], markets.Market], ...]
HELD = Rules()

NEEDED: dict[str, tuple[Rules, Kinds, str]] = {
    "dominance": (replace(HELD, dominance=None), (markets.dominant_chain,), "two members"),
    "dominance and p %": (replace(HELD, dominance=None, p_percent=None), (markets.dominant_chain,), "two members"),
    "inference from the published limit": (replace(HELD, inference=False), (markets.under_the_limit,), "two members"),
    "minimum customers": (replace(HELD, minimum_customers=None), (markets.few_customers,), "persons"),
    "legal group as unit": (replace(HELD, unit="store_id"), (markets.chain_of_stores,), "two members"),
    "never one unmatched group": (
        replace(HELD, unmatched_never_one=False),
        (markets.closing, markets.opening),
        "opened or closed",
    ),
    "a quartile is no group's value": (replace(HELD, values_in_a_quartile=1), (markets.many_small,), "quartiles"),
    "wide rank bands": (replace(HELD, wide_rank_bands=False), (markets.equals,), "rank"),
    "number of groups, with dominance and p %": (
        replace(HELD, minimum_groups=1, dominance=None, p_percent=None, inference=False),
        (markets.village,),
        "only competitor",
    ),
}
IMPLIED = {
    "minimum groups": replace(HELD, minimum_groups=1),
    "p %": replace(HELD, p_percent=None),
    "minimum receipts": replace(HELD, minimum_receipts=None),
}


def attacked(rules: Rules, kinds: Kinds) -> AttackReport:
    stores = markets.store_months(11, 3, kinds)
    return attack(publish(months_of(stores), rules), rules.published, sharpened=4)


@pytest.mark.parametrize("rule", NEEDED)
def test_without_the_rule_an_attack_succeeds(rule: str) -> None:
    rules, kinds, how = NEEDED[rule]
    report = attacked(rules, kinds)
    assert report.contradictions == 0
    assert how in set(report.breaches["attack"])


def test_with_all_rules_none_does_on_the_same_markets() -> None:
    kinds = dict.fromkeys(kind for _, kinds, _ in NEEDED.values() for kind in kinds)
    assert attacked(HELD, tuple(kinds)).passed


@pytest.mark.parametrize("rule", IMPLIED)
def test_a_rule_that_follows_from_others_changes_nothing_alone(rule: str) -> None:
    """Four groups of at most 25/1.15 % each do not make a whole; a largest and a second of so much leave more than
    half; a customer has a receipt."""
    stores = markets.store_months(11, 1)
    columns = ["release_id", "legal_group", "status"]
    with_it, without = (publish(months_of(stores), rules).figures[columns] for rules in (HELD, IMPLIED[rule]))
    assert with_it.equals(without)
