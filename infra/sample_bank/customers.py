"""The bank's customers: who they are, how often they buy, what they like."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from infra.sample_bank.bank_categories import BANK_CATEGORIES
from infra.sample_bank.categories import CATEGORIES, CODES
from infra.sample_bank.seasons import PAYDAYS
from infra.sample_bank.segments import SEGMENT_INDEX, SEGMENTS, TASTES_OF_WOMEN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


TASTE_CONCENTRATION = 7.5
"""Dirichlet α0: the smaller, the more a customer keeps to few categories."""
RATE_SHAPE = 0.95
"""Of the Gamma distribution of purchase rates; CV = 1 / √shape, before income, spells and dropout add to it."""


@dataclass(frozen=True)
class Customers:
    """One entry a customer; days are indices into the calendar and may lie outside it."""

    cnum: npt.NDArray[np.str_]
    segment: Ints
    is_woman: npt.NDArray[np.bool_]
    age: Ints
    is_married: npt.NDArray[np.bool_]
    is_resident: npt.NDArray[np.bool_]
    bank_category: Ints
    log_income: Floats
    """Standardised."""
    payday: Ints
    """Row of `PAYDAYS`."""
    city: Ints
    home: Floats
    """(customer, 2): place in the city, in city radii."""
    rate: Floats
    """Relative purchase rate while active, mean 1."""
    regularity: Floats
    """Shape of the Gamma gaps between purchases: 1 = Poisson, more = regular."""
    joined: Floats
    dropped_out: Floats
    """Infinite for the loyal."""
    taste: npt.NDArray[np.float32]
    """(customer, category), rows sum to 1."""
    stickiness: Floats
    """Chance that a purchase repeats the category of the one before."""
    price_taste: Floats
    """Shift of the log amounts."""

    def __len__(self) -> int:
        return len(self.cnum)


def draw_customers(count: int, city_shares: Floats, day_count: int, rng: np.random.Generator) -> Customers:
    """Draw `count` customers whose attributes depend on each other: segment → age, income → card, rate, taste."""
    segment = rng.choice(len(SEGMENTS), count, p=_normalised([s.weight for s in SEGMENTS]))
    age_of = np.array([s.age for s in SEGMENTS])
    age = np.clip(np.rint(rng.normal(age_of[segment, 0], age_of[segment, 1])), 14, 92).astype(np.int64)
    is_woman = rng.random(count) < np.where(age > 60, 0.62, 0.52)
    is_married = rng.random(count) < _share_married(age, segment)
    log_income = rng.normal(np.array([s.income for s in SEGMENTS])[segment], 0.75)
    log_income = (log_income - log_income.mean()) / log_income.std()
    is_resident = rng.random(count) > np.where(SEGMENT_INDEX["student"] == segment, 0.08, 0.025)
    joined, dropped_out = _lifetimes(count, day_count, rng)
    return Customers(
        cnum=_opaque_ids(count, rng),
        segment=segment,
        is_woman=is_woman,
        age=age,
        is_married=is_married,
        is_resident=is_resident,
        bank_category=draw_bank_categories(segment, age, log_income, is_resident, rng),
        log_income=log_income,
        payday=_paydays(segment, rng),
        city=rng.choice(len(city_shares), count, p=city_shares),
        home=rng.normal(0, 0.6, (count, 2)),
        rate=_rates(segment, log_income, rng),
        regularity=np.exp(rng.normal(-0.2, 0.3, count)),
        joined=joined,
        dropped_out=dropped_out,
        taste=_tastes(segment, is_woman, rng),
        stickiness=rng.beta(2.8, 6.0, count),
        price_taste=0.36 * log_income + rng.normal(0, 0.52, count),
    )


def _opaque_ids(count: int, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    """Distinct 16-digit hexadecimal identifiers that say nothing about order or attributes."""
    numbers = np.unique(rng.integers(0, 2**63, count + 64))
    return np.array([f"{number:016X}" for number in rng.permutation(numbers)[:count].tolist()])


def _share_married(age: Ints, segment: Ints) -> Floats:
    share = 0.68 / (1 + np.exp(-(age - 28) / 4.0)) - 0.25 / (1 + np.exp(-(age - 72) / 5.0))
    return np.clip(share + np.where(segment == SEGMENT_INDEX["family"], 0.25, 0.0), 0.01, 0.95)


def _paydays(segment: Ints, rng: np.random.Generator) -> Ints:
    without = np.isin(segment, [SEGMENT_INDEX["student"], SEGMENT_INDEX["minimal"]])
    regular = rng.choice(len(PAYDAYS), len(segment), p=[0.12, 0.22, 0.28, 0.14, 0.08, 0.16])
    return np.where(without & (rng.random(len(segment)) < 0.6), 0, regular)


def _rates(segment: Ints, log_income: Floats, rng: np.random.Generator) -> Floats:
    """Gamma rates tied to income by a Gaussian copula with correlation .35, times the segment's activity."""
    tied = 0.35 * log_income + np.sqrt(1 - 0.35**2) * rng.normal(size=len(segment))
    rate = special.gammaincinv(RATE_SHAPE, special.ndtr(tied)) + 0.02
    rate *= np.array([s.activity for s in SEGMENTS])[segment]
    return np.asarray(rate / rate.mean(), dtype=np.float64)


