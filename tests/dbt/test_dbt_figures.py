"""The figures of the pages, counted again in pandas."""

from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest

from tests.dbt.recounted import assert_city_members, assert_homes, read
from tests.dbt.tiny_bank import CITIES, LAST_DAY, MERCHANTS, MOVED_ON, REST, TENANTS, chance

GROUP = "АО Берёзка"


def count_again(sold: pd.DataFrame, scope: pd.DataFrame, period_days: int) -> dict[str, Decimal | None]:
    """The metrics of a scope's purchases in the last days; `sold` is everything the tenant ever sold."""
    first_day = LAST_DAY - timedelta(days=period_days - 1)
    now = scope[scope["business_date"] >= first_day]
    receipts = now[now["cents"] > 0].groupby("customer_id").size()
    first_receipts = sold[sold["cents"] > 0].groupby("customer_id")["business_date"].min()
    revenue, customers = Decimal(int(now["cents"].sum())) / 100, len(receipts)
    new = int((first_receipts[receipts.index] >= first_day).sum())
    enough = customers >= 30
    return {
        "revenue": revenue,
        "receipts": Decimal(int(receipts.sum())),
        "average_bill": revenue / int(receipts.sum()),
        "customers": Decimal(customers),
        "new_customers": Decimal(new) if enough else None,
        "returning_customers": Decimal(customers - new) if enough else None,
        "repeat_rate": Decimal(int((receipts > 1).sum())) / customers if enough else None,
        "revenue_per_customer": revenue / customers if enough else None,
    }


@pytest.mark.parametrize("period_days", [7, 30, 90])
@pytest.mark.parametrize(
    ("group", "city", "store"),
    [
        (GROUP, None, None),
        (GROUP, "Moscow", None),
        (GROUP, "Софрино", None),
        (GROUP, "Kazan", "BEREZKA 2"),
        ("ИП Ветрова", None, None),
        ("ИП Ветрова", "Софрино", None),
    ],
)
def test_key_metrics_are_those_counted_by_hand(built, purchases, group, city, store, period_days) -> None:
    own = [name for name, merchant in MERCHANTS.items() if merchant[1] == group]
    sold = purchases[purchases["merchant_name"].isin(own)]
    scope = sold[sold["city"].map(CITIES).eq(city)] if city else sold
    scope = scope[scope["merchant_name"].eq(store)] if store else scope
    shown = read(
        built,
        "select metric_code, value from serving_candidate.overview_metrics join security.tenants using (tenant_id) "
        "where legal_group = %s and period_days = %s and city_en = %s and store_name_en = %s "
        "and category_en = 'All categories'",
        group, period_days, city or "All cities", f"{MERCHANTS[store][0]}, {city}" if store else "All stores",
    )  # fmt: skip
    expected = count_again(sold, scope, period_days)
    assert set(shown["metric_code"]) == set(expected)
    for code, value in shown.itertuples(index=False):
        if expected[code] is None:
            assert value is None, code
        else:
            assert abs(value - expected[code]) <= Decimal("0.00005"), code


def test_every_choice_of_the_filters_has_every_period_and_metric(built: str) -> None:
    gaps = read(
        built,
        "select city_en, category_en, store_name_en from serving_candidate.overview_metrics "
        "group by tenant_id, city_en, category_en, store_name_en having count(*) <> 4 * 8",
    )
    assert gaps.empty
    assert len(read(built, "select distinct city_en from serving_candidate.overview_metrics")) == 4


def test_unknown_mcc_is_other_and_unknown_city_is_its_own(built: str) -> None:
    assert read(built, "select distinct category_code from marts.fct_transactions where mcc = 9998")[
        "category_code"
    ].tolist() == ["other"]
    cities = read(built, "select distinct city_code from marts.dim_stores order by 1")["city_code"].tolist()
    assert cities == ["kazan", "moscow", "софрино"]


def test_past_purchases_show_customers_as_of_their_day_and_the_present_as_of_now(
    built: str, purchases: pd.DataFrame
) -> None:
    is_late = pd.to_datetime(purchases["business_date"]) >= pd.Timestamp(MOVED_ON)
    own = purchases.assign(
        month=pd.to_datetime(purchases["business_date"]).dt.to_period("M").dt.start_time.dt.date,
        city=purchases["city"].map(CITIES),
        member=(is_late | (purchases["customer_id"] % 4 != 0)).map({True: "married", False: "not_married"}),
        receipt=purchases["cents"] > 0,
        buyer=purchases["customer_id"].where(purchases["cents"] > 0),
    )
    counted = own.groupby(["month", "merchant_name", "city", "member"]).agg(
        customers=("buyer", "nunique"), receipts=("receipt", "sum"), cents=("cents", "sum")
    )
    shown = read(
        built,
        "select month_start, merchant_name, case city_code when 'moscow' then 'Moscow' when 'kazan' then 'Kazan' "
        "else 'Софрино' end, member_code, customer_count, receipt_count, (revenue_amount * 100)::bigint "
        "from marts.fct_member_months join marts.dim_stores using (store_id) where dimension_code = 'marital_status'",
    )
    expected = [(*keys, *figures) for keys, figures in zip(counted.index, counted.to_numpy().tolist(), strict=True)]
    assert sorted(map(tuple, shown.to_numpy().tolist())) == sorted(expected)
    assert read(built, "select distinct marital_status from marts.dim_customers")["marital_status"].tolist() == [
        "married"
    ]


