"""The code location over a small bank: what is published, and what a fault leaves untouched."""

from datetime import date, timedelta
from typing import Any

import dagster as dg
import pandas as pd
import psycopg
import pytest

from tests.orchestration.conftest import Chain

DAY = date(2026, 10, 30)


def published(chain: Chain) -> dict[str, Any]:
    """Content of every serving table as one number, but for the moment of publication."""
    tables = chain.query("select relname from pg_class where relnamespace = 'serving'::regnamespace and relkind = 'r'")
    return {
        name: chain.query(
            "select count(*), sum(hashtextextended((to_jsonb(t) - 'published_at')::text, 0)::numeric) "
            f"from serving.{name} t"
        )[0]
        for (name,) in tables
    }


def appended(chain: Chain) -> list[tuple[Any, ...]]:
    return chain.query(
        "select (select count(*) from predictions.purchasing_power), (select count(*) from predictions.demand), "
        "(select count(*) from predictions.retention), (select count(*) from predictions.stock_plans), "
        "(select count(*) from predictions.category_priority), (select count(*) from predictions.deployments)"
    )


def facts(chain: Chain) -> dict[str, Any]:
    """Content of every table that is replaced by days, as one number."""
    from orchestration.months import parents

    with psycopg.connect(chain.url) as connection:
        tables = parents(connection)
    return {
        name: chain.query(f"select count(*), sum(hashtextextended(t::text, 0)::numeric) from {name} t")[0]
        for name in tables
    }


def test_the_first_run_publishes_every_serving_table(chain: Chain) -> None:
    assert chain.first_run_passed, chain.lines()[-3:]
    empty = {name for name, (rows, _) in published(chain).items() if not rows}
    assert empty == {"model_scores", "model_challengers", "model_drift"}, "no forecast's days are all in yet"
    unknown = chain.query("select distinct status, error_en, error_ru, forecast_count from serving.forecast_errors")
    assert unknown == [("no_data", "not yet known", "пока неизвестно", 0)]
    assert chain.query("select distinct status from serving.model_health") == [("waiting",)]
    assert chain.query("select count(*), max(loaded_until) from monitor.releases") == [(1, DAY)]
    assert chain.query("select count(*) from monitor.pending_days") == [(0,)]


def test_every_closed_month_has_one_release_of_competitors_figures(chain: Chain) -> None:
    from orchestration.benchmark_releases import KEPT_MONTHS, closed_months, plan

    with psycopg.connect(chain.url) as connection:
        closed = closed_months(connection)
        assert plan(connection, closed).months == (), "nothing is due twice"
    released = chain.query("select period_start, count(*) from benchmarks.releases group by 1 order by 1")
    assert released == [(month, 1) for month in closed[-KEPT_MONTHS:]]
    attacks = chain.query(
        "select distinct attack ->> 'breaches', (attack ->> 'best_error')::float8 from benchmarks.releases"
    )
    assert [breaches for breaches, _ in attacks] == ["0"]
    assert all(error is None or error > 0.15 for _, error in attacks)
    told = chain.query(
        "select count(distinct tenant_id), count(distinct tenant_id) filter (where status = 'published') "
        "from serving.peer_comparison where month_start = (select max(period_start) from benchmarks.releases)"
    )
    assert told[0][0] == chain.query("select count(*) from security.tenants where is_active")[0][0]
    assert told[0][1] > 0


def test_customers_of_tenants_have_a_chance_to_return(chain: Chain) -> None:
    rows = chain.query(
        "select horizon_days, count(*), count(distinct legal_group), min(return_probability), max(return_probability) "
        "from predictions.retention group by 1 order by 1"
    )
    assert [row[0] for row in rows] == [30, 60, 90]
    assert {row[2] for row in rows} == {chain.query("select count(*) from security.tenants where is_active")[0][0]}
    assert all(0 < row[3] < row[4] < 1 for row in rows)
    ((learner, metrics),) = chain.query(
        "select learner, metrics from predictions.deployments where model_name = 'retention'"
    )
    assert learner == "recency"
    assert {"auroc_30", "brier_30_smallest", "brier_30_gender_female", "brier_30_age_band_25_34"} <= metrics.keys()


