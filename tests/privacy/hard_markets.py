"""Generated markets: the kinds in which one competitor is easily seen. Many of them stand side by side in one table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

MONTHS = 4
FIRST = pd.Timestamp("2025-06-01")


@dataclass
class Shop:
    """One store's habits. Amounts a month; `months` in which it sells (all, where None)."""

    group: str
    revenue: float
    bill: float = 900.0
    receipts_per_customer: float = 1.6
    months: set[int] | None = None
    spread: float = 0.0
    """Of its months, as the standard deviation of their logarithm."""
    swing: float = 1.0
    """Every second month is so many times the others."""
    refunds_only: set[int] = field(default_factory=set)
    nothing_left: set[int] = field(default_factory=set)
    """Months in which refunds equal purchases."""


Market = list[Shop]
Draw = np.random.Generator


def dominant_chain(rng: Draw) -> Market:
    rest = _with_levers(rng, 7)
    times = rng.uniform(3.4, 4.4) if rng.random() < 0.5 else rng.uniform(6, 12)
    return [Shop("chain", sum(shop.revenue for shop in rest) * float(times)), *rest]


def twins(rng: Draw) -> Market:
    rest = rng.uniform(5e4, 2e5, 7)
    twin = float(rest.sum() * rng.uniform(1, 3))
    return [Shop("twin-a", twin), Shop("twin-b", twin * rng.uniform(0.9, 1.1)), *_shops(rng, rest)]


def village(rng: Draw) -> Market:
    return _shops(rng, rng.uniform(1e5, 3e5, int(rng.integers(2, 4))))


def small_town(rng: Draw) -> Market:
    """Four to six shops of one size: no dominance, few groups."""
    return _shops(rng, rng.uniform(9e5, 1.1e6, int(rng.integers(4, 7))), spread=0.25)


def merging(rng: Draw) -> Market:
    market = _with_levers(rng, 9)
    market[1].months = {0, 1}
    return [*market, Shop(market[0].group, market[1].revenue, market[1].bill, months={2, 3})]


def closing(rng: Draw) -> Market:
    market = _with_levers(rng, int(rng.integers(7, 10)))
    market[0].months = set(range(int(rng.integers(1, MONTHS))))
    market[0].revenue *= rng.uniform(1.2, 1.5)
    return market


def opening(rng: Draw) -> Market:
    market = _with_levers(rng, int(rng.integers(7, 10)))
    market[0].months = set(range(int(rng.integers(1, MONTHS)), MONTHS))
    market[0].revenue *= rng.uniform(1.2, 1.5)
    return market


def alike(rng: Draw) -> Market:
    """Nothing wrong with it, but that two members see the sums almost exactly."""
    return _with_levers(rng, 9)


def zero_revenue(rng: Draw) -> Market:
    market = _with_levers(rng, 9)
    market[0].nothing_left = {2}
    return market


def refund_only(rng: Draw) -> Market:
    market = _with_levers(rng, 9)
    market[0].refunds_only = {2}
    return market


def five_equals_and_a_tiny_one(rng: Draw) -> Market:
    return [
        *_shops(rng, np.full(5, 1e6) * rng.uniform(0.985, 1.015, 5)),
        Shop("tiny", float(rng.uniform(1e3, 8e3)), 400),
    ]


def equals(rng: Draw) -> Market:
    return _shops(rng, np.full(int(rng.integers(6, 13)), 1e6) * rng.uniform(0.97, 1.03), spread=0.02)


def many_small(rng: Draw) -> Market:
    return _shops(rng, rng.lognormal(12, 0.7, int(rng.integers(20, 40))), spread=0.2)


def under_the_limit(rng: Draw) -> Market:
    """One just under a quarter of the others, among ten that are alike."""
    market = _with_levers(rng, 9)
    total = sum(shop.revenue for shop in market)
    return [Shop("large", total * float(rng.uniform(0.25, 0.272)), 900, 1.8), *market]


def chain_of_stores(rng: Draw) -> Market:
    """One legal group with fifty stores, six groups with one: of stores, none is large."""
    market = _with_levers(rng, 4)
    return [*market, *(Shop("chain", float(rng.uniform(8e5, 1e6)), float(rng.uniform(700, 1100))) for _ in range(50))]


