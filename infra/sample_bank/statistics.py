"""Measure a sample bank against the bands seen on real cards and baskets (MODELS: "It must land in these bands").

`python -m infra.sample_bank.statistics FOLDER` prints the frame.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv

from infra.sample_bank.categories import CATEGORIES, CATEGORY_OF_MCC
from infra.sample_bank.cities import CITIES
from infra.sample_bank.dirt import SPELLINGS

Floats = npt.NDArray[np.float64]

BANDS: dict[str, tuple[float, float]] = {
    "events_per_customer_cv": (1.0, 1.6),
    "events_per_customer_gini": (0.45, 0.65),
    "gap_cv": (0.9, 1.3),
    "log_amount_sd": (1.1, 1.5),
    "amount_p99_to_p50": (10, 50),
    "log_amount_share_between_customers": (0.25, 0.40),
    "whole_amount_share": (0.10, 0.25),
    "category_gini": (0.8, 0.9),
    "merchant_zipf_slope": (-1.1, -0.8),
    "repeat_merchant_share": (0.7, 0.9),
    "same_category_share": (0.35, 0.5),
    "autocorrelation_lag7_minus_lag1": (0.0, 1.0),
    "silent_in_second_half_year_share": (0.03, 0.15),
    "churn_30_days_recency_auroc": (0.80, 0.90),
    "personal_frequency_hit_at_1": (0.6, 0.85),
    "naive_90_day_spend_wape": (0.40, 0.50),
    "refund_share": (0.02, 0.03),
}
"""Statistic and its band. The category statistics take one merchant category code as one category."""

MCCS = tuple(mcc for category in CATEGORIES for mcc in category.mccs)


def measure(folder: Path) -> pd.DataFrame:
    """One row a statistic: `statistic`, `value`, `low`, `high`, `is_within`. Reads transactions only."""
    return beside_bands(statistics_of(coded(read_transactions(folder)), MCCS))


def beside_bands(values: Mapping[str, float]) -> pd.DataFrame:
    """The frame of `measure`."""
    frame = pd.DataFrame([(name, values[name], *band) for name, band in BANDS.items() if name in values])
    frame.columns = pd.Index(["statistic", "value", "low", "high"])
    frame["is_within"] = (frame["value"] >= frame["low"]) & (frame["value"] <= frame["high"])
    return frame


def statistics_of(rows: pd.DataFrame, codes: Sequence[int]) -> dict[str, float]:
    """The statistics of BANDS, less those that need a longer history. `codes`: all values of `mcc` that there are.

    rows: `customer`, `store`, `category`, `mcc`, `day`, `kopecks` as integers, ordered by customer and day.
    """
    purchases = rows[rows["kopecks"] > 0]
    values = {**_customer_statistics(purchases), **_amount_statistics(purchases), **_choice_statistics(purchases)}
    by_code = purchases.groupby("mcc").size().reindex(pd.Index(codes).unique(), fill_value=0)
    values["category_gini"] = gini(by_code.to_numpy())
    values |= _daily_statistics(purchases) | _difficulty(rows)
    values["refund_share"] = float((rows["kopecks"] < 0).mean())
    return values


def read_transactions(folder: Path) -> pd.DataFrame:
    """All sound rows of a source folder: the contract's columns as typed values, and `city`, spelt one way.

    Lines with too many or too few fields, no amount, code, day or customer are left out.
    """
    options = csv.ConvertOptions(column_types=dict.fromkeys(("purchdate", "amount", "mcc", "cnum"), pa.string()))
    tables = [
        csv.read_csv(
            path,
            read_options=csv.ReadOptions(encoding="cp1251"),
            parse_options=csv.ParseOptions(delimiter=";", invalid_row_handler=lambda _row: "skip"),
            convert_options=options,
        )
        for path in sorted((folder / "transactions").glob("*.csv"))
    ]
    rows: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    rows["amount"] = pd.to_numeric(rows["amount"], errors="coerce")
    rows["mcc"] = pd.to_numeric(rows["mcc"], errors="coerce")
    rows["purchdate"] = pd.to_datetime(rows["purchdate"], format="%Y-%m-%d", errors="coerce")
    rows = rows[rows["cnum"] != ""].dropna().astype({"mcc": np.int64})
    city_of = {spelling: CITIES[city].name_en for spelling, city in SPELLINGS}
    return rows.assign(city=rows["mrchcity"].map(city_of)).reset_index(drop=True)


def coded(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `read_transactions` as `statistics_of` takes them."""
    frame = pd.DataFrame(
        {
            "customer": pd.factorize(rows["cnum"])[0],
            "store": pd.factorize(rows["city"] + "|" + rows["mrchname"])[0],
            "mcc": rows["mcc"],
            "category": pd.factorize(rows["mcc"].map(CATEGORY_OF_MCC).fillna("other"))[0],
            "day": (rows["purchdate"] - rows["purchdate"].min()).dt.days,
            "kopecks": np.rint(rows["amount"] * 100).astype(np.int64),
        }
    )
    return frame.sort_values(["customer", "day"], kind="stable", ignore_index=True)


