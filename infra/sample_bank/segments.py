"""Kinds of customers: how old and how rich they are, how much they use the card, what they like."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    name: str
    weight: float
    age: tuple[float, float]
    """Mean and standard deviation, years."""
    income: float
    """Shift of standardised log income."""
    activity: float
    tastes: dict[str, float]
    """Multipliers of the category weights."""


SEGMENTS: tuple[Segment, ...] = (
    Segment("student", 0.12, (20, 2.5), -0.7, 1.0, {
        "cafes": 2.2, "public_transport": 2.0, "subscriptions": 2.0, "entertainment": 2.0, "bars": 2.0,
        "pharmacies": 0.4, "home_improvement": 0.2, "fuel": 0.2, "education": 2.0,
    }),
    Segment("young_professional", 0.2, (30, 5), 0.35, 1.35, {
        "cafes": 1.7, "restaurants": 1.8, "taxi": 2.2, "bars": 2.0, "fitness": 2.5, "marketplaces": 1.5,
        "clothing": 1.3, "travel": 1.6, "fuel": 0.6,
    }),
    Segment("family", 0.24, (38, 7), 0.1, 1.25, {
        "groceries": 1.4, "children": 4.0, "discount_stores": 1.5, "education": 2.5, "marketplaces": 1.4,
        "bars": 0.3, "medical": 1.3, "pharmacies": 1.2,
    }),
    Segment("motorist", 0.16, (44, 10), 0.1, 1.0, {
        "fuel": 3.2, "auto_service": 3.0, "home_improvement": 2.5, "public_transport": 0.2, "taxi": 0.3,
        "cafes": 0.8, "alcohol": 1.3,
    }),
    Segment("affluent", 0.08, (43, 10), 1.3, 1.3, {
        "restaurants": 3.0, "clothing": 2.0, "travel": 3.0, "fuel": 1.8, "beauty_salons": 2.0,
        "gifts_jewellery": 3.0, "public_transport": 0.1, "food_shops": 1.4, "discount_stores": 0.3,
    }),
    Segment("pensioner", 0.14, (68, 6.5), -0.6, 0.7, {
        "groceries": 1.4, "pharmacies": 3.2, "food_shops": 1.4, "cafes": 0.15, "restaurants": 0.15, "bars": 0.02,
        "taxi": 0.3, "utilities": 1.5, "marketplaces": 0.3, "medical": 1.6, "public_transport": 0.8,
    }),
    Segment("minimal", 0.06, (47, 14), -0.4, 0.25, {
        "groceries": 1.5, "telecom": 1.5, "restaurants": 0.4,
    }),
)  # fmt: skip

TASTES_OF_WOMEN: dict[str, float] = {
    "cosmetics": 2.6, "beauty_salons": 2.6, "clothing": 1.4, "shoes": 1.4, "flowers": 0.6,
    "fuel": 0.6, "auto_service": 0.4, "children": 1.4, "alcohol": 0.6, "home_improvement": 0.6,
}  # fmt: skip
"""Multipliers for women; men have the inverse."""

SEGMENT_INDEX: dict[str, int] = {segment.name: index for index, segment in enumerate(SEGMENTS)}
