"""When the truth arrives: past forecasts are measured, a degraded model asks for a contest."""

from collections.abc import Iterator
from datetime import date, timedelta

import dagster as dg
import pandas as pd
import psycopg
import pytest

from orchestration.predict import append_scoring
from tests.orchestration.conftest import Chain

DAY = date(2026, 10, 30)
PAST = (DAY - timedelta(days=37), DAY - timedelta(days=32))


@pytest.fixture(scope="module")
def past_forecasts(chain: Chain) -> Iterator[None]:
    """What the models in charge would have said on two earlier days."""
    from ml_assets.category_priority.registry import load_champion_or_none as load_ranking
    from ml_assets.contest.registry import load_champion
    from ml_assets.demand import read_series
    from ml_assets.demand.registry import load_champion as load_demand
    from ml_assets.histories import read_snapshot
    from ml_assets.purchasing_power import QUESTION
    from ml_assets.retention import QUESTION as RETURNS
    from ml_assets.retention import units_of
    from orchestration.features import snapshot_path

    events = read_snapshot(snapshot_path("customer_events", DAY)).events
    units = units_of(pd.read_parquet(snapshot_path("store_visits", DAY)))
    series = read_series(snapshot_path("demand_series", DAY))
    with psycopg.connect(chain.url, autocommit=True) as connection:
        for as_of in PAST:
            append_scoring(connection, "purchasing_power", load_champion(QUESTION).predict(events, as_of))
            append_scoring(connection, "retention", units.named(load_champion(RETURNS).predict(units.events, as_of)))
            append_scoring(connection, "demand", load_demand().frame(series, as_of))
            append_scoring(connection, "category_priority", load_ranking().predict(events, as_of))
    yield
    for table in (
        "purchasing_power",
        "retention",
        "demand",
        "category_priority",
        "scorings",
        "forecast_scores",
        "model_health",
    ):
        chain.query(f"delete from predictions.{table} where as_of < %s", DAY)
    chain.query("delete from predictions.model_health")


def measured(chain: Chain) -> int:
    """Runs the steps; returns how many past forecasts were measured."""
    from orchestration.quality import forecast_drift, forecast_scores, model_health
    from orchestration.resources import Warehouse

    done = dg.materialize([forecast_scores, forecast_drift, model_health], resources={"warehouse": Warehouse()})
    (event,) = done.asset_materializations_for_node("forecast_scores")
    return int(event.metadata["forecasts_measured"].value)  # type: ignore[arg-type]


def scored(chain: Chain, model: str, as_of: date, horizon: str, metric: str, group: str = "*") -> float:
    found = chain.query(
        "select value from predictions.forecast_scores where (model_name, as_of, horizon_code, metric, legal_group, "
        "size_band) = (%s, %s, %s, %s, %s, 'all')",
        *(model, as_of, horizon, metric, group),
    )
    return float(found[0][0])


def table(chain: Chain, query: str, *columns: str) -> pd.DataFrame:
    return pd.DataFrame(chain.query(query), columns=list(columns))


@pytest.mark.usefixtures("past_forecasts")
def test_forecasts_are_measured_once_their_days_are_in(chain: Chain) -> None:
    assert measured(chain) == 2 * 5  # 30 days of spend, returning, categories; days and weeks of demand; others wait
    assert measured(chain) == 0
    chain.query("update monitor.reconciled_days set reconciled_at = now() where business_date = %s", DAY - timedelta(4))
    assert measured(chain) == 5, "only the forecasts whose days hold the corrected one"


@pytest.mark.usefixtures("past_forecasts")
def test_the_figures_are_those_of_the_facts(chain: Chain) -> None:
    """Counted again from the transactions themselves, without the roll-ups that the pipeline reads."""
    measured(chain)
    for as_of in PAST:
        facts = table(
            chain,
            "select customer_id, store_id, business_date, amount::float8, is_refund, category_code "
            "from marts.fct_transactions",
            *("customer_id", "store_id", "day", "amount", "is_refund", "category"),
        )
        ahead = facts[(facts["day"] > as_of) & (facts["day"] <= as_of + timedelta(days=30))]
        forecast = table(
            chain,
            f"select customer_id, p50_amount::float8 from predictions.purchasing_power where as_of = '{as_of}' "
            "and horizon_days = 30",
            *("customer_id", "median"),
        )
        spent = ahead.groupby("customer_id")["amount"].sum().clip(lower=0)
        truth = spent.reindex(forecast["customer_id"]).fillna(0).to_numpy()
        error = abs(truth - forecast["median"].to_numpy()).sum() / truth.sum()
        assert scored(chain, "purchasing-power", as_of, "30", "wape") == pytest.approx(error)

        stores = table(
            chain,
            "select store_id, legal_group from marts.dim_tenant_stores join security.tenants using (tenant_id)",
            *("store_id", "legal_group"),
        )
        visits = ahead[~ahead["is_refund"]].merge(stores, on="store_id")
        returned = set(zip(visits["legal_group"], visits["customer_id"], strict=True))
        chances = table(
            chain,
            f"select legal_group, customer_id, return_probability::float8 from predictions.retention "
            f"where as_of = '{as_of}' and horizon_days = 30",
            *("legal_group", "customer_id", "chance"),
        )
        came = [float(unit in returned) for unit in zip(chances["legal_group"], chances["customer_id"], strict=True)]
        brier = ((chances["chance"] - pd.Series(came)) ** 2).mean()
        assert scored(chain, "retention", as_of, "30", "brier") == pytest.approx(brier)

        said = table(
            chain,
            "select customer_id, category_code, purchase_probability::float8 from predictions.category_priority "
            f"where as_of = '{as_of}'",
            *("customer_id", "category", "chance"),
        )
        rest = said[said["customer_id"].isna()].set_index("category")["chance"]
        grid = said.dropna().pivot_table(index="customer_id", columns="category", values="chance")
        grid = grid.reindex(columns=rest.index).fillna(rest)
        receipts = ahead[~ahead["is_refund"]]
        bought = pd.crosstab(receipts["customer_id"], receipts["category"]).reindex(grid.index).fillna(0) > 0
        bought = bought.reindex(columns=grid.columns, fill_value=False)
        brier = ((grid - bought.astype(float)) ** 2).to_numpy().mean()
        assert scored(chain, "category-priority", as_of, "30", "brier") == pytest.approx(brier)
        assert scored(chain, "category-priority", as_of, "30", "ndcg_10") > 0.5


