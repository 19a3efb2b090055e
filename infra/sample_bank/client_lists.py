"""What the bank's quarterly lists of clients say: people grow older, marry, part, and change their card."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from infra.sample_bank.bank_categories import BANK_CATEGORIES
from infra.sample_bank.customers import Customers, Ints, draw_bank_categories
from infra.sample_bank.seasons import Calendar

MOVES_A_YEAR = 0.06
"""Share of clients who change their card without having outgrown it."""
WEDDINGS_A_YEAR = 0.07
"""Of the unmarried from 20 to 45; a tenth of it of the others."""
PARTINGS_A_YEAR = 0.012
YEAR = 365.25


@dataclass(frozen=True)
class ClientList:
    """What is so on one day; one entry a customer, in the order of the customers."""

    day: date
    age: Ints
    is_married: npt.NDArray[np.bool_]
    bank_category: Ints


def draw_client_lists(customers: Customers, calendar: Calendar, rng: np.random.Generator) -> list[ClientList]:
    """A list of the first day, as the customers were drawn, and one of the first day of every third month after it."""
    birthday = rng.uniform(0, YEAR, len(customers))
    days = np.flatnonzero((calendar.day_of_month == 1) & (calendar.month % 3 == 0))
    lists = [ClientList(calendar.first_day, customers.age, customers.is_married, customers.bank_category)]
    for before, day in pairwise(days.tolist()):
        age = customers.age + ((day - birthday) // YEAR + 1).astype(np.int64)
        lists.append(_a_quarter_later(lists[-1], age, customers, calendar.day(day), (day - before) / YEAR, rng))
    return lists


def _a_quarter_later(
    last: ClientList, age: Ints, customers: Customers, day: date, years: float, rng: np.random.Generator
) -> ClientList:
    weddings = WEDDINGS_A_YEAR * np.where((age >= 20) & (age <= 45), 1.0, 0.1)
    chance = rng.random((2, len(age)))
    is_married = np.where(last.is_married, chance[0] > years * PARTINGS_A_YEAR, chance[0] < years * weddings)
    outgrown = age > np.array([card.ages[1] for card in BANK_CATEGORIES])[last.bank_category]
    moves = outgrown | (chance[1] < years * MOVES_A_YEAR)
    offered = draw_bank_categories(customers.segment, age, customers.log_income, customers.is_resident, rng)
    return ClientList(day, age, is_married, np.where(moves, offered, last.bank_category))


def client_versions(customers: Customers, lists: list[ClientList]) -> pd.DataFrame:
    """The truth: one row per customer and list that says something new of them."""
    said = pd.concat(
        pd.DataFrame(
            {
                "cnum": customers.cnum,
                "valid_from": listed.day,
                "bank_category": np.array([card.code for card in BANK_CATEGORIES])[listed.bank_category],
                "age": listed.age,
                "is_married": listed.is_married,
            }
        )
        for listed in lists
    )
    described = said[["bank_category", "age", "is_married"]]
    is_new = (described != described.groupby(said["cnum"]).shift()).any(axis=1)
    return said[is_new].reset_index(drop=True)