def few_customers(rng: Draw) -> Market:
    """Alike in money, but dear: a few customers each."""
    count = int(rng.integers(7, 10))
    return [
        Shop(f"g{at}", float(rng.uniform(9e4, 1.1e5)), float(rng.uniform(1.2e4, 1.6e4)), 2.2, spread=0.1)
        for at in range(count)
    ]


KINDS: tuple[Callable[[Draw], Market], ...] = (
    *(dominant_chain, twins, village, small_town, merging, closing, opening, alike, zero_revenue, refund_only),
    *(five_equals_and_a_tiny_one, equals, many_small, under_the_limit, chain_of_stores, few_customers),
)


def _with_levers(rng: Draw, count: int) -> Market:
    """Alike but for two: one with a fifth of the receipts and little money, one the other way round, each every
    second month.

    Their published ratios differ most, so that the two together solve for the sums of everybody almost exactly.
    """
    market = _shops(rng, rng.uniform(8e5, 1.2e6, count), spread=0.05)
    total = sum(shop.revenue for shop in market)
    return [
        *market,
        Shop("cheap", 0.035 * total, bill=280, receipts_per_customer=2.6, swing=float(rng.uniform(1.3, 1.6))),
        Shop("dear", 0.17 * total, bill=2900, receipts_per_customer=1.3, swing=float(rng.uniform(0.35, 0.5))),
    ]


def _shops(rng: Draw, revenues: np.ndarray, spread: float = 0.15) -> Market:
    """Shops with bills and habits of their own."""
    return [
        Shop(
            f"g{at}",
            float(revenue),
            bill=float(900 * rng.lognormal(0, 0.15)),
            receipts_per_customer=float(rng.uniform(1.5, 2.1)),
            spread=spread,
        )
        for at, revenue in enumerate(revenues)
    ]


def store_months(seed: int, of_each: int = 3, kinds: tuple[Callable[[Draw], Market], ...] = KINDS) -> pd.DataFrame:
    """One row per store and month of all markets. Each market is a city with a category of its own, named after its
    kind."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(list(_rows(rng, of_each, kinds)))


def _rows(rng: Draw, of_each: int, kinds: tuple[Callable[[Draw], Market], ...]) -> Iterator[dict[str, object]]:
    for kind in kinds:
        for copy in range(of_each):
            market = f"{kind.__name__}-{copy}"
            for number, shop in enumerate(kind(rng)):
                yield from _months(rng, market, number, shop)


def _months(rng: Draw, market: str, number: int, shop: Shop) -> Iterator[dict[str, object]]:
    for month in range(MONTHS):
        if shop.months is not None and month not in shop.months:
            continue
        revenue = shop.revenue * shop.swing ** (month % 2) * rng.lognormal(0, shop.spread)
        receipts = max(round(revenue / (shop.bill * rng.lognormal(0, 0.04))), 1)
        if month in shop.refunds_only:
            revenue, receipts = -0.05 * revenue, 0
        if month in shop.nothing_left:
            revenue = 0.0
        customers = max(round(receipts / shop.receipts_per_customer), 1) if receipts else 0
        repeat = rng.binomial(min(customers, receipts - customers), 0.6) if receipts > customers else 0
        weekdays = rng.multinomial(receipts, rng.dirichlet(np.full(7, 60.0)))
        yield {
            "period_start": FIRST + pd.DateOffset(months=month),
            "city_code": f"city-{market}",
            "category_code": f"category-{market}",
            "legal_group": f"{market}/{shop.group}",
            "store_id": f"{market}/{number}",
            "revenue_amount": round(revenue, 2),
            "receipt_count": receipts,
            "customer_count": customers,
            "repeat_customer_count": int(repeat),
            "new_customer_count": int(rng.binomial(customers, 0.25)),
            **{f"weekday_{day}_receipt_count": int(weekdays[day - 1]) for day in range(1, 8)},
        }


def group_months(stores: pd.DataFrame) -> pd.DataFrame:
    """The roll-up by legal group."""
    keys = ["period_start", "city_code", "category_code", "legal_group"]
    return stores.drop(columns="store_id").groupby(keys, as_index=False).sum()
