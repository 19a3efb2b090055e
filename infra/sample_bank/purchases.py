"""When each customer buys, and in which category: days from a renewal process, scheduled bills, sticky tastes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.sample_bank.categories import CATEGORIES
from infra.sample_bank.customers import Customers
from infra.sample_bank.seasons import Calendar, activity, category_lift, payday_lift

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CUSTOMERS_AT_ONCE = 8_000
_PURCHASES_AT_ONCE = 16_384
"""Fits the cache: 2 M category draws take 1.0 s instead of 1.9 s in one piece."""


@dataclass(frozen=True)
class Purchases:
    """One entry a purchase, ordered by customer and day."""

    customer: Ints
    day: Ints
    category: Ints
    pays_bill: npt.NDArray[np.bool_]
    """(customer, category): whether the card pays the monthly bill."""

    def __len__(self) -> int:
        return len(self.customer)


def draw_purchases(
    target: int,
    customers: Customers,
    calendar: Calendar,
    rng: np.random.Generator,
    pays_bill: npt.NDArray[np.bool_] | None = None,
) -> Purchases:
    """About `target` purchases: bills by schedule, all others by rate, calendar, spells and taste.

    pays_bill: whose card pays which bill, where that is not to be drawn.
    """
    bills = _bills(customers, calendar, rng, pays_bill)
    customer, day = _purchase_days(max(target - len(bills), target // 4), customers, calendar, rng)
    category = _sticky(customer, _taste_categories(customer, day, customers, calendar, rng), customers, rng)
    customer = np.concatenate([customer, bills.customer])
    day = np.concatenate([day, bills.day])
    category = np.concatenate([category, bills.category])
    order = np.argsort(customer * calendar.day_count + day, kind="stable")
    return Purchases(customer[order], day[order], category[order], bills.pays_bill)


def _bills(
    customers: Customers, calendar: Calendar, rng: np.random.Generator, known: npt.NDArray[np.bool_] | None
) -> Purchases:
    """Bills come each month on the customer's day, give or take two; busy card users have more of them."""
    months = int(calendar.month[-1]) + 1
    month_start = np.searchsorted(calendar.month, np.arange(months))
    parts = []
    pays_bill = np.zeros((len(customers), len(CATEGORIES)), dtype=bool)
    for index, category in enumerate(CATEGORIES):
        if not category.monthly_bill:
            continue
        chance = category.monthly_bill * 1.6 * customers.rate / (customers.rate + 0.6)
        pays_bill[:, index] = rng.random(len(customers)) < chance if known is None else known[:, index]
        payers = np.flatnonzero(pays_bill[:, index])
        day = (
            month_start[None, :]
            + rng.integers(1, 28, len(payers))[:, None]
            + rng.integers(-1, 3, (len(payers), months))
        )
        is_paid = rng.random(day.shape) < 0.96
        is_paid &= (day >= customers.joined[payers, None]) & (day < customers.dropped_out[payers, None])
        is_paid &= (day >= 0) & (day < calendar.day_count)
        who = np.broadcast_to(payers[:, None], day.shape)
        parts.append((who[is_paid], day[is_paid], np.full(int(is_paid.sum()), index)))
    customer, day, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Purchases(customer, day, kind, pays_bill)


