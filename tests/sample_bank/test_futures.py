"""Futures go on from the past as the bank's own days do."""

import numpy as np
import pytest

from infra.sample_bank import SIZES
from infra.sample_bank.draw import DrawnBank, draw_bank, streams_of
from infra.sample_bank.futures import futures, habits_at

DAYS = 28


@pytest.fixture(scope="module")
def bank() -> DrawnBank:
    return draw_bank(SIZES["small"], streams_of(7))


@pytest.fixture(scope="module")
def origin(bank: DrawnBank) -> int:
    return bank.calendar.day_count - 1 - DAYS


def test_futures_are_as_busy_as_what_came_and_differ(bank: DrawnBank, origin: int) -> None:
    drawn = list(futures(bank, origin, count=6, seed=1))
    came = bank.purchases.day > origin
    purchases = [len(future) for future in drawn]
    assert np.mean(purchases) == pytest.approx(came.sum(), rel=0.05)
    kopecks = bank.transactions.kopecks[: len(came)][came]
    assert np.mean([np.median(future.kopecks) for future in drawn]) == pytest.approx(np.median(kopecks), rel=0.03)
    assert len(set(purchases)) == 6
    again = next(iter(futures(bank, origin, count=1, seed=1)))
    assert (again.kopecks == drawn[0].kopecks).all()


def test_who_left_and_shops_that_are_shut_have_no_future(bank: DrawnBank, origin: int) -> None:
    future = next(iter(futures(bank, origin, count=1, seed=1)))
    assert (future.day > origin).all()
    assert (future.day < bank.customers.dropped_out[future.customer]).all()
    actual, _ = bank.pull
    assert (actual[future.store, future.day] > 0).all()


def test_customers_keep_their_habits(bank: DrawnBank, origin: int) -> None:
    future = next(iter(futures(bank, origin, count=1, seed=1)))
    past = bank.purchases.day <= origin
    shops = len(bank.stores)
    known = np.unique(bank.purchases.customer[past] * shops + bank.choices.store[past])
    came = bank.purchases.customer[~past] * shops + bank.choices.store[~past]
    returns = np.isin(future.customer * shops + future.store, known).mean()
    assert returns == pytest.approx(np.isin(came, known).mean(), abs=0.03)


def test_habits_count_the_visits_up_to_the_day(bank: DrawnBank, origin: int) -> None:
    last = bank.calendar.day_count - 1
    assert (habits_at(bank, last).visits == bank.choices.habits.visits).all()
    assert habits_at(bank, origin).visits.sum() == (bank.purchases.day <= origin).sum()
