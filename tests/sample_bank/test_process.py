"""The process behind the rows is the real one: events show, habits are within the bands, the truth can be told."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.sample_bank.statistics import measure

# Long gaps need more than half a year: test_bands.py has the bands for 18 months.
FIXED_BY_SIX_MONTHS = {"gap_cv"}


def test_statistics_are_within_the_measured_bands(small_bank: Path) -> None:
    measured = measure(small_bank).set_index("statistic")
    outside = measured[~measured["is_within"]].drop(index=FIXED_BY_SIX_MONTHS, errors="ignore")
    assert outside.empty, outside.to_string()
    assert measured.loc["gap_cv", "value"] > 0.8


@pytest.fixture(scope="module")
def effects(small_bank: Path) -> pd.DataFrame:
    truth = small_bank / "truth"
    return pd.read_parquet(truth / "event_effects.parquet").merge(pd.read_parquet(truth / "events.parquet"), on="event")


def receipts_a_day(transactions: pd.DataFrame, stores: pd.DataFrame, first: object, last: object) -> float:
    """Mean receipts a day of these stores from `first` to `last`."""
    theirs = transactions.merge(stores[["merchant_name", "city"]], on=["merchant_name", "city"])
    is_within = theirs["purchdate"].between(pd.Timestamp(str(first)), pd.Timestamp(str(last)))
    return float((is_within & (theirs["amount"] > 0)).sum()) / (
        (pd.Timestamp(str(last)) - pd.Timestamp(str(first))).days + 1
    )


def test_the_campaign_is_visible_and_of_the_told_size(transactions: pd.DataFrame, effects: pd.DataFrame) -> None:
    campaign = effects[effects["event"] == "campaign"]
    first, last = campaign["first_day"].iloc[0], campaign["last_day"].iloc[0]
    before = receipts_a_day(
        transactions,
        campaign,
        pd.Timestamp(str(first)) - pd.Timedelta(days=60),
        pd.Timestamp(str(first)) - pd.Timedelta(days=1),
    )
    during = receipts_a_day(transactions, campaign, first, last)
    days = (pd.Timestamp(str(last)) - pd.Timestamp(str(first))).days + 1
    told = campaign["expected_extra_receipts"].sum() / days
    assert told > 0.4 * before
    assert during - before == pytest.approx(told, abs=4 * np.sqrt(during / days + before / 60))


def test_the_new_competitor_takes_receipts_from_the_corner_shop(
    transactions: pd.DataFrame, effects: pd.DataFrame
) -> None:
    opening = effects[effects["event"] == "competitor_opening"]
    rival, shop = opening[opening["is_subject"]], opening[~opening["is_subject"]]
    assert rival["expected_extra_receipts"].iloc[0] > 30
    assert shop["expected_extra_receipts"].iloc[0] < -10
    day_before = pd.Timestamp(str(rival["first_day"].iloc[0])) - pd.Timedelta(days=1)
    assert receipts_a_day(transactions, rival, "2026-05-01", day_before) == 0
    told_rate = rival["expected_extra_receipts"].iloc[0] / 76
    assert receipts_a_day(transactions, rival, rival["first_day"].iloc[0], rival["last_day"].iloc[0]) == pytest.approx(
        told_rate, rel=0.35
    )


def test_the_closed_store_is_silent_and_its_neighbours_gain(transactions: pd.DataFrame, effects: pd.DataFrame) -> None:
    closure = effects[effects["event"] == "closure"]
    shut, neighbours = closure[closure["is_subject"]], closure[~closure["is_subject"]]
    assert receipts_a_day(transactions, shut, shut["first_day"].iloc[0], shut["last_day"].iloc[0]) == 0
    assert receipts_a_day(transactions, shut, "2026-05-01", "2026-09-01") > 0
    assert shut["expected_extra_receipts"].iloc[0] < 0 < neighbours["expected_extra_receipts"].min()


def test_who_dropped_out_buys_no_more_and_rates_tell_counts(small_bank: Path, transactions: pd.DataFrame) -> None:
    customers = pd.read_parquet(small_bank / "truth" / "customers.parquet").set_index("cnum")
    purchases = transactions[transactions["amount"] > 0]
    last_seen = purchases.groupby("cnum")["purchdate"].max()
    gone = customers["dropped_out_on"].dropna()
    both = last_seen.index.intersection(gone.index)
    assert len(both) > 20
    assert (last_seen[both] < pd.to_datetime(gone[both])).all()
    count = purchases.groupby("cnum").size().reindex(customers.index, fill_value=0)
    assert customers["relative_rate"].corr(count, method="spearman") > 0.8
    assert customers["relative_rate"].corr(customers["log_income"], method="spearman") > 0.2


def test_taste_tells_what_is_bought(small_bank: Path, transactions: pd.DataFrame) -> None:
    taste = pd.read_parquet(small_bank / "truth" / "taste.parquet").set_index("cnum")
    assert np.allclose(taste.sum(axis=1), 1, atol=1e-4)
    bought = transactions.groupby(["cnum", "category"]).size().unstack(fill_value=0).reindex(taste.index, fill_value=0)
    busy = bought.sum(axis=1) > 60
    share = bought[busy].div(bought[busy].sum(axis=1), axis=0)["cafes"]
    assert taste.loc[busy, "cafes"].corr(share) > 0.8
