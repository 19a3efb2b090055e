"""How big a sample bank is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleSize:
    """Targets of one size. `transactions` is met within a few per cent, the rest exactly."""

    name: str
    transactions: int
    months: int
    customers: int
    stores: int
    cities: int
    tenants: int


SIZES: dict[str, SampleSize] = {
    size.name: size
    for size in (
        SampleSize("small", transactions=150_000, months=6, customers=2_600, stores=560, cities=4, tenants=6),
        SampleSize("demo", transactions=2_000_000, months=18, customers=12_000, stores=1_900, cities=12, tenants=20),
        SampleSize("large", transactions=10_000_000, months=24, customers=45_000, stores=5_000, cities=16, tenants=20),
    )
}
