"""A bank of two tenants and four other merchants, small enough to count again in pandas."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import psycopg

from infra.ingest.spelling import spelling_id

LAST_DAY = date(2025, 3, 31)
DAY_COUNT = 75
FIRST_DAY, MOVED_ON = LAST_DAY - timedelta(days=DAY_COUNT - 1), date(2025, 3, 10)
"""Days of the bank's two lists of clients: in between every fourth had a birthday and married."""
CITIES = {"MOSKVA": "Moscow", "Г. МОСКВА": "Moscow", "KAZAN'": "Kazan", "СОФРИНО": "Софрино"}
"""Spelling -> English name of the city."""
MERCHANTS = {
    "KOFEINYA": ("Кофейня", "ИП Ветрова", 5814, "fast_food"),
    "BEREZKA 1": ("Берёзка на Ленина", "АО Берёзка", 5411, "groceries"),
    "BEREZKA 2": ("Берёзка у реки", "АО Берёзка", 5411, "groceries"),
    "APTEKA": ("Аптека", "ООО Аптека", 5912, "pharmacy"),
    "RYNOK": ("Рынок", "ООО Рынок", 9998, "other"),
}
"""Merchant name -> store name, legal group, MCC (9998 is nobody's), category."""
TENANTS = {"ИП Ветрова": "t_00000000c0fe", "АО Берёзка": "t_00000000be7e"}
"""Legal group -> database role."""


def draw_purchases() -> pd.DataFrame:
    """One row a purchase: business_date, amount, mcc, city, merchant_name, customer_id; 3 % refunds."""
    rng = np.random.default_rng(7)
    count = 4000
    merchant = rng.choice(list(MERCHANTS), count, p=[0.06, 0.3, 0.24, 0.2, 0.2])
    frame = pd.DataFrame(
        {
            "business_date": [LAST_DAY - timedelta(days=int(back)) for back in rng.integers(0, DAY_COUNT, count)],
            "amount": np.round(rng.lognormal(6, 1, count), 2) * np.where(rng.random(count) < 0.03, -1, 1),
            "mcc": [MERCHANTS[name][2] for name in merchant],
            "city": rng.choice(list(CITIES), count, p=[0.4, 0.1, 0.4, 0.1]),
            "merchant_name": merchant,
            "customer_id": rng.integers(1, 260, count),
        }
    )
    frame["cents"] = (frame["amount"] * 100).round().astype(int)
    return frame


def load(connection: psycopg.Connection, purchases: pd.DataFrame) -> None:
    """Write the bank into raw, ingest and security as `infra.ingest` would."""
    connection.execute("insert into ingest.bank values (true, 'Tiny bank', 'Малый банк', 'RUB', true, false)")
    connection.execute(
        "insert into ingest.files (sha256, kind, name, byte_count, rows_read, rows_loaded, rows_quarantined, "
        "rows_repeated, amount_loaded, status) values ('1', 'transactions', 'a', 1, 0, 0, 0, 0, 0, 'loaded')"
    )
    for code in ("fast_food", "groceries", "pharmacy", "other"):
        connection.execute(
            "insert into raw.categories values (%s, %s, %s, %s, %s, 'group')",
            [code, FIRST_DAY, FIRST_DAY, code, f"{code} по-русски"],
        )
    for mcc, code in ((5814, "fast_food"), (5411, "groceries"), (5912, "pharmacy")):
        connection.execute(
            "insert into raw.mcc values (%s, %s, %s, 'description', %s)", [mcc, FIRST_DAY, FIRST_DAY, code]
        )
    for merchant, (store, group, _mcc, _category) in MERCHANTS.items():
        connection.execute(
            "insert into raw.stores values (%s, null, %s, %s, %s, %s)", [merchant, FIRST_DAY, MOVED_ON, store, group]
        )
    for number, (group, role) in enumerate(TENANTS.items()):
        connection.execute(
            "insert into security.tenants (name, legal_group, login, role_name) values (%s, %s, %s, %s)",
            [group, group, f"login{number}", role],
        )
    connection.execute(
        "insert into raw.clients select id, %s, %s, 18 + id %% 60, (array['SOC', 'STD', 'PRM'])[1 + id %% 3], "
        "(array['F', 'M'])[1 + id %% 2], 'Y', case when id <= 15 then 'N' else 'R' end from generate_series(1, 259) id",
        [MOVED_ON, MOVED_ON],
    )
    connection.execute(
        "insert into raw.clients select customer_id, %s, %s, age - 1, bank_category, gender, 'N', residency "
        "from raw.clients where customer_id %% 4 = 0",
        [FIRST_DAY, FIRST_DAY],
    )
    load_purchases(connection, purchases)
    load_category_predictions(connection)
    connection.commit()


