"""The bank that `up` shows is as real cards are: every statistic within its band (`pytest -s` prints them)."""

import pandas as pd
import pytest

from infra.sample_bank.statistics import BANDS, MCCS, beside_bands, coded, statistics_of


@pytest.fixture(scope="module")
def rows(demo_transactions: pd.DataFrame) -> pd.DataFrame:
    return coded(demo_transactions)


@pytest.fixture(scope="module")
def measured(rows: pd.DataFrame) -> pd.DataFrame:
    found = beside_bands(statistics_of(rows, MCCS)).set_index("statistic")
    print(found.round(3).to_string())
    return found


@pytest.mark.parametrize("statistic", BANDS)
def test_a_statistic_is_within_its_band(measured: pd.DataFrame, statistic: str) -> None:
    found = measured.loc[statistic]
    assert found["low"] <= found["value"] <= found["high"], found.to_string()


def test_equal_customers_round_amounts_and_random_days_fall_out_of_their_bands(rows: pd.DataFrame) -> None:
    """A bank that misses what cards are like is seen to."""
    some = rows.sample(frac=0.1, random_state=1)
    count = some["customer"].nunique()
    dull = some.assign(
        customer=[number % count for number in range(len(some))],
        kopecks=some["kopecks"].round(-2) + 100,
        day=some["day"].sample(frac=1, random_state=2).to_numpy(),
    ).sort_values(["customer", "day"], ignore_index=True)
    found = beside_bands(statistics_of(dull, MCCS)).set_index("statistic")["is_within"]
    seen = ["events_per_customer_cv", "events_per_customer_gini", "whole_amount_share", "repeat_merchant_share"]
    assert not found[[*seen, "churn_30_days_recency_auroc", "log_amount_share_between_customers"]].any()
