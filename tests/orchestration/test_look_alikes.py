"""Look-alike audiences: counted as pandas counts them, once a month, of nobody who is a customer already."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pytest
from sklearn.linear_model import LogisticRegression

from ml_assets.histories import read_batches
from ml_assets.look_alikes import AudienceConfig, Population, find_audience, population_of
from orchestration.look_alikes import count_and_keep, groups_due, last_closed_day

AS_OF = date(2026, 3, 31)
ME, SMALL, SILENT = "cafe", "kiosk", "new shop"
CATEGORIES = np.array(["cafes", "fuel", "groceries"])
Events = pd.DataFrame


def drawn_events() -> Events:
    """2,000 customers of whom half like cafes; those of the cafe are some of them, those of the kiosk are 60."""
    random = np.random.default_rng(4)
    customer = np.repeat(np.arange(1, 2001), 12)
    likes_cafes = random.random(2001) < 0.5
    chosen = np.where(random.random(len(customer)) < np.where(likes_cafes, 0.7, 0.1)[customer], 0, 1)
    chosen = chosen + (chosen > 0) * random.integers(0, 2, len(customer))
    level = random.lognormal(3, 0.7, 2001)
    events = pd.DataFrame(
        {
            "business_date": pd.Timestamp(AS_OF) - pd.to_timedelta(random.integers(0, 120, len(customer)), unit="D"),
            "customer_id": customer,
            "category_code": CATEGORIES[chosen],
            "spend_amount": (level[customer] * random.lognormal(0, 0.4, len(customer))).round(2),
            "receipt_count": 1,
        }
    )
    at_cafe = (events["category_code"] == "cafes") & (customer % 4 == 0)
    at_kiosk = (events["category_code"] == "groceries") & (customer <= 60)
    return events.assign(store_id=np.select([at_cafe, at_kiosk], [1, 2], 0))


@pytest.fixture(scope="module")
def events() -> Events:
    return drawn_events()


@pytest.fixture
def bank(warehouse: psycopg.Connection, events: Events) -> psycopg.Connection:
    """What look-alikes are counted from, of the tenants ME, SMALL and SILENT."""
    warehouse.autocommit = True
    warehouse.execute(
        "create table marts.all_days partition of marts.fct_tenant_customer_days default; "
        "create table marts.dim_customers as select id as customer_id, (array['msk', 'kzn', 'spb'])[1 + id % 3] "
        "as home_city_code from generate_series(1, 2000) id; "
        "create table marts.dim_tenant_stores (tenant_id integer, store_id bigint); "
        "create table marts.agg_tenant_categories (tenant_id integer, category_code text, is_own boolean)"
    )
    for number, (group, category) in enumerate([(ME, "cafes"), (SMALL, "groceries"), (SILENT, "fuel")], 1):
        (tenant_id,) = warehouse.execute(
            "insert into security.tenants (name, legal_group, login, role_name) values (%s, %s, %s, %s) "
            "returning tenant_id", [group, group, group, f"t_{number:012x}"],
        ).fetchone() or (0,)  # fmt: skip
        warehouse.execute("insert into marts.dim_tenant_stores values (%s, %s)", [tenant_id, number])
        warehouse.execute("insert into marts.agg_tenant_categories values (%s, %s, true)", [tenant_id, category])
    with warehouse.cursor().copy("copy marts.fct_tenant_customer_days from stdin") as copy:
        for row in events.loc[events["store_id"] > 0].itertuples():
            copy.write_row((row.business_date, row.store_id, row.category_code, row.customer_id, row.spend_amount, 1))
    return warehouse


def counted(bank: psycopg.Connection) -> pd.DataFrame:
    columns = ["as_of", "legal_group", "city_code", "spend_level", "customer_count", "spend_amount"]
    rows = bank.execute("select * from predictions.look_alike_counts order by 1, 2, 3, 4").fetchall()
    return pd.DataFrame(rows, columns=columns)


def own_of(events: Events, store: int) -> pd.DataFrame:
    """customer_id and revenue_amount: of 90 days, missing for whoever came before them."""
    sold = events.loc[events["store_id"] == store]
    recent = sold.loc[sold["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=90)]
    revenue = recent.groupby("customer_id")["spend_amount"].sum()
    return revenue.reindex(sorted(sold["customer_id"].unique())).rename("revenue_amount").reset_index()


def alike_by_hand(events: Events, own: pd.DataFrame, category: str) -> pd.DataFrame:
    """The same audience from the events alone: customer_id, spend_level, spend in the category."""
    recent = events.loc[events["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=90)]
    spend = recent.pivot_table(index="customer_id", columns="category_code", values="spend_amount", aggfunc="sum")
    spend, total = spend.fillna(0), spend.sum(axis=1)
    visits = recent.groupby("customer_id").size()
    levels = np.log1p(pd.DataFrame({"spend": total, "visits": visits}))
    points = pd.concat([np.sqrt(spend.div(total, axis=0)), (levels - levels.mean()) / levels.std(ddof=0)], axis=1)
    ranked = own.dropna().sort_values("revenue_amount", ascending=False)["customer_id"]
    best = np.random.default_rng(AudienceConfig().seed).permutation(ranked.iloc[: len(ranked) // 4])
    held_out, taught = best[: len(best) // 3], best[len(best) // 3 :]
    others = points.index.difference(own["customer_id"])
    lines = pd.concat([points.loc[taught], points.loc[others]]).to_numpy()
    model = LogisticRegression(class_weight="balanced", max_iter=500)
    model.fit(lines, [1] * len(taught) + [0] * len(others))
    score = pd.Series(model.decision_function(points.to_numpy()), points.index)
    alike = others[(score[others] >= score[held_out].median()) & (spend.loc[others, category] > 0)]
    third = pd.cut(total, [-np.inf, *total.quantile([1 / 3, 2 / 3]), np.inf], labels=[1, 2, 3], right=False)
    found = {"customer_id": alike, "spend_level": third[alike].astype(int), "spend": spend.loc[alike, category]}
    return pd.DataFrame(found).reset_index(drop=True)


def test_an_audience_is_what_pandas_counts(bank: psycopg.Connection, events: Events) -> None:
    count_and_keep(bank, population_of([events], AS_OF), AS_OF, [ME, SMALL, SILENT])
    alike = alike_by_hand(events, own_of(events, 1), "cafes")
    alike["city_code"] = np.array(["msk", "kzn", "spb"])[alike["customer_id"] % 3]
    wanted = alike.groupby(["city_code", "spend_level"])["spend"].agg(["size", "sum"])
    found = counted(bank).set_index(["city_code", "spend_level"])
    assert set(found["legal_group"]) == {ME}
    assert found["customer_count"].to_dict() == wanted["size"].to_dict()
    assert found["spend_amount"].astype(float).to_dict() == pytest.approx(wanted["sum"].to_dict(), rel=1e-5)
    assert 100 < len(alike) < 700, "a good part of those who like cafes and go to others"
    best = {group: len(own_of(events, store).dropna()) // 4 for store, group in ((1, ME), (2, SMALL), (3, SILENT))}
    assert best[ME] >= 30 > best[SMALL] > 0 == best[SILENT]
    audiences = bank.execute("select legal_group, best_count, auroc > 0.8 from predictions.look_alike_audiences")
    assert sorted(audiences) == [(ME, best[ME], True), (SMALL, best[SMALL], None), (SILENT, 0, None)]


def test_no_customer_of_the_merchant_is_counted(events: Events) -> None:
    population = population_of([events], AS_OF)
    own = own_of(events, 1)
    assert own["revenue_amount"].isna().any(), "some came before the 90 days only"
    audience = find_audience(population, own, ["cafes"])
    assert len(audience.rows)
    assert not set(population.customer_ids[audience.rows]) & set(own["customer_id"])
    assert (population.spend_in(["cafes"])[audience.rows] > 0).all()


def equal(one: Population, other: Population) -> bool:
    same = [np.array_equal(getattr(one, name), getattr(other, name)) for name in ("customer_ids", "points", "spend")]
    return all(same) and one.categories == other.categories


def test_what_comes_after_the_day_or_long_before_it_changes_nothing(events: Events) -> None:
    far = [AS_OF + timedelta(days=1), AS_OF + timedelta(days=30), AS_OF - timedelta(days=90)]
    noise = events.iloc[:3].assign(business_date=pd.to_datetime(far), spend_amount=1e6, customer_id=[1, 9999, 2])
    assert equal(population_of([events], AS_OF), population_of([pd.concat([events, noise])], AS_OF))


def test_parts_of_the_bank_give_what_the_whole_gives(events: Events, tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    events.sort_values("customer_id", kind="stable").to_parquet(path, row_group_size=500)
    assert equal(population_of(read_batches(path), AS_OF), population_of(read_batches(path, rows=700), AS_OF))


def test_a_month_is_counted_once_and_always_the_same(bank: psycopg.Connection, events: Events) -> None:
    bank.execute("insert into marts.fct_bank_days values ('2026-01-01', 1, 1, 0)")
    population = population_of([events], AS_OF)
    assert groups_due(bank, date(2025, 12, 31)) == [], "no month has closed"
    assert groups_due(bank, AS_OF) == [ME, SMALL, SILENT]
    written = count_and_keep(bank, population, AS_OF, groups_due(bank, AS_OF))
    first = counted(bank)
    assert written == len(first) > 0
    assert groups_due(bank, AS_OF) == []
    assert groups_due(bank, date(2026, 4, 30)) == [ME, SMALL, SILENT]
    bank.execute("delete from predictions.look_alike_audiences where legal_group = %s", [ME])
    assert groups_due(bank, AS_OF) == [ME], "a tenant that has none yet"
    count_and_keep(bank, population, AS_OF, [ME])
    pd.testing.assert_frame_equal(first, counted(bank))


@pytest.mark.parametrize(
    ("newest", "closed"),
    [
        (date(2026, 3, 30), date(2026, 2, 28)),
        (AS_OF, AS_OF),
        (date(2026, 4, 1), AS_OF),
        (date(2026, 1, 5), date(2025, 12, 31)),
    ],
)
def test_a_month_is_closed_with_its_last_day(newest: date, closed: date) -> None:
    assert last_closed_day(newest) == closed


@pytest.mark.parametrize("table", ["look_alike_audiences", "look_alike_counts"])
@pytest.mark.parametrize("role", ["bi_tenant", "bi_gate", "bi_staff"])
def test_nobody_who_looks_at_pages_may_read_exact_counts(warehouse: psycopg.Connection, role: str, table: str) -> None:
    asked = "select has_table_privilege(%s, %s, 'select')"
    assert warehouse.execute(asked, [role, f"predictions.{table}"]).fetchone() == (False,)
