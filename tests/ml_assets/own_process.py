"""Customers drawn by the process that BG/NBD and MBG/NBD assume, so that a fit can be held against its parameters."""

from dataclasses import dataclass

import numpy as np

Vector = np.ndarray


@dataclass(frozen=True)
class OwnProcess:
    """Purchase rates gamma (r, α), chance to leave after a purchase beta (a, b); first purchases in the first third."""

    customers: int = 30_000
    r: float = 0.8
    alpha: float = 6.0
    a: float = 1.2
    b: float = 4.0
    until: float = 180.0
    ahead: float = 20.0
    leaves_at_first: bool = False
    """MBG/NBD: may leave after the very first purchase, too."""

    def draw(self, seed: int) -> tuple[Vector, Vector, Vector, Vector, Vector]:
        """(frequency, recency, age, purchases in the next `ahead`, whether alive at `until`), one value a customer."""
        customers, random = self.customers, np.random.default_rng(seed)
        rate, leaving = random.gamma(self.r, 1 / self.alpha, customers), random.beta(self.a, self.b, customers)
        born = random.uniform(0, self.until / 3, customers)
        stays = random.random(customers) >= leaving if self.leaves_at_first else np.ones(customers, dtype=bool)
        time, last = born.copy(), born.copy()
        frequency, future = np.zeros(customers), np.zeros(customers)
        alive = stays.copy()
        going = np.flatnonzero(stays)
        while len(going):
            time[going] += random.exponential(1 / rate[going])
            going = going[time[going] <= self.until + self.ahead]
            is_past = time[going] <= self.until
            frequency[going] += is_past
            last[going[is_past]] = time[going[is_past]]
            future[going] += ~is_past
            leaves = random.random(len(going)) < leaving[going]
            alive[going[leaves & is_past]] = False
            going = going[~leaves]
        return frequency, last - born, self.until - born, future, alive
