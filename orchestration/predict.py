"""champion and challenger → predictions: every active customer scored, every tenant's demand forecast; append-only."""

from collections.abc import Iterable
from datetime import date
from typing import Any, LiteralString

import dagster as dg
import pandas as pd
import psycopg
from psycopg import sql

from infra.settings import Settings
from orchestration.features import newest_day, sound_snapshot
from orchestration.resources import MLflow, Warehouse
from orchestration.scoring import score


@dg.asset(
    deps=["customer_events_snapshot", "purchasing_power_contest"], group_name="predict", kinds={"mlflow", "postgres"}
)
def purchasing_power_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """What each active customer will spend in the next 30 and 90 days, by the champion."""
    from ml_assets.contest.registry import load_champion
    from ml_assets.purchasing_power import QUESTION

    as_of = newest_day(warehouse.connection)
    challenger = _challenger(QUESTION)
    return _scored(warehouse, "purchasing_power", "customer_events", load_champion(QUESTION), challenger, as_of)


@dg.asset(deps=["store_visits_snapshot", "retention_contest"], group_name="predict", kinds={"mlflow", "postgres"})
def retention_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """How likely each of a tenant's customers of the last 90 days is to return within 30, 60, 90 days."""
    from ml_assets.contest.registry import load_champion_or_none
    from ml_assets.retention import QUESTION

    as_of = newest_day(warehouse.connection)
    champion = load_champion_or_none(QUESTION)
    if champion is None:
        return not_trained("who returns", as_of)
    return _scored(warehouse, "retention", "store_visits", champion, _challenger(QUESTION), as_of)


@dg.asset(deps=["demand_series_snapshot", "demand_contest"], group_name="predict", kinds={"mlflow", "postgres"})
def demand_forecast(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """What each tenant will sell in the next 28 days and 4 weeks, in every scope of its page, in quantiles."""
    from ml_assets.demand import read_series
    from ml_assets.demand.registry import load_challenger_or_none, load_champion, standing

    as_of = newest_day(warehouse.connection)
    if standing() is None:
        return not_trained("demand", as_of)
    champion = load_champion()
    series = read_series(sound_snapshot("demand_series", as_of))
    challenger = load_challenger_or_none() if Settings().score_challenger else None
    if challenger:
        append_scoring(warehouse.connection, "demand", challenger.frame(series, as_of))
    frame = champion.frame(series, as_of)
    added = append_scoring(warehouse.connection, "demand", frame)
    assert champion.registered is not None
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(frame),
            "rows_added": added,
            "model": f"demand version {champion.registered.model_version}, {champion.learner}",
            "challenger": challenger.learner if challenger else "none",
            "preview": preview(frame),
        }
    )


@dg.asset(
    deps=["customer_events_snapshot", "category_priority_contest"], group_name="predict", kinds={"mlflow", "postgres"}
)
def category_priority_predictions(
    context: dg.AssetExecutionContext, warehouse: Warehouse, mlflow: MLflow
) -> dg.MaterializeResult[None]:
    """In which categories each active customer will buy in the next 30 days, with the probability, by the champion."""
    from ml_assets.category_priority.registry import load_challenger_or_none, load_champion_or_none

    as_of = newest_day(warehouse.connection)
    champion = load_champion_or_none()
    if champion is None:
        return not_trained("category priority", as_of)
    challenger = load_challenger_or_none() if Settings().score_challenger else None
    return _scored(warehouse, "category_priority", "customer_events", champion, challenger, as_of)


def _challenger(question: Any) -> Any:
    from ml_assets.contest.registry import load_challenger_or_none

    return load_challenger_or_none(question) if Settings().score_challenger else None


def _scored(
    warehouse: Warehouse, table: str, snapshot: str, champion: Any, challenger: Any, as_of: date
) -> dg.MaterializeResult[None]:
    """The customers who are due, by the challenger and by the champion, one part of them after another."""
    path = sound_snapshot(snapshot, as_of)
    if challenger:
        score(warehouse.connection, table, challenger, as_of, path)
    scored = score(warehouse.connection, table, champion, as_of, path)
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            **scored.as_metadata(),
            "model": f"{champion.question.name} version {champion.model_version}, {champion.learner}",
            "challenger": _named(challenger),
            "preview": preview(scored.preview),
        }
    )