def test_a_tenant_sees_in_which_categories_its_customers_buy_next(chain: Chain) -> None:
    ((customers, kept, first),) = chain.query(
        "select count(distinct customer_id), count(customer_id), count(*) filter (where category_rank = 1) "
        "from predictions.category_priority"
    )
    assert customers == first > 0
    assert kept >= 10 * customers
    columns = "as_of, horizon_days, customer_id, category_code, category_rank, purchase_probability, model_version"
    on_the_page = set(chain.query(f"select {columns} from marts.current_category_priority"))
    stands = f"select {columns} from predictions.category_priority_on(%s, 'category-priority', 1)"
    assert on_the_page == set(chain.query(stands, DAY))
    from ml_assets.category_priority.registry import load_champion_or_none
    from ml_assets.histories import read_snapshot
    from orchestration.features import snapshot_path

    ranking = load_champion_or_none()
    assert ranking
    whole = ranking.predict(read_snapshot(snapshot_path("customer_events", DAY)).events, DAY)
    said = {(row[2], row[3]): float(row[5]) for row in on_the_page}
    expected = whole.astype(object).where(whole.notna(), None)
    pairs = zip(expected["customer_id"], expected["category_code"], strict=True)
    assert said == pytest.approx(dict(zip(pairs, whole["purchase_probability"], strict=True)), abs=1.1e-4)
    shown = chain.query(
        "select tenant_id, count(*), sum(expected_customer_count), sum(recent_customer_count) "
        "from serving.category_priority where status = 'published' group by 1"
    )
    assert shown
    for _, _, expected, recent in shown:
        assert 0.7 < float(expected) / float(recent) < 1.3


def test_every_customer_of_a_year_is_in_a_segment_and_who_stays_is_not_written_again(chain: Chain) -> None:
    from orchestration.segments import keep_changes

    bought = "select distinct customer_id from marts.fct_customer_category_days where receipt_count > 0"
    assert chain.query(f"select customer_id from predictions.customer_segments except ({bought})") == []
    assert chain.query(f"{bought} except (select customer_id from predictions.customer_segments)") == []
    stories = chain.query("select segment_number, name_en, name_ru, advice_ru from predictions.segment_stories")
    used = chain.query("select distinct segment_number from predictions.customer_segments")
    assert {number for number, *_ in stories} == {number for (number,) in used}
    assert len({name for _, name, *_ in stories}) == len({name for _, _, name, _ in stories}) == len(stories) >= 3
    found = table_of(chain, "select customer_id, segment_number from predictions.customer_segments order by 1")
    later = found.assign(as_of=DAY + timedelta(days=1)).iloc[1:]
    later.loc[later.index[0], "segment_number"] += 1
    with psycopg.connect(chain.url, autocommit=True) as connection:
        try:
            assert keep_changes(connection, later, "segments", 1) == 2, "one who moved, one who is in none any more"
            assert keep_changes(connection, later, "segments", 1) == 2, "a day twice is a day once"
            assert keep_changes(connection, later.assign(as_of=DAY + timedelta(days=2)), "segments", 1) == 0
        finally:
            connection.execute("delete from predictions.customer_segments where as_of > %s", [DAY])


def table_of(chain: Chain, query: str) -> pd.DataFrame:
    return pd.DataFrame(chain.query(query), columns=["customer_id", "segment_number"])


