"""The truth that no model reads: what was drawn, so that tests can score a model's claim against it."""

import numpy as np
import pandas as pd

from infra.sample_bank.bank_categories import BANK_CATEGORIES
from infra.sample_bank.categories import CODES
from infra.sample_bank.cities import CITIES
from infra.sample_bank.customers import Customers
from infra.sample_bank.dirt import SPELLINGS
from infra.sample_bank.merchants import Stores
from infra.sample_bank.planted_events import PlantedEvent
from infra.sample_bank.purchases import Purchases
from infra.sample_bank.seasons import PAYDAYS, Calendar
from infra.sample_bank.segments import SEGMENTS
from infra.sample_bank.store_choice import Choices


def truth_tables(
    customers: Customers,
    stores: Stores,
    events: tuple[PlantedEvent, ...],
    choices: Choices,
    purchases: Purchases,
    calendar: Calendar,
) -> dict[str, pd.DataFrame]:
    """`customers`, `taste`, `stores`, `events`, `event_effects` and `city_spellings`."""
    return {
        "customers": _customers(customers, calendar),
        "taste": pd.DataFrame(customers.taste, columns=list(CODES)).assign(cnum=customers.cnum),
        "stores": _stores(stores, purchases, choices, calendar),
        "events": pd.DataFrame(
            [
                {
                    "event": event.kind,
                    "category": CODES[stores.category[event.stores[0]]],
                    "first_day": calendar.day(event.first_day),
                    "last_day": calendar.day(event.last_day),
                    "multiplier": event.multiplier,
                }
                for event in events
            ]
        ),
        "event_effects": _effects(stores, events, choices),
        "city_spellings": pd.DataFrame(
            [(spelling, CITIES[city].name_en, CITIES[city].name_ru) for spelling, city in SPELLINGS],
            columns=["spelling", "city_en", "city_ru"],
        ),
    }


def _customers(customers: Customers, calendar: Calendar) -> pd.DataFrame:
    first = np.datetime64(calendar.first_day, "D")
    dropped = np.where(np.isinf(customers.dropped_out), 0, customers.dropped_out).astype(np.int64)
    dropped_on = first + dropped
    dropped_on[np.isinf(customers.dropped_out)] = np.datetime64("NaT")
    return pd.DataFrame(
        {
            "cnum": customers.cnum,
            "segment": [SEGMENTS[index].name for index in customers.segment],
            "bank_category": [BANK_CATEGORIES[index].code for index in customers.bank_category],
            "city": [CITIES[index].name_en for index in customers.city],
            "log_income": customers.log_income,
            "payday": np.array(PAYDAYS)[customers.payday],
            "relative_rate": customers.rate,
            "regularity": customers.regularity,
            "stickiness": customers.stickiness,
            "joined_on": first + np.maximum(customers.joined, 0).astype(np.int64),
            "is_new": customers.joined >= 0,
            "dropped_out_on": dropped_on,
            "is_alive": np.isinf(customers.dropped_out),
        }
    )


def _stores(stores: Stores, purchases: Purchases, choices: Choices, calendar: Calendar) -> pd.DataFrame:
    first = np.datetime64(calendar.first_day, "D")
    closed_on = first + stores.closed
    closed_on[stores.closed >= calendar.day_count] = np.datetime64("NaT")
    return pd.DataFrame(
        {
            "merchant_name": stores.merchant_name,
            "city": [CITIES[index].name_en for index in stores.city],
            "category": [CODES[index] for index in stores.category],
            "mcc": stores.mcc,
            "legal_group": stores.legal_group,
            "is_listed": stores.is_listed,
            "attractiveness": stores.attractiveness,
            "price_level": stores.price_level,
            "opened_on": first + stores.opened,
            "closed_on": closed_on,
            "purchase_count": np.bincount(choices.store, minlength=len(stores)),
        }
    )


def _effects(stores: Stores, events: tuple[PlantedEvent, ...], choices: Choices) -> pd.DataFrame:
    """One row per event and watched store: receipts that the event is expected to have brought (or taken)."""
    return pd.DataFrame(
        [
            {
                "event": event.kind,
                "merchant_name": stores.merchant_name[store],
                "city": CITIES[stores.city[store]].name_en,
                "legal_group": stores.legal_group[store],
                "is_subject": store in event.stores,
                "expected_extra_receipts": choices.extra_receipts[store],
            }
            for event in events
            for store in event.watched
        ]
    )