def _customer_statistics(purchases: pd.DataFrame) -> dict[str, float]:
    count = purchases.groupby("customer").size().to_numpy()
    days = purchases.drop_duplicates(["customer", "day"])
    gap = days.groupby("customer")["day"].diff()
    gaps = gap.groupby(days["customer"]).agg(["mean", "std", "count"])
    gaps = gaps[gaps["count"] >= 10]
    values = {
        "events_per_customer_cv": float(count.std() / count.mean()),
        "events_per_customer_gini": gini(count),
        "gap_cv": float((gaps["std"] / gaps["mean"]).median()),
    }
    last = int(purchases["day"].max())
    if last >= 360:
        seen_before = purchases.loc[purchases["day"].between(last - 364, last - 182), "customer"].unique()
        seen_after = purchases.loc[purchases["day"] > last - 182, "customer"].unique()
        values["silent_in_second_half_year_share"] = float(1 - np.isin(seen_before, seen_after).mean())
    return values


def _amount_statistics(purchases: pd.DataFrame) -> dict[str, float]:
    log_amount = np.log(purchases["kopecks"] / 100)
    low, high = np.quantile(purchases["kopecks"], [0.5, 0.99])
    by_customer = log_amount.groupby(purchases["customer"])
    size, mean, within = by_customer.size(), by_customer.mean(), by_customer.var()
    enough = size >= 20
    # One-way random effects: the variance of the means less what chance alone would give them.
    between = mean[enough].var() - (within[enough] / size[enough]).mean()
    return {
        "log_amount_sd": float(log_amount.std()),
        "amount_p99_to_p50": float(high / low),
        "log_amount_share_between_customers": float(between / (between + within[enough].mean())),
        "whole_amount_share": float((purchases["kopecks"] % 100 == 0).mean()),
    }


def _choice_statistics(purchases: pd.DataFrame) -> dict[str, float]:
    by_store = np.sort(purchases.groupby("store").size().to_numpy())[::-1]
    middle = np.arange(len(by_store) // 100, len(by_store) // 2)
    slope = np.polyfit(np.log(middle + 1), np.log(by_store[middle]), 1)[0]
    same_customer = purchases["customer"].to_numpy()[1:] == purchases["customer"].to_numpy()[:-1]
    code = purchases["category"].to_numpy()
    return {
        "merchant_zipf_slope": float(slope),
        "repeat_merchant_share": float(purchases.duplicated(["customer", "store"]).mean()),
        "same_category_share": float((code[1:] == code[:-1])[same_customer].mean()),
    }


def _daily_statistics(purchases: pd.DataFrame) -> dict[str, float]:
    daily = np.bincount(purchases["day"]).astype(np.float64)
    lag = {k: float(np.corrcoef(daily[:-k], daily[k:])[0, 1]) for k in (1, 7)}
    return {"autocorrelation_lag7_minus_lag1": lag[7] - lag[1]}


def _difficulty(rows: pd.DataFrame) -> dict[str, float]:
    """How hard the truth is to guess with simple rules, on the last 30 and 90 days."""
    last = int(rows["day"].max())
    values: dict[str, float] = {}
    purchases = rows[rows["kopecks"] > 0]
    past, future = purchases[purchases["day"] <= last - 30], purchases[purchases["day"] > last - 30]
    last_seen = past.groupby("customer")["day"].max()
    active = last_seen[last_seen > last - 30 - 90]
    is_gone = ~active.index.isin(future["customer"].unique())
    values["churn_30_days_recency_auroc"] = auroc(-active.to_numpy(), is_gone)

    favourite = past.groupby(["customer", "category"]).size().reset_index(name="n")
    favourite = favourite.sort_values(["customer", "n"], ascending=[True, False]).drop_duplicates("customer")
    bought = pd.MultiIndex.from_frame(future[["customer", "category"]].drop_duplicates())
    buyers = favourite[favourite["customer"].isin(future["customer"].unique())]
    hits = pd.MultiIndex.from_frame(buyers[["customer", "category"]]).isin(bought)
    values["personal_frequency_hit_at_1"] = float(hits.mean())

    if last >= 180:
        spent = rows["kopecks"].to_numpy(np.float64)
        before = np.bincount(rows["customer"], spent * rows["day"].between(last - 179, last - 90))
        after = np.bincount(rows["customer"], spent * (rows["day"] > last - 90))
        is_active = before > 0
        values["naive_90_day_spend_wape"] = float(np.abs(after - before)[is_active].sum() / after[is_active].sum())
    return values


def gini(values: npt.ArrayLike) -> float:
    """Gini coefficient of non-negative values (0 = all equal)."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    place = np.arange(1, len(ordered) + 1)
    return float(2 * (place * ordered).sum() / (len(ordered) * ordered.sum()) - (len(ordered) + 1) / len(ordered))


def auroc(score: npt.ArrayLike, is_positive: npt.NDArray[np.bool_]) -> float:
    """Chance that a positive scores above a negative, ties counted half (Mann–Whitney)."""
    rank = pd.Series(np.asarray(score)).rank().to_numpy()
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    if not positives or not negatives:
        return float("nan")
    return float((rank[is_positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


if __name__ == "__main__":
    print(measure(Path(sys.argv[1])).round(3).to_string(index=False))
