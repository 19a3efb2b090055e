"""The truth scores models, and a wrong one fails: who is alive, how often they come, planted events, stock."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.sample_bank import SIZES
from tests.benchmarks.sample_bank import customers, stock
from tests.benchmarks.sample_bank.events import EventEffect, event_effects
from tests.benchmarks.sample_bank.worlds import Worlds, draw_worlds

FITTED = ["MBG/NBD", "BG/NBD"]


@pytest.fixture(scope="module")
def alive(demo_bank: Path, demo_transactions: pd.DataFrame) -> dict[str, customers.AliveScore]:
    history = customers.history_of_files(demo_transactions)
    truth = customers.truly_alive(demo_bank, history)
    return {name: customers.score_alive(truth, chance) for name, chance in customers.chances(history).items()}


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return draw_worlds(SIZES["small"], count=40)


@pytest.fixture(scope="module")
def rates(worlds: Worlds) -> dict[str, customers.RateScore]:
    return customers.rate_scores(worlds)


@pytest.mark.parametrize("model", FITTED)
def test_the_probability_to_be_alive_is_calibrated(alive: dict[str, customers.AliveScore], model: str) -> None:
    print(alive[model])
    assert alive[model].is_calibrated, alive[model]


def test_wrong_probabilities_to_be_alive_are_told(alive: dict[str, customers.AliveScore]) -> None:
    assert [name for name, score in alive.items() if score.is_calibrated] == FITTED


@pytest.mark.parametrize("model", FITTED)
def test_purchase_rates_are_recovered(rates: dict[str, customers.RateScore], model: str) -> None:
    print(rates[model])
    assert rates[model].is_unbiased, rates[model]


def test_wrong_purchase_rates_are_told(rates: dict[str, customers.RateScore]) -> None:
    assert [name for name, score in rates.items() if score.is_unbiased] == FITTED


@pytest.fixture(scope="module")
def effects(demo_bank: Path, demo_transactions: pd.DataFrame) -> list[EventEffect]:
    return event_effects(demo_bank, demo_transactions)


def test_planted_events_are_visible_and_of_the_planted_size(effects: list[EventEffect]) -> None:
    print(*effects, sep="\n")
    assert {(effect.event, effect.whose) for effect in effects} == {
        ("campaign", "subject"), ("competitor_opening", "subject"), ("competitor_opening", "others"),
        ("closure", "subject"), ("closure", "others"),
    }  # fmt: skip
    assert [effect for effect in effects if not effect.is_found] == []


def test_no_event_is_found_before_its_time(demo_bank: Path, demo_transactions: pd.DataFrame) -> None:
    placebo = event_effects(demo_bank, demo_transactions, earlier=pd.Timedelta(days=180))
    assert [effect for effect in placebo if effect.is_found] == []


@pytest.fixture(scope="module")
def costs(worlds: Worlds) -> stock.StockCosts:
    past = worlds.sales()
    plan = stock.newsvendor(past)
    return stock.stock_costs(
        worlds,
        {
            "newsvendor": plan,
            "a third more": 1.3 * plan,
            "a third less": 0.7 * plan,
            "the last days again": stock.last_days(past),
        },
    )


def test_the_stock_plan_costs_little_more_than_the_oracles(costs: stock.StockCosts) -> None:
    regret = {plan: costs.regret(plan) for plan in costs.plans}
    print(f"oracle {costs.oracle:.4f} per rouble of demand; beyond it {regret}")
    assert 0 < regret["newsvendor"] < 0.3
    assert min(regret[plan] for plan in regret if plan != "newsvendor") > 0.3


def test_a_stock_plan_that_knows_the_future_would_cost_nothing(worlds: Worlds) -> None:
    """So the oracle, which knows the distribution alone, is no cheat: its cost is what chance leaves."""
    known = Worlds(worlds.bank, worlds.buying_days, np.repeat(worlds.demand[:1], 3, axis=0))
    assert stock.stock_costs(known, {}).oracle == pytest.approx(0, abs=1e-12)
