"""A little bank of generated events: regular, occasional and lapsed customers with their own rates."""

from datetime import date

import numpy as np
import pandas as pd

from ml_assets.encoder.config import EncoderConfig
from ml_assets.purchasing_power import ContestConfig
from ml_assets.purchasing_power.config import BoostingConfig

AS_OF = date(2026, 8, 31)
ENCODER = EncoderConfig(visits=12, units=8, taste_units=4, batch_size=32, pretraining_epochs=1, epochs_at_most=1)
CONFIG = ContestConfig(
    boosting=BoostingConfig(trees=30, rows_per_leaf=20),
    encoder=ENCODER,
    threads=1,
)


def made_events(customers: int = 120, days: int = 300, seed: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rate = random.gamma(1.5, 0.1, customers)
    buys = random.random((customers, days)) < rate[:, None]
    customer, day = np.nonzero(buys)
    level = random.lognormal(3, 0.6, customers)
    events = pd.DataFrame(
        {
            "business_date": pd.Timestamp(AS_OF) - pd.to_timedelta(days - 1 - day, unit="D"),
            "customer_id": customer.astype(np.int64) * 7919,
            "category_code": random.choice(["grocery", "fuel", "pharmacy"], len(day)),
            "spend_amount": (level[customer] * random.lognormal(0, 0.5, len(day))).round(2),
            "receipt_count": 1,
        }
    )
    last = pd.DataFrame(
        {
            "business_date": [pd.Timestamp(AS_OF)],
            "customer_id": [np.int64(1)],
            "category_code": ["fuel"],
            "spend_amount": [20.0],
            "receipt_count": [1],
        }
    )
    return pd.concat([events, last], ignore_index=True)
