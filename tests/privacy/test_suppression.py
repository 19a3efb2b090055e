"""What no rule withholds and an attack tells is withheld; where it tells too much, nothing is mended."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import psycopg
import pytest

from infra.disclosure import AttackReport, attack_release
from infra.disclosure.candidate import told_rules
from infra.settings import Settings
from orchestration import benchmark_suppression
from orchestration.benchmark_suppression import withhold_told
from tests.conftest import fresh_warehouse
from tests.privacy.compiled import NO_RULE
from tests.privacy.hard_markets import alike, dominant_chain, group_months, store_months
from tests.privacy.released import candidate_of


@pytest.fixture
def bank(cluster: Settings) -> Iterator[psycopg.Connection]:
    with fresh_warehouse(cluster) as url, psycopg.connect(url, autocommit=True) as connection:
        yield connection


def published(bank: psycopg.Connection) -> pd.DataFrame:
    rows = bank.execute(
        "select category_code, period_start, peer_growth_index is not null, peer_average_bill_index is not null, "
        "growth_status, status, reason_code from benchmark_candidate.peer_figures order by 1, 2, legal_group, city_code"
    ).fetchall()
    columns = ["category_code", "period_start", "has_growth", "has_bill", "growth_status", "status", "reason_code"]
    return pd.DataFrame(rows, columns=columns).fillna({"reason_code": "none"})


def test_what_an_attack_tells_is_withheld_and_nothing_else(bank: psycopg.Connection) -> None:
    """Without the limit on the largest, one chain's markets among many harmless ones."""
    markets = pd.concat([store_months(11, 1, (dominant_chain,)), store_months(5, 25, (alike,))])
    candidate_of(bank, group_months(markets), {"dominance": NO_RULE["dominance"]})
    rules = told_rules(bank)
    before = published(bank)
    told = attack_release(bank, rules)
    assert len(told.breaches)
    withheld = withhold_told(bank, rules)
    assert withheld
    after = published(bank)
    assert attack_release(bank, rules).passed
    changed = before.ne(after).any(axis=1)
    assert changed.any()
    assert after.loc[changed, "category_code"].str.contains("dominant_chain").all()
    assert set(after.loc[after["status"] == "withheld", "reason_code"]) <= {"estimable", "p_percent", "few_groups"}
    assert not after.loc[after["status"] == "withheld", ["has_growth", "has_bill"]].any().any()
    assert withhold_told(bank, rules) == []


def test_growth_alone_goes_first(bank: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    candidate_of(bank, group_months(store_months(5, 25, (alike,))))
    before = published(bank)
    group, month, assignment = bank.execute(
        "select peer_group_id, period_start, assignment_start from benchmark_candidate.peer_verdicts "
        "where growth_reason_code is null and reason_code is null order by period_start desc limit 1"
    ).fetchone() or (None, None, None)
    clean = attack_release(bank)
    one = pd.DataFrame({"place": [f"{assignment:%Y-%m}/{group}"], "period": [pd.Timestamp(month)], "base": ["revenue"]})
    reports: list[AttackReport] = [replace(clean, breaches=one), clean]
    monkeypatch.setattr(benchmark_suppression, "attack_release", lambda *_: reports.pop(0))
    assert (group, month) in withhold_told(bank, told_rules(bank))
    after = published(bank)
    lost = before["has_growth"] & ~after["has_growth"]
    assert lost.any()
    assert set(after.loc[lost, "growth_status"]) == {"estimable"}
    assert (before["has_bill"] == after["has_bill"]).all()


def test_where_a_rule_is_broken_nothing_is_mended(bank: psycopg.Connection) -> None:
    candidate_of(bank, group_months(store_months(11, 3, (dominant_chain,))), {"dominance": NO_RULE["dominance"]})
    before = published(bank)
    assert withhold_told(bank, told_rules(bank)) == []
    pd.testing.assert_frame_equal(before, published(bank))