def test_demand_series_adds_up_to_the_revenue(built: str, purchases: pd.DataFrame) -> None:
    own = [name for name, merchant in MERCHANTS.items() if merchant[1] == GROUP]
    cents = int(purchases.loc[purchases["merchant_name"].isin(own), "cents"].sum())
    sums = read(
        built,
        "select grain_code, sum(revenue_amount) as revenue from serving_candidate.demand_series "
        "join security.tenants using (tenant_id) where legal_group = %s and city_en = 'All cities' "
        "and category_en = 'All categories' and store_name_en = 'All stores' group by grain_code",
        GROUP,
    )
    assert sums["revenue"].tolist() == [Decimal(cents) / 100] * 3


def test_purchasing_power_says_why_it_is_empty(built: str) -> None:
    shown = read(built, "select status, reason_ru, expected_amount from serving_candidate.purchasing_power")
    assert len(shown) == len(TENANTS) * 4
    assert set(shown["status"]) == {"no_data"}
    assert set(shown["reason_ru"]) == {"Модель ещё не обучена"}


def test_priority_categories_are_those_counted_by_hand(built: str, purchases: pd.DataFrame) -> None:
    """From the transactions and the newest scoring of the champion; who buys and who does not are 30 or more each."""
    bought = purchases[purchases["cents"] > 0].assign(
        category=purchases["merchant_name"].map(lambda name: MERCHANTS[name][3]),
        group=purchases["merchant_name"].map(lambda name: MERCHANTS[name][1]),
    )
    recent = bought[bought["business_date"] > LAST_DAY - timedelta(days=30)]
    statuses = set()
    for group in TENANTS:
        customers = set(bought.loc[bought["group"] == group, "customer_id"])
        own = {category for _, of_group, _, category in MERCHANTS.values() if of_group == group}
        shown = read(
            built,
            "select * from serving_candidate.category_priority join security.tenants using (tenant_id) "
            "where legal_group = %s", group,
        ).set_index("category_code")  # fmt: skip
        assert set(shown.index) == set(bought["category"])
        order = []
        for category, row in shown.iterrows():
            code = str(category)
            now = recent.loc[recent["category"] == code, "customer_id"]
            count = len(customers & set(now))
            chances = [chance(customer, code) for customer in sorted(customers)]
            expected = sum(REST if value is None else value for value in chances)
            is_told = min(count, expected, len(customers) - count, len(customers) - expected) >= 30
            statuses.add(row["status"])
            assert row["status"] == ("published" if is_told else "withheld")
            assert row["is_sold"] == (code in own)
            numbers = row[["customer_count", "expected_customer_count", "recent_customer_count", "change_share"]]
            if not is_told:
                assert numbers.isna().all()
                continue
            fives = [round(value / 5 + 1e-9) * 5 for value in (len(customers), expected, count)]
            assert numbers.tolist()[:3] == fives
            assert float(row["change_share"]) == pytest.approx(fives[1] / fives[2] - 1, abs=1e-6)
            assert float(row["purchase_probability"]) == pytest.approx(fives[1] / fives[0], abs=1e-6)
            order.append((row["category_rank"], -expected))
        assert [rank for rank, _ in sorted(order, key=lambda pair: pair[1])] == list(range(1, len(order) + 1))
    assert statuses == {"published", "withheld"}


def test_a_withheld_member_has_no_number_and_its_complement_is_not_small(built: str) -> None:
    portrait = read(
        built,
        "select portrait.*, totals.customers from serving_candidate.customer_portrait portrait join lateral "
        "(select value as customers from serving_candidate.overview_metrics o where o.metric_code = 'customers' "
        "and (o.tenant_id, o.period_days, o.city_en, o.category_en, o.store_name_en) = (portrait.tenant_id, "
        "portrait.period_days, portrait.city_en, portrait.category_en, portrait.store_name_en)) totals on true "
        "where dimension_code not in ('new_returning', 'weekday')",
    )
    withheld = portrait[portrait["status"] == "withheld"]
    assert len(withheld) > 0
    numbers = ["customer_count", "customer_share", "city_share", "index_to_city"]
    assert withheld[numbers].isna().all(axis=None)
    assert withheld["reason_en"].eq("Fewer than 30 customers").all()
    keys = ["tenant_id", "period_days", "city_en", "category_en", "store_name_en", "dimension_code"]
    for _, page in portrait[portrait["customers"].astype(int) >= 30].groupby(keys):
        published = page["customer_count"].dropna().astype(int)
        hidden = int(page["customers"].iloc[0]) - int(published.sum())
        assert published.ge(30).all()
        assert hidden == 0 or hidden >= 30


def test_homes_and_first_purchases_are_what_pandas_counts(built: str) -> None:
    assert_homes(built)


def test_cardholders_of_cities_are_what_pandas_counts(built: str) -> None:
    assert_city_members(built)
