"""Events with a known effect: a campaign, a competitor's opening, a closure."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.sample_bank.merchants import Stores
from infra.sample_bank.seasons import Calendar

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PlantedEvent:
    """From `first_day` to `last_day` (indices, inclusive) the pull of `stores` is multiplied; 0 = they are shut."""

    kind: str
    first_day: int
    last_day: int
    multiplier: float
    stores: tuple[int, ...]
    watched: tuple[int, ...]
    """Stores on which the effect is measured."""


def plan_events(stores: Stores, calendar: Calendar) -> tuple[PlantedEvent, ...]:
    """One event of each kind, in three different categories so that their effects do not mix."""
    last = calendar.day_count - 1
    mid_size = tuple(np.flatnonzero((stores.tenant == 1) & (stores.category == _main_category(stores, 1))).tolist())
    corner_shop = int(np.flatnonzero(stores.tenant == 0)[0])
    rival = _strongest_rival(stores, corner_shop)
    chain = np.flatnonzero((stores.tenant == 2) & (stores.category == _main_category(stores, 2)))
    neighbour = _strongest_rival(stores, int(chain[0]))
    return (
        PlantedEvent("campaign", last - 58, last - 38, 5.0, mid_size, mid_size),
        PlantedEvent("competitor_opening", last - 75, last, 1.0, (rival,), (corner_shop, rival)),
        PlantedEvent(
            "closure", last - 44, last, 0.0, (neighbour,), (*chain[stores.city[chain] == 0].tolist(), neighbour)
        ),
    )


def pull(stores: Stores, events: tuple[PlantedEvent, ...], calendar: Calendar) -> tuple[Floats32, Floats32]:
    """(store, day) twice: what multiplies each store's attractiveness, with the planted events and without them."""
    day = np.arange(calendar.day_count)
    without = ((day >= stores.opened[:, None]) & (day < stores.closed[:, None])).astype(np.float32)
    actual = without.copy()
    for event in events:
        window = slice(event.first_day, event.last_day + 1)
        for store in event.stores:
            if event.kind == "competitor_opening":
                without[store], actual[store] = 0.0, 0.0
                # A new shop is talked about: its pull starts at five times and settles at twice its rank's.
                actual[store, window] = 2.0 + 3.0 * np.exp(-(day[window] - event.first_day) / 30.0)
            else:
                actual[store, window] *= event.multiplier
    return actual, without


def _main_category(stores: Stores, tenant: int) -> int:
    """Category in which a tenant has most stores."""
    return int(np.bincount(stores.category[stores.tenant == tenant]).argmax())


def _strongest_rival(stores: Stores, store: int) -> int:
    """The strongest shop of the same city and category but the first, if no tenant's and always open."""
    same = (stores.city == stores.city[store]) & (stores.category == stores.category[store])
    free = same & (stores.tenant < 0) & (stores.rank > 0) & (stores.opened == 0)
    free &= stores.closed == stores.closed.max()
    candidates = np.flatnonzero(free)
    return int(candidates[np.argmin(stores.rank[candidates])])
