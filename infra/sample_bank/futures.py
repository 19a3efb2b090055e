"""What might have come after a day: the bank's own process goes on with other dice, as often as is asked.

People, shops, habits up to the day and planted events stay; days, categories, shops and amounts are drawn anew. So the
distribution of what was to come is known, which no history shows: a forecast or a stock plan can be scored against it.
Not carried over is who is in a spell without the card, or in a busy half-year: these are drawn anew, too.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from infra.sample_bank.amounts import Ints, Transactions, draw_amounts
from infra.sample_bank.draw import DrawnBank
from infra.sample_bank.purchases import Purchases, draw_purchases
from infra.sample_bank.store_choice import Habits, choose_stores


def futures(bank: DrawnBank, origin: int, count: int, seed: int) -> Iterator[Transactions]:
    """`count` continuations without refunds, from the day after `origin` (an index) to the calendar's end."""
    habits = habits_at(bank, origin)
    pays_bill, pull = bank.purchases.pays_bill, bank.pull
    for child in np.random.SeedSequence(seed).spawn(count):
        rng = np.random.default_rng(child)
        drawn = draw_purchases(len(bank.purchases), bank.customers, bank.calendar, rng, pays_bill)
        later = drawn.day > origin
        purchases = Purchases(drawn.customer[later], drawn.day[later], drawn.category[later], pays_bill)
        store = choose_stores(purchases, bank.customers, bank.stores, *pull, rng, before=habits).store
        kopecks = draw_amounts(purchases, store, bank.levels, bank.customers, bank.stores, bank.calendar, rng)
        yield Transactions(purchases.customer, purchases.day, store, kopecks)


def habits_at(bank: DrawnBank, origin: int) -> Habits:
    """As they were at the end of the day: the same known stores, with the visits up to then."""
    habits, until = bank.choices.habits, bank.purchases.day <= origin
    row, store = bank.choices.habit[until], bank.choices.store[until]
    return replace(habits, visits=_visits(row, store, habits.known))


def _visits(row: Ints, store: Ints, known: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    visits = np.zeros(known.shape, dtype=np.int32)
    np.add.at(visits, (row, (known[row] == store[:, None]).argmax(axis=1)), 1)
    return visits
