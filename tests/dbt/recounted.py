"""What the warehouse says of customers and cities, counted again in pandas from the facts."""

import pandas as pd
import psycopg

ATTRIBUTES = {
    "age_gender": ["age_band", "gender"],
    "marital_status": ["marital_status"],
    "residency": ["residency"],
    "income_tier": ["income_tier"],
}


def read(url: str, query: str, *values: object) -> pd.DataFrame:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(query, values)  # type: ignore[arg-type]
        assert cursor.description is not None
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])


def purchases_of(url: str) -> pd.DataFrame:
    return read(
        url,
        "select business_date, customer_id, city_code, is_refund from marts.fct_transactions "
        "join marts.dim_stores using (store_id)",
    )


def assert_homes(url: str) -> None:
    """Home city and first purchase of every customer of marts.dim_customers."""
    facts = purchases_of(url)
    receipts = (~facts["is_refund"]).groupby([facts["customer_id"], facts["city_code"]]).sum().reset_index(name="count")
    homes = receipts.sort_values(["customer_id", "count", "city_code"], ascending=[True, False, True])
    expected = homes.drop_duplicates("customer_id").set_index("customer_id")["city_code"]
    first = facts[~facts["is_refund"]].groupby("customer_id")["business_date"].min()
    found = read(url, "select customer_id, home_city_code, first_purchase_date from marts.dim_customers").set_index(
        "customer_id"
    )
    bought = found.loc[expected.index]
    assert (bought["home_city_code"] == expected).all()
    assert (bought["first_purchase_date"].dropna() == first.loc[bought["first_purchase_date"].dropna().index]).all()
    assert bought["first_purchase_date"].notna().sum() == len(first)
    assert found.drop(expected.index)["home_city_code"].isna().all()


def assert_city_members(url: str) -> None:
    """Cardholders of every city and of all, by period and attribute: marts.agg_city_members without its weekdays."""
    facts = purchases_of(url)
    facts = facts[~facts["is_refund"]]
    customers = read(url, "select * from marts.dim_customers").set_index("customer_id")
    windows = read(url, "select * from marts.dim_report_windows where window_kind = 'current'")
    expected: dict[tuple[int, str, str, str], int] = {}
    for window in windows.itertuples():
        within = facts[facts["business_date"].between(window.first_date, window.last_date)]
        visits = within[["customer_id", "city_code"]].drop_duplicates()
        everywhere = visits[["customer_id"]].drop_duplicates().assign(city_code="*")
        who = pd.concat([visits, everywhere]).join(customers, on="customer_id")
        for dimension, columns in ATTRIBUTES.items():
            member = who[columns].agg(":".join, axis=1)
            counts = who.groupby([who["city_code"], member]).size()
            expected |= {(int(window.period_days), city, dimension, code): n for (city, code), n in counts.items()}
    found = read(url, "select * from marts.agg_city_members where dimension_code <> 'weekday'")
    keys = found[["period_days", "city_code", "dimension_code", "member_code"]].itertuples(index=False, name=None)
    assert dict(zip(keys, found["weight_count"].astype(int), strict=True)) == expected