def test_a_tenant_has_a_stock_plan_by_its_own_terms(chain: Chain) -> None:
    """The longer the lead time and the surer it is to be, the more; pieces where there is a price."""
    from orchestration.partitions import Window

    ((series, groups),) = chain.query("select count(*), count(distinct legal_group) from predictions.stock_plans")
    assert groups == chain.query("select count(*) from security.tenants where is_active")[0][0]
    assert series == chain.query("select count(*) from predictions.demand where grain_code = 'day'")[0][0] // 28
    choice = "city_en = 'All cities' and category_en = 'All categories'"
    whole = f"from serving.stock_plan where {choice} and store_name_en = 'All stores'"
    single = chain.query("select count(distinct store_id) from predictions.stock_plans")[0][0]
    assert 0 < single <= chain.query("select count(*) from marts.dim_tenant_stores")[0][0]
    shown = chain.query(
        "select count(distinct store_name_en) from serving.stock_plan where store_name_en <> 'All stores'"
    )
    assert shown == [(single,)], "each store's own plan is on the page"
    before = chain.query(f"select tenant_id, stock_amount, expected_amount, stock_pieces {whole} order by 1")
    assert all(stock >= expected > 0 and pieces is None for _, stock, expected, pieces in before)
    chain.query(
        "insert into security.stock_terms select tenant_id, 0.99, 7, 14, 50 from security.tenants where tenant_id = %s",
        before[0][0],
    )
    try:
        assert chain.execution.run("republish", Window.of_days(DAY, DAY))
        after = chain.query(f"select tenant_id, stock_amount, expected_amount, stock_pieces {whole} order by 1")
        assert after[0][1] > before[0][1]
        assert abs(float(after[0][1]) / 50 - float(after[0][3])) <= 0.06
        assert after[1:] == before[1:]
    finally:
        chain.query("delete from security.stock_terms")
        assert chain.execution.run("republish", Window.of_days(DAY, DAY))


def test_a_snapshot_that_was_changed_is_not_learnt_from(chain: Chain) -> None:
    from ml_assets.errors import SnapshotDamaged
    from orchestration.features import snapshot_path, sound_snapshot

    path = sound_snapshot("store_visits", DAY)
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(SnapshotDamaged, match="materialize store_visits_snapshot again"):
            sound_snapshot("store_visits", DAY)
    finally:
        path.write_bytes(whole)
    assert sound_snapshot("store_visits", DAY) == snapshot_path("store_visits", DAY)


def test_publishing_again_trains_nothing(chain: Chain) -> None:
    names = {node.name for node in chain.execution.definitions.resolve_job_def("republish").nodes}
    assert "stock_plans" in names
    assert not {name for name in names if name.endswith("_contest")}


def test_a_learner_is_tuned_when_asked_for_and_no_model_changes(chain: Chain) -> None:
    """Without the right to write: a load may go on beside it."""
    before = chain.query("select * from predictions.deployments")
    asked = {"question": "retention", "learner": "logistic", "candidates": 2, "folds": 1, "threads": 1}
    assert chain.execution.run("tune_models", config={"tuned_parameters": asked})
    job = chain.execution.definitions.resolve_job_def("tune_models")
    assert not {"warehouse"} & {key for node in job.nodes for key in node.definition.required_resource_keys}
    assert chain.query("select * from predictions.deployments") == before
    for training in ("refresh", "refresh_and_train"):
        names = {node.name for node in chain.execution.definitions.resolve_job_def(training).nodes}
        assert "tuned_parameters" not in names


def test_a_contest_takes_the_parameters_that_a_tuning_found(chain: Chain) -> None:
    import mlflow

    runs = mlflow.search_runs(experiment_names=["purchasing-power"], filter_string="tags.kind = 'contest'")
    assert set(runs["params.linear.penalty"]) == {"10.0"}


def test_every_step_is_told_with_its_time_and_figures(chain: Chain) -> None:
    lines = chain.lines()
    assert all(set(line) == {"event", "step", "status", "seconds", "detail"} for line in lines)
    steps = [line for line in lines if line["event"] == "step"]
    started = {line["step"] for line in steps if line["status"] == "started"}
    done = {line["step"]: line for line in steps if line["status"] in ("done", "failed")}
    assert started == set(done)
    assert done["landed_files"]["seconds"] > 0
    assert "rows" in done["customer_events_snapshot"]["detail"]


def test_a_range_of_many_months_is_one_run(chain: Chain) -> None:
    early = DAY - timedelta(days=40)  # no test computes these again
    ((days, months, runs),) = chain.query(
        "select count(distinct business_date), count(distinct date_trunc('month', business_date)), "
        "count(distinct dagster_run_id) from monitor.reconciled_days where business_date < %s",
        early,
    )
    assert runs == 1
    assert (days > 100, months > 3) == (True, True)


def test_a_second_run_of_a_range_over_two_months_changes_nothing(chain: Chain) -> None:
    from orchestration.partitions import Window

    before = published(chain), appended(chain), facts(chain)
    assert chain.execution.run("refresh", Window.of_days(DAY - timedelta(days=35), DAY))
    assert (published(chain), appended(chain), facts(chain)) == before


