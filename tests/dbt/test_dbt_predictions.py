"""What the pages show of predictions: each model's own forecast, and segments counted again in pandas."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from psycopg.types.json import Jsonb

from infra.settings import Settings
from tests.dbt.conftest import new_database, run_dbt
from tests.dbt.recounted import read
from tests.dbt.tiny_bank import LAST_DAY, MERCHANTS, TENANTS

FOUND, MOVED, TOMORROW = date(2025, 2, 10), date(2025, 3, 15), date(2025, 4, 1)
DEPLOYED = [
    ("purchasing-power", 1, "champion", {"wape_30": 0.2, "wape_90": 0.3}),
    ("purchasing-power", 2, "challenger", {"wape_30": 0.25}),
    ("demand", 1, "champion", {"wape_day": 0.3, "wape_week": 0.2}),
    ("demand", 2, "challenger", {"wape_day": 0.4, "wape_week": 0.35}),
    ("retention", 1, "champion", {"brier_30": 0.18, "leaving_30": 0.4}),
]
STORIES = {1: "Best customers", 2: "Regulars", 3: "Gone"}
CUSTOMERS = pd.DataFrame({"customer_id": range(1, 241)})
CUSTOMERS["before"] = CUSTOMERS["customer_id"] % 3 + 1
CUSTOMERS["after"] = CUSTOMERS["before"].where(CUSTOMERS["customer_id"] % 2 == 1, CUSTOMERS["before"] % 3 + 1)
CUSTOMERS.loc[(CUSTOMERS["before"] == 1) & (CUSTOMERS["customer_id"] % 10 == 9), "after"] = 3
"""Half go to the next segment, a few from the first to the last; customers 241 to 259 are in none."""
ME = "АО Берёзка"
Read = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def pages(cluster: Settings, built: str, target_folder: Path) -> Iterator[Read]:
    """Read a serving table of a bank that shows its challengers, and whose customers are in segments."""

    def fill(url: str) -> None:
        with psycopg.connect(url) as owner:
            for name, version, alias, metrics in DEPLOYED:
                owner.execute(
                    "insert into predictions.deployments (model_name, model_version, learner, alias, run_id, as_of, "
                    "metrics, reason, deployed_by) values (%s, %s, 'rate', %s, 'r', %s, %s, 'best', 'dagster')",
                    [name, version, alias, LAST_DAY, Jsonb(metrics)],
                )
            owner.execute(
                "insert into predictions.purchasing_power select %s, horizon, id, 10 * id * version, 0, 0, 0, "
                "'purchasing-power', version, 'r' from generate_series(1, 259) id, generate_series(1, 2) version, "
                "(values (30), (90)) as horizons (horizon)",
                [LAST_DAY],
            )
            owner.execute(
                "insert into predictions.demand select %s, legal_group, '*', '*', null, 'day', %s, 100 * version, 0, "
                "0, 999, 999, 999, 'demand', version, 'r' from security.tenants, generate_series(1, 2) version",
                [LAST_DAY, TOMORROW],
            )
            owner.execute(
                "insert into predictions.stock_plans select %s, legal_group, '*', '*', null, 0.95, 3, 7, null, 50, "
                "70 * version, null, null, 'demand', version, 'r' from security.tenants, generate_series(1, 2) version",
                [LAST_DAY],
            )
            for number, name in STORIES.items():
                owner.execute(
                    "insert into predictions.segment_stories values (1, %s, %s, 'old', 'старый', 'a', 'а'), "
                    "(2, %s, %s, %s, 'сегмент', 'advice', 'совет')",
                    [number, name, number, name, name],
                )
            moved = CUSTOMERS.loc[CUSTOMERS["before"] != CUSTOMERS["after"], ["customer_id", "after"]]
            with owner.cursor().copy(
                "copy predictions.customer_segments (as_of, customer_id, segment_number, model_name, model_version) "
                "from stdin"
            ) as copy:
                for day, rows in (
                    (FOUND, CUSTOMERS[["customer_id", "before"]]),
                    (MOVED, moved),
                ):
                    for customer, number in rows.itertuples(index=False, name=None):
                        copy.write_row((day, customer, number, "segments", 1))
        run_dbt(url, target_folder, "build", "--select", "current_models+", "current_customer_segments+",
                "dim_segments+", "agg_tenant_segment_moves+", "--exclude", "path:models/serving/staff",
                "--exclude-resource-type", "unit_test", "--vars", '{"show_challenger": true}')  # fmt: skip

    for url in new_database(cluster, built.rsplit("/", 1)[1], fill):
        yield lambda table, url=url: read(url, f"select * from serving_candidate.{table}")


def own(purchases: pd.DataFrame, group: str) -> pd.DataFrame:
    return purchases[purchases["merchant_name"].isin([name for name, said in MERCHANTS.items() if said[1] == group])]


@pytest.mark.parametrize("group", TENANTS)
def test_each_model_forecasts_the_spending_of_the_same_customers(
    pages: Read, purchases: pd.DataFrame, group: str
) -> None:
    sold = own(purchases, group)
    customers = sold.loc[sold["cents"] > 0, "customer_id"].unique()
    shown = pages("purchasing_power").query("tenant_name == @group and spending == 'all' and horizon_days == 30")
    shown = shown.set_index("model_choice_en")
    assert shown["customer_count"].to_dict() == {"Main model": len(customers), "Alternative model": len(customers)}
    assert shown["expected_amount"].astype(int).to_dict() == {
        "Main model": 10 * customers.sum(),
        "Alternative model": 20 * customers.sum(),
    }
    assert shown["wape"].astype(float).to_dict() == {"Main model": 0.2, "Alternative model": 0.25}
    bands = pages("purchasing_power_bands").query("tenant_name == @group and horizon_days == 30")
    for _, one in bands.groupby("model_choice"):
        hidden = len(customers) - int(one["customer_count"].fillna(0).sum())
        assert hidden == 0 or hidden >= 30


def test_demand_and_stock_have_a_row_of_each_model(pages: Read) -> None:
    series = pages("demand_series").query("city_en == 'All cities' and category_en == 'All categories'")
    series = series[(series["store_name_en"] == "All stores") & (series["tenant_name"] == ME)]
    coming = series[series["is_forecast"]].set_index("model_choice_ru")["forecast_amount"].astype(int)
    assert coming.to_dict() == {"Основная модель": 100, "Альтернативная модель": 200}
    sold = series.groupby(["grain_code", "model_choice"])["revenue_amount"].sum()
    assert sold["day", "main"] == sold["day", "alternative"] == sold["month", "main"]
    assert ("month", "alternative") not in sold
    plans = pages("stock_plan").query("tenant_name == @ME").set_index("model_choice")
    assert plans["stock_amount"].astype(int).to_dict() == {"main": 70, "alternative": 140}
    assert plans["wape"].astype(float).to_dict() == {"main": 0.2, "alternative": 0.35}


def test_before_the_truth_is_in_a_contest_s_error_stands_beside_each_model(pages: Read) -> None:
    errors = pages("forecast_errors").query("tenant_name == @ME")
    said = errors.set_index(["forecast_code", "horizon_code", "model_choice"])["contest_error_en"]
    assert said["demand", "day", "main"] == "30.0% of the amount"
    assert said["demand", "day", "alternative"] == "40.0% of the amount"
    assert said["retention", "30", "main"] == "25.0% closer than one chance for all"
    assert said.isna()["retention", "30", "alternative"]
    assert set(errors["error_en"]) == {"not yet known"}


def withheld(counts: dict[int, int]) -> set[int]:
    """The smallest, one after another, until nobody is left below 30 and those withheld are 30 together."""
    hidden: set[int] = set()
    for number in sorted(counts, key=lambda one: (counts[one], one)):
        if counts[number] < 30 or 0 < sum(counts[one] for one in hidden) < 30:
            hidden.add(number)
    return hidden


@pytest.mark.parametrize("group", TENANTS)
@pytest.mark.parametrize("period_days", [90, 365])
def test_segments_are_what_pandas_counts(pages: Read, purchases: pd.DataFrame, group: str, period_days: int) -> None:
    sold = own(purchases, group).merge(CUSTOMERS, on="customer_id", how="left")
    sold["after"] = sold["after"].fillna(0).astype(int)
    bought = sold[sold["cents"] > 0].groupby("after")
    counts = bought["customer_id"].nunique().to_dict()
    hidden = withheld(counts)
    shown = pages("customer_segments").query("tenant_name == @group and period_days == @period_days")
    shown = shown.set_index("segment_number")
    assert set(shown.index) == set(counts)
    assert hidden
    assert {number for number in counts if shown["status"][number] == "withheld"} == hidden
    bank = CUSTOMERS["after"].value_counts(normalize=True)
    for number in set(counts) - hidden:
        row, cents = shown.loc[number], int(sold.loc[sold["after"] == number, "cents"].sum())
        assert (row["segment_en"], row["advice_ru"]) == (STORIES[number], "совет")
        assert row["customer_count"] == counts[number]
        assert float(row["customer_share"]) == pytest.approx(counts[number] / sum(counts.values()), abs=1e-6)
        assert row["revenue_amount"] * 100 == cents
        assert float(row["revenue_share"]) == pytest.approx(cents / sold["cents"].sum(), abs=1e-6)
        receipts = len(bought.get_group(number))
        assert float(row["average_bill_amount"]) == pytest.approx(cents / 100 / receipts, abs=0.005)
        assert float(row["bank_share"]) == pytest.approx(bank[number], abs=1e-6)


@pytest.mark.parametrize("group", TENANTS)
def test_movements_are_what_pandas_counts(pages: Read, purchases: pd.DataFrame, group: str) -> None:
    sold = own(purchases, group)
    mine = CUSTOMERS[CUSTOMERS["customer_id"].isin(sold.loc[sold["cents"] > 0, "customer_id"])]
    counted = mine[mine["before"] != mine["after"]].groupby(["before", "after"]).size()
    shown = pages("segment_movements").query("tenant_name == @group").set_index(["from_number", "to_number"])
    assert set(shown["month_start"]) == {date(2025, 3, 1)}
    assert set(shown.index) == set(counted.index)
    hidden = set()
    for level in (0, 1):
        for _, cells in counted.groupby(level=level):
            hidden |= {cells.index[place] for place in withheld(dict(enumerate(cells.tolist())))}
    assert set(shown.index[shown["status"] == "withheld"]) == hidden
    told = shown.loc[sorted(set(counted.index) - hidden), "customer_count"].astype(int)
    assert told.to_dict() == {move: 5 * round(counted[move] / 5) for move in told.index}
    assert shown.loc[sorted(hidden), "customer_count"].isna().all()
    assert len(told) == (1 if group == ME else 0)
