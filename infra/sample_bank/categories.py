"""What people buy: each category's codes, prices and habits.

The codes are those of ISO 18245. The list is the generator's own, so that a change of the product's category table
cannot change the sample bank.
"""

from dataclasses import dataclass

from infra.sample_bank.seasons import Season, Week


@dataclass(frozen=True)
class Category:
    """Habits of one category; amounts in roubles of the first day."""

    code: str
    mccs: tuple[int, ...]
    """Most common first: shares fall as place^−2."""
    weight: float
    """Share of everyday purchases before segment and taste, any scale. 0: bought only by schedule."""
    median_amount: float
    log_sd: float
    """Spread of one customer's amounts in one store."""
    loyalty: float = 0.9
    """Exponent of (1 + visits) in the choice of a store."""
    reach: float = 0.35
    """Distance at which a store's pull falls by e, as a share of the city's radius."""
    store_weight: float | None = None
    """Share of stores, any scale; None: the root of `weight`."""
    chain_share: float = 0.2
    refund_weight: float = 0.3
    week: Week = "flat"
    season: Season = "flat"
    is_online: bool = False
    """Sold from the first city to all."""
    monthly_bill: float = 0.0
    """Share of customers that pay it each month."""


CATEGORIES: tuple[Category, ...] = (
    Category("groceries", (5411,), 34, 620, 0.85, 1.0, 0.22, 8.0, 0.55, 0.15, "groceries"),
    Category("food_shops", (5499, 5462, 5422, 5441, 5451), 9, 360, 0.75, 0.9, 0.22, 5.0, 0.25, 0.1, "groceries"),
    Category("alcohol", (5921,), 2.6, 680, 0.7, 0.9, 0.25, 2.0, 0.6, 0.05, "evening_out", "new_year"),
    Category("cafes", (5814,), 10, 310, 0.6, 0.85, 0.3, 5.0, 0.35, 0.05, "workdays"),
    Category("restaurants", (5812, 5811), 3.6, 1400, 0.75, 0.6, 0.6, 3.0, 0.2, 0.05, "evening_out", "new_year"),
    Category("bars", (5813,), 0.9, 1100, 0.7, 0.7, 0.6, 1.2, 0.1, 0.02, "evening_out"),
    Category("fuel", (5541, 5542), 5.5, 1900, 0.45, 0.9, 0.5, 2.2, 0.8, 0.1, "workdays", "summer"),
    Category(
        "auto_service", (7538, 5533, 7542, 7531, 5511), 1.1, 2600, 1.0, 0.9, 0.6, 1.8, 0.15, 0.4, "workdays", "garden"
    ),
    Category("taxi", (4121,), 4.5, 330, 0.55, 1.2, 9.0, None, 0.0, 0.3, "evening_out", is_online=True),
    Category("public_transport", (4111, 4131), 6.0, 66, 0.35, 1.2, 9.0, 0.4, 0.0, 0.01, "workdays", "school"),
    Category("pharmacies", (5912,), 5.2, 620, 0.85, 0.9, 0.22, 4.5, 0.6, 0.1, "workdays", "winter"),
    Category("medical", (8011, 8021, 8099, 8062, 8071, 5976), 1.2, 2900, 0.95, 1.0, 0.6, 2.0, 0.15, 0.2, "workdays"),
    Category("beauty_salons", (7230, 7298, 7297), 1.2, 1600, 0.7, 1.4, 0.3, 2.2, 0.05, 0.1, "weekend", "womens_day"),
    Category("cosmetics", (5977,), 1.5, 950, 0.8, 0.8, 0.5, 1.3, 0.7, 0.8, "weekend", "womens_day"),
    Category(
        "clothing", (5651, 5691, 5621, 5699, 5611, 5641), 2.4, 2700, 0.85, 0.5, 0.8, 3.0, 0.5, 4.0, "weekend", "school"
    ),
    Category("shoes", (5661,), 0.6, 3600, 0.7, 0.5, 0.8, 1.0, 0.5, 4.0, "weekend", "school"),
    Category("sports_goods", (5941, 5655, 5940), 0.7, 2500, 0.95, 0.5, 0.8, 0.9, 0.5, 2.5, "weekend", "summer"),
    Category("children", (5945, 5641, 8351), 1.0, 1200, 0.9, 0.7, 0.6, 1.1, 0.4, 1.5, "weekend", "new_year"),
    Category("electronics", (5732, 5722, 5734, 5065), 0.8, 4800, 1.2, 0.5, 0.8, 1.2, 0.6, 3.0, "weekend", "new_year"),
    Category(
        "home_improvement", (5200, 5211, 5251, 5231, 5072), 1.4, 1700, 1.1, 0.8, 0.7, 1.3, 0.5, 2.0, "weekend", "garden"
    ),
    Category("furniture", (5712, 5719, 5714), 0.35, 6500, 1.15, 0.4, 0.9, 0.8, 0.3, 1.5, "weekend"),
    Category("books", (5942, 5943, 5994), 0.7, 580, 0.8, 0.8, 0.5, 0.9, 0.4, 0.6, "weekend", "school"),
    Category("flowers", (5992, 5193, 5261), 0.5, 1900, 0.7, 0.8, 0.35, 1.2, 0.1, 0.05, "weekend", "womens_day"),
    Category("gifts_jewellery", (5944, 5947, 7631), 0.3, 3800, 1.2, 0.5, 0.8, 0.8, 0.4, 1.0, "weekend", "new_year"),
    Category("pets", (5995, 742), 1.1, 1150, 0.8, 1.1, 0.4, 1.0, 0.4, 0.3, "weekend"),
    Category(
        "marketplaces",
        (5262, 5964, 5969, 5310),
        5.5,
        1150,
        1.0,
        0.9,
        9.0,
        0.5,
        0.0,
        3.5,
        "workdays",
        "new_year",
        is_online=True,
    ),
    Category("discount_stores", (5331, 5311, 5399, 5310), 2.4, 720, 0.85, 0.8, 0.4, 1.2, 0.7, 0.4, "weekend"),
    Category("entertainment", (7832, 7922, 7999, 7991, 7996), 0.9, 850, 0.8, 0.6, 0.8, 1.0, 0.2, 1.2, "evening_out"),
    Category("fitness", (7997, 7941, 7992), 0.35, 2900, 0.7, 1.6, 0.35, 0.9, 0.3, 0.2, "workdays"),
    Category("telecom", (4814, 4812), 0.0, 560, 0.12, 4.0, 9.0, 0.15, 0.0, 0.02, is_online=True, monthly_bill=0.55),
    Category("utilities", (4900,), 0.0, 3900, 0.18, 4.0, 9.0, 0.25, 0.0, 0.02, "workdays", "winter", monthly_bill=0.35),
    Category(
        "subscriptions",
        (5815, 5818, 4899, 5816, 5817),
        0.5,
        380,
        0.1,
        3.0,
        9.0,
        0.25,
        0.0,
        0.1,
        is_online=True,
        monthly_bill=0.3,
    ),
    Category(
        "education",
        (8299, 8220, 8211, 8351),
        0.25,
        5200,
        0.9,
        1.5,
        0.6,
        0.9,
        0.0,
        0.3,
        "workdays",
        "school",
        monthly_bill=0.04,
    ),
    Category("insurance", (6300,), 0.12, 6200, 0.9, 1.5, 9.0, 0.15, 0.0, 0.3, "workdays", is_online=True),
    Category(
        "travel",
        (4511, 4722, 4112, 7011),
        0.5,
        7200,
        0.9,
        0.5,
        9.0,
        0.25,
        0.0,
        3.0,
        "workdays",
        "summer",
        is_online=True,
    ),
    Category(
        "state_payments",
        (9399, 9311, 9222),
        0.6,
        750,
        1.0,
        1.5,
        9.0,
        0.1,
        0.0,
        0.02,
        "workdays",
        "winter",
        is_online=True,
    ),
    Category("delivery", (4215, 9402, 4214), 0.5, 480, 0.7, 0.9, 0.6, 0.6, 0.0, 0.3, "workdays"),
    Category("household_services", (7210, 7216, 7349, 7251, 7622), 0.4, 1100, 0.8, 1.0, 0.3, 1.3, 0.1, 0.2, "workdays"),
)

CODES: tuple[str, ...] = tuple(category.code for category in CATEGORIES)

CATEGORY_OF_MCC: dict[int, str] = {mcc: category.code for category in reversed(CATEGORIES) for mcc in category.mccs}
"""A code that two categories share (children's clothes, kindergartens) counts for the first of them."""

UNKNOWN_MCCS: tuple[int, ...] = (1111, 2345, 6868, 8888)
"""Codes that ISO 18245 does not assign."""