def chance(customer_id: int, category: str) -> float | None:
    """What the model in charge says of a customer; None where it does not keep the category."""
    return None if (customer_id + len(category)) % 3 == 0 else (customer_id * len(category) % 97) / 100


REST = 0.07
"""Its chance of every customer of whom it does not keep the category."""


def load_category_predictions(connection: psycopg.Connection) -> None:
    """What stands says `chance`: the champion's newest scoring, and of every fifth customer that of the day before. All
    else says 1: of the others on that day, an older scoring, a challenger's."""
    codes = sorted({category for *_, category in MERCHANTS.values()})
    for version, alias in ((1, "champion"), (3, "challenger"), (2, "champion")):
        connection.execute(
            "insert into predictions.deployments (model_name, model_version, learner, alias, run_id, as_of, metrics, "
            "reason, deployed_by) values ('category-priority', %s, 'lightgbm', %s, 'r', %s, '{}', 'r', 'dagster')",
            [version, alias, FIRST_DAY],
        )
    said = [(2, LAST_DAY - timedelta(days=1), 12), (2, LAST_DAY, 10), (3, LAST_DAY, 14), (2, LAST_DAY, 11)]
    with connection.cursor() as cursor:
        for version, as_of, hour in said:
            is_newest = (version, hour) == (2, 11)
            rows: list[tuple[int | None, str, float | None, int]] = []
            for customer in range(1, 260):
                carries = customer % 5 == 0
                if not (carries and as_of == LAST_DAY):
                    stands = carries or is_newest
                    rows += [(customer, code, chance(customer, code) if stands else 1, 3) for code in codes]
            rows += [(None, code, REST if is_newest else 1, 3) for code in codes]
            rows = [row for row in rows if row[2] is not None]
            at = f"{LAST_DAY} {hour}:00+00"
            cursor.executemany(
                "insert into predictions.category_priority (as_of, horizon_days, customer_id, category_code, "
                "purchase_probability, carried_days, model_name, model_version, scored_at) "
                "values (%s, 30, %s, %s, %s, %s, 'category-priority', %s, %s)",
                [(as_of, *row, version, at) for row in rows],
            )
            cursor.execute(
                "insert into predictions.scorings values ('category_priority', %s, 'category-priority', %s, %s, %s)",
                [as_of, version, len(rows), at],
            )


def load_purchases(connection: psycopg.Connection, purchases: pd.DataFrame) -> None:
    """Replace the days that occur in `purchases`."""
    days = sorted(set(purchases["business_date"]))
    connection.execute("select raw.ensure_months('raw.transactions', %s, %s)", [days[0], days[-1]])
    connection.execute("delete from raw.transactions where business_date = any(%s)", [days])
    connection.execute("delete from ingest.file_days where business_date = any(%s)", [days])
    for merchant, city in set(zip(purchases["merchant_name"], purchases["city"], strict=True)):
        connection.execute(
            "insert into raw.store_spellings values (%s, %s, %s) on conflict do nothing",
            [spelling_id(merchant, city), merchant, city],
        )
    with connection.cursor().copy(
        "copy raw.transactions (file_id, line_number, business_date, amount, mcc, spelling_id, customer_id) from stdin"
    ) as copy:
        for row in purchases.itertuples():
            amount, spelling = f"{row.cents / 100:.2f}", spelling_id(row.merchant_name, row.city)
            copy.write_row((1, row.Index + 2, row.business_date, amount, row.mcc, spelling, row.customer_id))
    connection.execute(
        "insert into ingest.file_days select file_id, business_date, count(*), sum(amount) from raw.transactions "
        "where business_date = any(%s) group by file_id, business_date",
        [days],
    )
