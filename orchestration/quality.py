"""What has come since → how good past forecasts were, how far the world has moved, whether models can be trusted."""

from datetime import date
from typing import Any

import dagster as dg
import pandas as pd
import psycopg
from psycopg.types.json import Jsonb

from orchestration.features import newest_day, sound_snapshot
from orchestration.predict import preview
from orchestration.resources import Warehouse
from orchestration.truth import forecasts_to_measure, frame, keep_scores, scores_of

CUSTOMERS_WATCHED = 20_000
WATCHED = ("spend_30", "spend_90", "visits_30", "visits_90", "recency", "gap_mean", "visit_mean", "category_count")
"""Inputs of the customers' models that do not grow with the length of the history."""
FORECASTS = (
    "purchasing_power_predictions", "retention_predictions", "demand_forecast", "category_priority_predictions"
)  # fmt: skip
TRUSTED = "can_be_trusted"


@dg.asset(deps=FORECASTS, group_name="quality", kinds={"python", "postgres"})
def forecast_scores(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Past forecasts against the truth: each once its days are all in, again when one of them was corrected."""
    due = forecasts_to_measure(warehouse.connection)
    rows = 0
    for past in due:
        scores = scores_of(warehouse.connection, past)
        keep_scores(warehouse.connection, past, scores)
        rows += len(scores)
        context.log.info(f"{past.model_name} version {past.model_version} of {past.as_of}, {past.horizon_code}")
    return dg.MaterializeResult(metadata={"forecasts_measured": len(due), "dagster/row_count": rows})


@dg.asset(deps=FORECASTS, group_name="quality", kinds={"python", "postgres"})
def forecast_drift(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """How far the champions' inputs and forecasts have moved since the day that each was measured up to."""
    as_of = newest_day(warehouse.connection)
    parts = [pd.DataFrame()]
    for name, version, since in _champions(warehouse.connection):
        if since < as_of:
            sides = {
                "input": _INPUTS[name](as_of, since, as_of),
                "forecast": _forecasts(warehouse.connection, name, version, as_of),
            }
            parts += [
                _moved(side, *both).assign(model_name=name, model_version=version) for side, both in sides.items()
            ]
    moved = pd.concat(parts, ignore_index=True)
    with warehouse.connection.cursor() as cursor:
        cursor.executemany(_KEEP_DRIFT, [(as_of, *row) for row in _rows_of_drift(moved)])
    return dg.MaterializeResult(
        metadata={
            "as_of": as_of.isoformat(),
            "dagster/row_count": len(moved),
            **({"moved_most": preview(moved.nlargest(5, "psi").round(3))} if len(moved) else {}),
        }
    )


_DRIFT_COLUMNS = ["model_name", "model_version", "side", "name", "psi", "ks", "unit_count"]
_KEEP_DRIFT = """
insert into predictions.drift (as_of, model_name, model_version, side, name, psi, ks, unit_count)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (model_name, model_version, as_of, side, name) do update
set psi = excluded.psi, ks = excluded.ks, unit_count = excluded.unit_count, measured_at = now()
"""


def _rows_of_drift(moved: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(moved[_DRIFT_COLUMNS].itertuples(index=False, name=None)) if len(moved) else []


@dg.asset(
    deps=[forecast_scores, forecast_drift],
    group_name="quality",
    kinds={"python", "postgres"},
    check_specs=[dg.AssetCheckSpec(TRUSTED, asset="model_health", description="No model in charge needs attention.")],
)
def model_health(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]  # with checks, Dagster takes the bare class only
    """Stable, attention or degraded: each model in charge, with the reason; a degraded one is trained anew."""
    connection, as_of = warehouse.connection, newest_day(warehouse.connection)
    rows = []
    for name, version, _ in _champions(connection):
        health = _health(connection, name, version, as_of)
        connection.execute(
            "insert into predictions.model_health (model_name, as_of, model_version, status, reason_code, figures) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (model_name, as_of) do update set "
            "model_version = excluded.model_version, status = excluded.status, reason_code = excluded.reason_code, "
            "figures = excluded.figures, checked_at = now()",
            [name, as_of, version, health.status, health.reason_code, Jsonb(dict(health.figures))],
        )
        rows.append((name, version, health.status, health.reason_code, str(dict(health.figures))))
    table = pd.DataFrame(rows, columns=["model", "version", "status", "reason", "figures"])
    needing = table.loc[table["status"].isin(["attention", "degraded"]), "model"].tolist()
    return dg.MaterializeResult(
        metadata={"as_of": as_of.isoformat(), "models": preview(table)},
        check_results=[
            dg.AssetCheckResult(
                check_name=TRUSTED,
                passed=not needing,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"needing_attention": ", ".join(needing) or "none"},
            )
        ],
    )


def degraded_now(connection: psycopg.Connection) -> list[tuple[str, date]]:
    """(model, day) of each model whose newest health is degraded."""
    return connection.execute(
        "select model_name, as_of from ("
        "select distinct on (model_name) * from predictions.model_health order by model_name, as_of desc) as newest "
        "where status = 'degraded' order by 1"
    ).fetchall()


def _champions(connection: psycopg.Connection) -> list[tuple[str, int, date]]:
    """(model, version, the day up to which it was measured) of each model in charge that forecasts."""
    return connection.execute(
        "select distinct on (model_name) model_name, model_version, as_of from predictions.deployments "
        "where alias = 'champion' and model_name = any(%s) order by model_name, deployment_id desc",
        [list(_INPUTS)],
    ).fetchall()


_OF_RECORD = """
with deployed as (
    select model_version, max(deployment_id) as deployment_id from predictions.deployments
    where model_name = %(name)s and alias = 'champion' group by model_version
)
select distinct on (scores.as_of) model_version, jsonb_object_agg(metric, value)
from predictions.forecast_scores as scores join deployed using (model_version)
where (model_name, horizon_code, legal_group, size_band) = (%(name)s, %(horizon)s, '*', 'all') and as_of <= %(as_of)s
group by scores.as_of, model_version, deployment_id
having bool_or(metric = %(metric)s)
order by scores.as_of, deployment_id desc
"""
"""A model is renewed more often than the truth comes: judged are the forecasts of every version that was ever in
charge, of two for one day those of the later one."""


def _health(connection: psycopg.Connection, name: str, version: int, as_of: date) -> Any:
    from ml_assets.quality import LIMITS, health_of

    limits = LIMITS[name]
    scores = connection.execute(
        _OF_RECORD, {"name": name, "horizon": limits.horizon_code, "as_of": as_of, "metric": limits.metric}
    ).fetchall()
    deployed = connection.execute(
        "select metrics from predictions.deployments where (model_name, model_version) = (%s, %s) "
        "and alias = 'champion' order by deployment_id desc limit 1",
        [name, scores[-1][0] if scores else version],
    ).fetchone()
    moved = connection.execute(
        "select side || ' ' || name, psi from predictions.drift "
        "where (model_name, model_version, as_of) = (%s, %s, %s)",
        [name, version, as_of],
    ).fetchall()
    return health_of(limits, deployed[0] if deployed else {}, [score for _, score in scores], dict(moved))


def _moved(side: str, before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    from ml_assets.quality import drift

    if before.empty or now.empty:
        return pd.DataFrame()
    return drift(before, now).assign(side=side)


def _spend_inputs(as_of: date, *days: date) -> list[pd.DataFrame]:
    """What the model saw of the customers at the end of each day."""
    from ml_assets.histories import read_snapshot

    events = read_snapshot(sound_snapshot("customer_events", as_of)).events
    return [_watched(events, day) for day in days]


def _visit_inputs(as_of: date, *days: date) -> list[pd.DataFrame]:
    from ml_assets.retention import units_of

    events = units_of(pd.read_parquet(sound_snapshot("store_visits", as_of))).events
    return [_watched(events, day) for day in days]


def _watched(events: pd.DataFrame, day: date) -> pd.DataFrame:
    from ml_assets.histories.features import features_at
    from ml_assets.histories.panel import panel_of

    part = max(1, events["customer_id"].nunique() // CUSTOMERS_WATCHED)
    panel = panel_of(events.loc[events["customer_id"] % part == 0], day, ())
    rows = panel.active(panel.days - 1, 90)
    return features_at(panel, panel.days - 1, rows, ())[list(WATCHED)]


def _series_inputs(as_of: date, *days: date) -> list[pd.DataFrame]:
    from ml_assets.demand import read_series
    from ml_assets.demand.inputs import watched_at

    series = read_series(sound_snapshot("demand_series", as_of))
    return [watched_at(series, day) for day in days]


_INPUTS = {
    "purchasing-power": _spend_inputs,
    "retention": _visit_inputs,
    "demand": _series_inputs,
    "category-priority": _spend_inputs,
}

_FORECAST_AT = {
    "purchasing-power": "select expected_amount::float8 from day, predictions.purchasing_power_on(as_of, %(name)s, "
    "%(version)s) where horizon_days = 30",
    "retention": "select return_probability::float8 from day, predictions.retention_on(as_of, %(name)s, %(version)s) "
    "where horizon_days = 30",
    "demand": "select expected_amount::float8 from day join predictions.demand using (as_of) "
    "where grain_code = 'week' and model_version = %(version)s",
    "category-priority": "select purchase_probability::float8 from day, predictions.category_priority_on(as_of, "
    "%(name)s, %(version)s) where customer_id is not null",
}
_ON_DAY = """
with day as (
    select {pick}(as_of) as as_of from predictions.scorings
    where model_name = %(name)s and model_version = %(version)s and as_of <= %(as_of)s
)
"""


def _forecasts(connection: psycopg.Connection, name: str, version: int, as_of: date) -> list[pd.DataFrame]:
    """The first scoring of a version, and the newest."""
    values = {"name": name, "version": version, "as_of": as_of}
    queries = [_ON_DAY.format(pick=pick) + _FORECAST_AT[name] + " limit 500000" for pick in ("min", "max")]
    return [frame(connection, query, values) for query in queries]