def test_upkeep_makes_months_ahead_and_leaves_nothing_due(chain: Chain) -> None:
    from orchestration.plan import what_is_due

    with psycopg.connect(chain.url, autocommit=True) as connection:
        before = facts(chain), what_is_due(connection)
        assert chain.execution.run("upkeep")
        assert (facts(chain), what_is_due(connection)) == before
    assert chain.query("select to_regclass('raw.transactions_202612')") == [("raw.transactions_202612",)]
    (vacuumed,) = chain.query(
        "select count(*) from pg_stat_user_tables where relname like 'fct_transactions_%%' and vacuum_count > 0"
    )
    assert vacuumed[0] > 0


def test_a_failing_check_publishes_nothing_and_leaves_the_last_release_whole(chain: Chain) -> None:
    from orchestration.partitions import Window
    from orchestration.publish import published_tables
    from orchestration.reconcile import totals_agree
    from orchestration.resources import Warehouse

    before, releases = published(chain), chain.query("select count(*) from monitor.releases")
    pick = "select tableoid, ctid from raw.transactions where business_date = %s limit 1"
    chain.query(f"update raw.transactions set amount = amount + 1 where (tableoid, ctid) = ({pick})", DAY)
    try:
        assert not chain.execution.run("refresh", Window.of_days(DAY, DAY))
        failed = [line["step"] for line in chain.lines() if line["event"] == "step" and line["status"] == "failed"]
        assert failed == ["marts"], "dbt's own test stands first"
        with psycopg.connect(chain.url) as connection:
            own_check = totals_agree(connection, Window.of_days(DAY, DAY), "raw_equals_files")
            assert not own_check.passed
            assert str(DAY) in (own_check.description or "")
        # A run of the last step alone is stopped too, though no check of that run failed (dagster#18472).
        alone = dg.materialize([published_tables], resources={"warehouse": Warehouse()}, raise_on_error=False)
        assert not alone.success
        assert published(chain) == before
        assert chain.query("select count(*) from monitor.releases") == releases
        steps = chain.query("select step, failed_checks from monitor.failures order by failure_id")
        assert steps[-1][0] == "marts"
        assert "fct_transactions:files_equal_raw" in steps[-1][1]
    finally:
        chain.query(f"update raw.transactions set amount = amount - 1 where (tableoid, ctid) = ({pick})", DAY)
    assert chain.query("select business_date from monitor.pending_days") == [(DAY,)]


@pytest.mark.parametrize(
    "job",
    ["ingest", "refresh", "refresh_and_train", "tune_models", "compute_days", "republish", "freshness", "upkeep"],
)
def test_every_job_resolves(chain: Chain, job: str) -> None:
    assert chain.execution.definitions.resolve_job_def(job).graph.node_dict


def test_every_daily_step_takes_a_range_in_one_run(chain: Chain) -> None:
    graph = chain.execution.definitions.resolve_asset_graph()
    daily = [graph.get(key) for key in graph.get_all_asset_keys() if graph.get(key).partitions_def]
    assert daily
    assert {node.backfill_policy for node in daily} == {dg.BackfillPolicy.single_run()}


def test_every_step_but_a_look_waits_for_its_turn(chain: Chain) -> None:
    """The advisory lock of `Warehouse` is held from a run's first step that asks for it to its last."""
    for job in ("ingest", "refresh_and_train", "upkeep"):
        nodes = chain.execution.definitions.resolve_job_def(job).nodes
        free = {node.name for node in nodes if "warehouse" not in node.definition.required_resource_keys}
        assert free <= {"landed_files_is_fresh", "landed_files_no_day_is_missing"}


def test_only_facts_are_daily(chain: Chain) -> None:
    graph = chain.execution.definitions.resolve_asset_graph()
    daily = {key.path[-1] for key in graph.get_all_asset_keys() if graph.get(key).partitions_def}
    assert {"raw_transactions", "fct_transactions", "fct_customer_category_days", "reconciled_days"} <= daily
    assert not {"dim_stores", "overview_metrics", "published_tables", "landed_files"} & daily
