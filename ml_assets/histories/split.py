"""Which days are learnt from and which are held out, for each horizon."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ml_assets.errors import HistoryTooShort
from ml_assets.histories.config import HistoryConfig

GROUPS = 5
CALIBRATION_GROUP, TEST_GROUP = 0, 1
LEAST_HISTORY = 28


@dataclass(frozen=True)
class Split:
    """Origins are day indices: features up to and including the origin, truth in the `horizon` days after it."""

    horizon: int
    kind: str
    """'time': every customer is measured after all training windows ended. 'customers': the history is too short for
    that, so a fifth of the customers, never trained on, is measured in the same window that the others trained on."""
    test_origins: tuple[int, ...]
    """Newest first: its window is the last `horizon` days."""
    train_origins: tuple[int, ...]
    """Newest first."""

    def train_groups(self, *, with_calibration: bool) -> tuple[int, ...]:
        kept = set(range(GROUPS)) - ({TEST_GROUP} if self.kind == "customers" else set())
        return tuple(sorted(kept if with_calibration else kept - {CALIBRATION_GROUP}))

    def test_groups(self) -> tuple[int, ...]:
        return (TEST_GROUP,) if self.kind == "customers" else tuple(range(GROUPS))

    def known_until(self, days: int) -> int:
        """The last column of which no held-out customer's is held out."""
        return self.test_origins[-1] if self.kind == "time" else days - 1

    def moved_before(self, last: int, kind: str) -> "Split | None":
        """As this one, with training windows that end at column `last` or before; None where 28 days and a window do
        not fit."""
        back = max(self.train_origins[0] + self.horizon - last, 0)
        origins = tuple(origin - back for origin in self.train_origins)
        kept = origins if back == 0 else tuple(origin for origin in origins if origin >= LEAST_HISTORY - 1)
        return replace(self, kind=kind, train_origins=kept) if kept else None


def choose_split(days: int, horizon: int, config: HistoryConfig, origins_at_most: int | None = None) -> Split:
    """Hold out the last `horizon` of `days` days, and the same a week and two before; train on windows that end before.

    origins_at_most: fewer than the config allows, where more are not affordable.

    Raises HistoryTooShort when not even one window with 28 days before it fits.
    """
    latest = days - 1 - horizon
    room = (latest - horizon - (LEAST_HISTORY - 1)) // config.test_step
    kind = "time" if room >= 0 else "customers"
    count = min(config.test_origins, room + 1) if kind == "time" else 1
    tests = tuple(latest - config.test_step * k for k in range(count))
    newest = tests[-1] - horizon if kind == "time" else latest
    if newest < LEAST_HISTORY - 1:
        raise HistoryTooShort(
            f"The events span {days} days; forecasting {horizon} days ahead needs at least {horizon + LEAST_HISTORY}. "
            f"Load more history, or leave {horizon} out of ContestConfig.horizons."
        )
    oldest = min(config.shortest_history - 1, newest)
    origins = tuple(range(newest, oldest - 1, -config.origin_step))[: origins_at_most or config.origins_at_most]
    return Split(horizon, kind, tests, origins)


def group_of(customer_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A fixed group 0–4 for each customer, the same in every contest."""
    return (mixed(customer_ids) % np.uint64(GROUPS)).astype(np.int64)


def mixed(customer_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """A number for each customer that looks random, and is always the same (SplitMix64, Steele et al. 2014)."""
    z = customer_ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
