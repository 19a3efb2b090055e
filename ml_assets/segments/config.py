"""Everything about segments that may be chosen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SegmentConfig:
    """The defaults are what `lyra` runs."""

    counts: tuple[int, ...] = (4, 5, 6)
    """Numbers of segments that compete; three do not tell who buys much at once from who buys often."""
    window_days: int = 365
    """What is told of a customer: the days up to as_of."""
    least_stability: float = 0.8
    """Adjusted Rand index of the segments of subsamples: below it two runs would tell a merchant two stories."""
    least_share: float = 0.03
    """Of the customers in the smallest segment: a smaller one is no audience."""
    subsamples: int = 10
    subsample_share: float = 0.8
    customers_at_most: int = 20_000
    """More are not needed to find the centres; all are assigned."""
    seed: int = 20