@pytest.mark.usefixtures("past_forecasts")
def test_demand_is_measured_on_every_series_of_a_tenant(chain: Chain) -> None:
    measured(chain)
    as_of = PAST[0]
    group = chain.query("select min(legal_group) from security.tenants")[0][0]
    facts = table(
        chain,
        "select city_code, category_code, store_id, business_date, amount::float8 from marts.fct_transactions "
        "join marts.dim_tenant_stores using (store_id) join security.tenants using (tenant_id) "
        f"where legal_group = '{group}'",
        *("city", "category", "store", "day", "amount"),
    )
    weeks = table(
        chain,
        "select city_code, category_code, store_id, period_start, expected_amount::float8 from predictions.demand "
        f"where as_of = '{as_of}' and grain_code = 'week' and legal_group = '{group}'",
        *("city", "category", "store", "start", "expected"),
    )
    missed = total = 0.0
    for week in weeks.itertuples():
        kept = (facts["day"] >= week.start) & (facts["day"] < week.start + timedelta(days=7))
        kept &= (facts["city"] == week.city) | (week.city == "*")
        kept &= (facts["category"] == week.category) | (week.category == "*")
        kept &= (facts["store"] == week.store) | pd.isna(week.store)
        sold = facts.loc[kept, "amount"].sum()
        missed, total = missed + abs(sold - week.expected), total + abs(sold)
    assert len(weeks) > 4
    assert scored(chain, "demand", as_of, "week", "wape", group) == pytest.approx(missed / total)


@pytest.mark.usefixtures("past_forecasts")
def test_what_was_measured_is_shown(chain: Chain) -> None:
    """To the bank over all merchants, to each merchant its own; forecasts that wait say so."""
    from orchestration.resources import Warehouse, dbt_resource
    from orchestration.transform import serving_candidate

    measured(chain)
    assert dg.materialize([serving_candidate], resources={"warehouse": Warehouse(), "dbt": dbt_resource()}).success
    shown = chain.query(
        "select model_name, as_of, horizon_code, error::float8 from serving_candidate.model_scores "
        "where size_band = 'all' and is_of_record"
    )
    assert len(shown) == 2 * 5
    for model, as_of, horizon, error in shown:
        metric = "brier" if model in ("retention", "category-priority") else "wape"
        assert error == pytest.approx(scored(chain, model, as_of, horizon, metric), abs=1e-6)
    bands = chain.query("select distinct size_en from serving_candidate.model_scores order by 1")
    assert bands == [("All merchants",), ("Large",), ("Medium",), ("Small",)]
    own = chain.query(
        "select legal_group, error::float8 from serving_candidate.forecast_errors as errors "
        "join security.tenants using (tenant_id) "
        "where (forecast_code, horizon_code, as_of) = ('demand', 'week', %s)",
        PAST[1],
    )
    assert len(own) > 1
    for group, error in own:
        assert error == pytest.approx(scored(chain, "demand", PAST[1], "week", "wape", group), abs=1e-6)
    waiting = "select distinct error_en from serving_candidate.forecast_errors where horizon_code = '90'"
    assert chain.query(waiting) == [("not yet known",)]
    judged = chain.query("select model_name, status, reason_en from serving_candidate.model_health order by 1")
    assert [name for name, _, _ in judged] == ["category-priority", "demand", "purchasing-power", "retention"]
    assert all(status != "waiting" and reason for _, status, reason in judged)


@pytest.mark.usefixtures("past_forecasts")
def test_a_degraded_model_asks_for_a_contest(chain: Chain) -> None:
    from orchestration.sensors import degraded_models

    measured(chain)
    healthy = chain.query("select model_name, status from predictions.model_health order by 1")
    assert [name for name, _ in healthy] == ["category-priority", "demand", "purchasing-power", "retention"]
    assert isinstance(degraded_models(dg.build_sensor_context()), dg.SkipReason)
    chain.query(
        "insert into predictions.deployments "
        "(model_name, model_version, learner, alias, run_id, as_of, metrics, reason, deployed_by) "
        "select model_name, 999, learner, alias, run_id, as_of, metrics, reason, 'test' "
        "from predictions.deployments where model_name = 'demand'"
    )
    try:
        measured(chain)
        (renewed,) = chain.query(
            "select model_version, status from predictions.model_health where model_name = 'demand'"
        )
        assert renewed[0] == 999
        assert renewed[1] != "waiting", "what the version before said is judged until the new one's truth is in"
    finally:
        chain.query("delete from predictions.deployments where model_version = 999")
    chain.query(
        "update predictions.purchasing_power set expected_amount = 9 * expected_amount, p50_amount = 9 * p50_amount, "
        "p90_amount = 9 * p90_amount where as_of < %s",
        DAY,
    )
    chain.query("delete from predictions.forecast_scores")
    assert measured(chain) == 2 * 5
    status = dict(chain.query("select model_name, status from predictions.model_health"))
    assert status["purchasing-power"] == "degraded"
    request = degraded_models(dg.build_sensor_context())
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == "purchasing-power degraded in week 2026-44"