def _named(model: Any) -> str:
    return f"version {model.model_version}, {model.learner}" if model else "none"


def not_trained(what: str, as_of: date) -> dg.MaterializeResult[None]:
    """Before the first contest there is nothing to predict with, which is no fault."""
    told = f"No model of {what} has been trained yet: the next contest trains one (`./lyra run --train`)."
    return dg.MaterializeResult(metadata={"as_of": as_of.isoformat(), "reason": told})


def append_scoring(connection: psycopg.Connection, table: str, frame: pd.DataFrame) -> int:
    """Append a scoring to predictions.<table>, unless the last one of the same as_of, model and version said the same.

    Returns the rows added. A scoring is all rows of one `scored_at`; nothing is ever changed or deleted.
    """
    if frame.empty:
        return 0
    target, columns = sql.Identifier("predictions", table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    with connection.transaction():
        create = sql.SQL("create temporary table scoring (like {} including defaults) on commit drop")
        connection.execute(create.format(target))
        with connection.cursor().copy(sql.SQL("copy scoring ({}) from stdin").format(columns)) as copy:
            for row in _rows(frame):
                copy.write_row(row)
        said = connection.execute(_WAS_SAID.format(columns=columns, target=target)).fetchone()
        if said and said[0]:
            return 0
        connection.execute(sql.SQL("insert into {} select * from scoring").format(target))
        connection.execute(
            "insert into predictions.scorings (question, as_of, model_name, model_version, row_count) "
            "select %s, as_of, model_name, model_version, count(*) from scoring group by 2, 3, 4",
            [table],
        )
    return len(frame)


_WAS_SAID = sql.SQL("""
with same as (
    select * from {target}
    where (as_of, model_name, model_version) in (select as_of, model_name, model_version from scoring)
),
old as (select {columns} from same where scored_at = (select max(scored_at) from same)),
new as (select {columns} from scoring)
select not exists ((table new except table old) union all (table old except table new))
""")
"""Does the newest scoring of the same as_of, model and version hold exactly these rows?"""


def _rows(frame: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    """Python values, None for missing ones."""
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.itertuples(index=False, name=None)


def preview(frame: pd.DataFrame) -> dg.MetadataValue[Any]:
    """The first five rows as a table."""
    lines = ["| " + " | ".join(frame.columns) + " |", "| --- " * len(frame.columns) + "|"]
    return dg.MetadataValue.md(
        "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in _rows(frame.head()))])
    )


@dg.asset_check(asset=purchasing_power_predictions, blocking=True)
def predictions_are_sane(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Forecasts of both horizons stand of each customer with a receipt within 90 days, of nobody else; none is negative
    or crossed."""
    return _faults(
        warehouse,
        ("missing", "not_active", "negative_or_nan", "crossing_quantiles"),
        _standing("purchasing_power", "purchasing-power")
        + """
        , active as (
            select distinct customer_id from marts.fct_customer_category_days
            where business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s and receipt_count > 0
        )
        select
            (select count(*) from active cross join (values (30), (90)) h (horizon_days)
             where not exists (select from last where last.customer_id = active.customer_id
                               and last.horizon_days = h.horizon_days)),
            (select count(*) from last
             where not exists (select from active where active.customer_id = last.customer_id)),
            (select count(*) from last where expected_amount < 0 or p10_amount < 0
             or 'NaN' in (expected_amount, p10_amount, p50_amount, p90_amount)),
            (select count(*) from last where p10_amount > p50_amount or p50_amount > p90_amount)
        """,
    )


@dg.asset_check(asset=retention_predictions, blocking=True)
def retention_is_sane(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Where there is a model, forecasts of all horizons stand of each tenant's customer of 90 days, of nobody else."""
    return _faults(
        warehouse,
        ("missing", "not_active"),
        _standing("retention", "retention")
        + """
        , active as (
            select distinct tenants.legal_group, days.customer_id
            from marts.fct_tenant_customer_days days
            join marts.dim_tenant_stores using (store_id) join security.tenants using (tenant_id)
            where days.business_date > %(as_of)s::date - 90 and days.business_date <= %(as_of)s
            and days.receipt_count > 0
        )
        select
            (select count(*) from active cross join (values (30), (60), (90)) h (horizon_days)
             where exists (select from last)
             and not exists (select from last where (last.legal_group, last.customer_id, last.horizon_days)
                             = (active.legal_group, active.customer_id, h.horizon_days))),
            (select count(*) from last where not exists (select from active
             where (active.legal_group, active.customer_id) = (last.legal_group, last.customer_id)))
        """,
    )


@dg.asset_check(asset=demand_forecast, blocking=True)
def demand_is_sane(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Each series is forecast for 28 days and 4 weeks; no amount is negative, no two quantiles cross."""
    return _faults(
        warehouse,
        ("series_with_gaps", "negative_or_nan", "crossing_quantiles"),
        _LAST_DEMAND
        + """
        select
            (select count(*) from (
                select from last group by legal_group, city_code, category_code, store_id
                having count(*) filter (where grain_code = 'day') <> 28
                or count(*) filter (where grain_code = 'week') <> 4 or min(period_start) <> %(as_of)s::date + 1
            ) as gaps),
            (select count(*) from last where p10_amount < 0 or 'NaN' in (p10_amount, expected_amount, p95_amount)),
            (select count(*) from last where not (p10_amount <= p25_amount and p25_amount <= expected_amount
             and expected_amount <= p75_amount and p75_amount <= p90_amount and p90_amount <= p95_amount))
        """,
    )


@dg.asset_check(asset=category_priority_predictions, blocking=True)
def categories_are_sane(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Where a model stands, each customer of the last 90 days has its ten likeliest categories, nobody else has any,
    and every category has a probability for those of whom it is not kept."""
    return _faults(
        warehouse,
        ("missing", "not_active", "with_gaps", "without_rest"),
        _standing("category_priority", "category-priority")
        + """
        , rest as (select category_code from last where customer_id is null)
        , active as (
            select distinct customer_id from marts.fct_customer_category_days
            where business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s and receipt_count > 0
            and category_code in (select category_code from rest)
        )
        , ranked as (
            select customer_id, count(*) as kept, count(distinct category_rank) as ranks, min(category_rank) as first,
                count(*) filter (where category_rank <= 10) as top
            from last where customer_id is not null group by customer_id
        )
        select
            (select count(*) from active where not exists (
                select from ranked where ranked.customer_id = active.customer_id)),
            (select count(*) from ranked where not exists (
                select from active where active.customer_id = ranked.customer_id)),
            (select count(*) from ranked where ranks <> kept or first <> 1
             or top <> least(10, (select count(*) from rest))),
            (select count(distinct category_code) from last) - (select count(*) from rest)
        """,
    )


def _standing(table: LiteralString, model: LiteralString) -> LiteralString:
    """`with last as (…)`: what the champion's scoring of the day left standing, rows that carry included."""
    return f"""
        with last as (
            select stands.* from (
                select model_version from predictions.deployments
                where model_name = '{model}' and alias = 'champion' order by deployment_id desc limit 1
            ) as champion
            cross join lateral predictions.{table}_on(%(as_of)s, '{model}', champion.model_version) as stands
            where exists (
                select from predictions.scorings where (question, as_of, model_version)
                = ('{table}', %(as_of)s, champion.model_version)
            )
        )
    """


_LAST_DEMAND = """
    with last as (
        select * from predictions.demand where as_of = %(as_of)s
        and (model_version, scored_at) = (
            select model_version, max(scored_at) from predictions.scorings
            where question = 'demand' and as_of = %(as_of)s and model_version = (
                select model_version from predictions.deployments
                where model_name = 'demand' and alias = 'champion' order by deployment_id desc limit 1
            )
            group by model_version
        )
    )
"""
"""The champion's newest scoring of the day, whatever the challenger said since."""


def _faults(warehouse: Warehouse, names: tuple[str, ...], query: LiteralString) -> dg.AssetCheckResult:
    """A query of the newest day that counts faults, one column a name: all must be none."""
    found = warehouse.connection.execute(query, {"as_of": newest_day(warehouse.connection)}).fetchone()
    assert found is not None
    return dg.AssetCheckResult(passed=not any(found), metadata=dict(zip(names, found, strict=True)))