def _purchase_days(
    target: int, customers: Customers, calendar: Calendar, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Customer and day of each purchase, in order.

    Gaps are Gamma in operational time, that is in units of the customer's own cumulated intensity, so that a purchase's
    day is where the intensity's running total passes it (time rescaling; Daley and Vere-Jones 2003, section 7.4).
    """
    everyday, by_payday = activity(calendar), payday_lift(calendar)
    pieces = [
        _intensity(customers, slice(start, start + _CUSTOMERS_AT_ONCE), calendar, everyday, by_payday, rng)
        for start in range(0, len(customers), _CUSTOMERS_AT_ONCE)
    ]
    scale = target / sum(float(piece.sum(dtype=np.float64)) for piece in pieces)
    who, when = [], []
    for number, piece in enumerate(pieces):
        first = number * _CUSTOMERS_AT_ONCE
        customer, day = _renewals(piece, scale, customers.regularity[first : first + len(piece)], rng)
        who.append(customer + first)
        when.append(day)
    return np.concatenate(who), np.concatenate(when)


def _intensity(
    customers: Customers,
    some: slice,
    calendar: Calendar,
    everyday: Floats,
    by_payday: Floats,
    rng: np.random.Generator,
) -> npt.NDArray[np.float32]:
    """(customer, day): expected purchases, up to one common factor."""
    rate = customers.rate[some]
    weeks = calendar.day_count // 7 + 2
    day = np.arange(calendar.day_count)
    level = rate[:, None] * _spells(len(rate), weeks, rng) * _drift(len(rate), weeks, rng)
    intensity = level.astype(np.float32)[:, (day + calendar.weekday[0]) // 7]
    intensity *= (everyday * by_payday).astype(np.float32)[customers.payday[some]]
    intensity *= (day >= customers.joined[some, None]) & (day < customers.dropped_out[some, None])
    return intensity


def _spells(count: int, weeks: int, rng: np.random.Generator) -> Floats:
    """(customer, week): 1 while the card is in use, .06 while another card or a journey abroad takes its place."""
    level = np.empty((count, weeks))
    stop, resume = rng.beta(1.2, 30, count), rng.beta(3, 7, count)
    is_on = rng.random(count) < resume / (stop + resume)
    for week in range(weeks):
        level[:, week] = np.where(is_on, 1.0, 0.06)
        is_on = np.where(is_on, rng.random(count) >= stop, rng.random(count) < resume)
    return level


def _drift(count: int, weeks: int, rng: np.random.Generator) -> Floats:
    """(customer, week): habits change slowly, a log random walk of sd .07 a week that forgets in half a year."""
    walk = np.empty((count, weeks))
    value = rng.normal(0, 0.07 / np.sqrt(1 - 0.96**2), count)
    for week in range(weeks):
        walk[:, week] = value
        value = 0.96 * value + rng.normal(0, 0.07, count)
    return np.exp(walk)


def _renewals(
    intensity: npt.NDArray[np.float32], scale: float, shape: Floats, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Customer and day of each renewal under `intensity` × `scale`."""
    day_count = intensity.shape[1]
    running = np.cumsum(intensity.ravel(), dtype=np.float64) * scale
    ends = running[day_count - 1 :: day_count]
    starts = np.r_[0.0, ends[:-1]]
    total = ends - starts
    gap_count = np.ceil(total + 6 * np.sqrt(total / shape + 1) + 4).astype(np.int64)
    customer = np.repeat(np.arange(len(shape)), gap_count)
    gap = rng.standard_gamma(shape[customer]) / shape[customer]
    first = np.cumsum(gap_count) - gap_count
    gap[first] *= rng.random(len(shape))  # the window opens in the middle of a gap
    elapsed = np.cumsum(gap)
    elapsed -= np.repeat(elapsed[first] - gap[first], gap_count)
    happens = elapsed < total[customer]
    customer, elapsed = customer[happens], elapsed[happens]
    cell = np.searchsorted(running, starts[customer] + elapsed, side="right")
    return customer, np.clip(cell - customer * day_count, 0, day_count - 1)


def _taste_categories(
    customer: Ints, day: Ints, customers: Customers, calendar: Calendar, rng: np.random.Generator
) -> Ints:
    """A category for each purchase: the customer's taste times the category's weekday and season."""
    lift = np.stack([category_lift(calendar, c.week, c.season) for c in CATEGORIES], axis=1).astype(np.float32)
    point = rng.random(len(customer), dtype=np.float32)
    category = np.empty(len(customer), dtype=np.int64)
    for start in range(0, len(customer), _PURCHASES_AT_ONCE):
        some = slice(start, start + _PURCHASES_AT_ONCE)
        running = np.cumsum(customers.taste[customer[some]] * lift[day[some]], axis=1)
        category[some] = (running < (point[some] * running[:, -1])[:, None]).sum(axis=1)
    return np.minimum(category, len(CATEGORIES) - 1)


def _sticky(customer: Ints, category: Ints, customers: Customers, rng: np.random.Generator) -> Ints:
    """Some purchases repeat the category of the customer's one before."""
    repeats = rng.random(len(customer)) < customers.stickiness[customer]
    repeats[np.r_[True, customer[1:] != customer[:-1]]] = False
    source = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(customer))))
    return category[source]
