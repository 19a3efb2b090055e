"""What every contest over customers' histories may choose: whom it asks about, and how much it learns from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HistoryConfig:
    """The defaults are what `lyra` runs."""

    active_days: int = 90
    """A customer is scored with a receipt in so many days up to as_of."""
    origin_step: int = 14
    origins_at_most: int = 16
    rows_at_most: int = 40_000
    """Table learners train on a sample above this: 40,000 rows take about 4 s a booster. Twice as many rows are laid
    out at most, by fewer origins (at least 4) where there are many customers."""
    shortest_history: int = 60
    """Days a training origin should have behind it; fewer (at least 28) where the history is short."""
    test_origins: int = 3
    """Windows that a contender is measured on (rolling origin, fitted once: Tashman 2000); fewer where the history is
    short."""
    test_step: int = 7
    category_count: int = 20
    threads: int = 2
    seed: int = 20