def _lifetimes(count: int, day_count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Pareto dropout: exponential lifetimes whose hazard (mean .14 a year) differs between customers."""
    joined = np.where(rng.random(count) < 0.12 * day_count / 549, rng.uniform(0, day_count, count), -1.0)
    hazard = rng.gamma(0.8, 0.14 / 0.8, count) / 365.25
    lifetime = rng.exponential(1.0, count) / np.maximum(hazard, 1e-12)
    dropped_out = np.maximum(np.floor(joined), 0) + lifetime
    return np.floor(joined), np.where(dropped_out > day_count, np.inf, np.floor(dropped_out))


def _tastes(segment: Ints, is_woman: npt.NDArray[np.bool_], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    base = np.array([category.weight for category in CATEGORIES])
    by_segment = np.array([[s.tastes.get(code, 1.0) for code in CODES] for s in SEGMENTS])
    women = np.array([TASTES_OF_WOMEN.get(code, 1.0) for code in CODES])
    prior = base * by_segment[segment] * np.where(is_woman[:, None], women, 1 / women)
    prior /= prior.sum(axis=1, keepdims=True)
    taste = rng.standard_gamma(TASTE_CONCENTRATION * prior) + 1e-9 * prior
    return np.asarray(taste / taste.sum(axis=1, keepdims=True), dtype=np.float32)


def draw_bank_categories(
    segment: Ints, age: Ints, log_income: Floats, is_resident: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Ints:
    """The card depends on age, income, segment and residency: weight × closeness of income, within its age range."""
    low, high = np.array([card.ages for card in BANK_CATEGORIES]).T
    closeness = np.exp(-0.5 * ((log_income[:, None] - np.array([card.income for card in BANK_CATEGORIES])) / 0.6) ** 2)
    names = [s.name for s in SEGMENTS]
    sold_to = np.array([[not card.segments or name in card.segments for card in BANK_CATEGORIES] for name in names])
    weight = np.array([card.weight for card in BANK_CATEGORIES]) * (closeness + 1e-4)
    weight *= ((age[:, None] >= low) & (age[:, None] <= high)) * np.where(sold_to[segment], 1.0, 1e-9)
    is_foreign_card = np.array([card.code == "NRE" for card in BANK_CATEGORIES])
    weight *= np.where(is_resident[:, None], ~is_foreign_card, np.where(is_foreign_card, 40.0, 1.0))
    cumulative = weight.cumsum(axis=1)
    chosen = (cumulative < rng.random(len(age))[:, None] * cumulative[:, -1:]).sum(axis=1)
    return np.asarray(chosen, dtype=np.int64)


def _normalised(weights: list[float]) -> Floats:
    array = np.array(weights, dtype=np.float64)
    return np.asarray(array / array.sum(), dtype=np.float64)
