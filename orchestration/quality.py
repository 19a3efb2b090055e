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
FORECASTS = ("purchasing_power_predictions", "retention_predictions", "demand_forecast")
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
    parts = [
        pd.concat([_inputs_moved(name, since, as_of), _forecasts_moved(warehouse.connection, name, version, as_of)])
        .assign(model_name=name, model_version=version)
        for name, version, since in _champions(warehouse.connection)
        if since < as_of
    ]  # fmt: skip
    moved = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
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


def degraded_now(connection: psycopg.Connection) -> list[tuple[str, int, date]]:
    """(model, version, day) of each model in charge whose newest health is degraded."""
    return connection.execute(
        "select model_name, model_version, as_of from ("
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


def _health(connection: psycopg.Connection, name: str, version: int, as_of: date) -> Any:
    from ml_assets.quality import LIMITS, health_of

    limits = LIMITS[name]
    deployed = connection.execute(
        "select metrics from predictions.deployments where (model_name, model_version) = (%s, %s) "
        "order by deployment_id desc limit 1",
        [name, version],
    ).fetchone()
    scores = connection.execute(
        "select jsonb_object_agg(metric, value) from predictions.forecast_scores "
        "where (model_name, model_version, horizon_code, legal_group, size_band) = (%s, %s, %s, '*', 'all') "
        "and as_of <= %s group by as_of order by as_of",
        [name, version, limits.horizon_code, as_of],
    ).fetchall()
    moved = connection.execute(
        "select side || ' ' || name, psi from predictions.drift "
        "where (model_name, model_version, as_of) = (%s, %s, %s)",
        [name, version, as_of],
    ).fetchall()
    return health_of(limits, deployed[0] if deployed else {}, [score for (score,) in scores], dict(moved))


def _inputs_moved(name: str, since: date, as_of: date) -> pd.DataFrame:
    sides = [_INPUTS[name](day, as_of) for day in (since, as_of)]
    return _moved("input", *sides)


def _moved(side: str, before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    from ml_assets.quality import drift

    if before.empty or now.empty:
        return pd.DataFrame()
    return drift(before, now).assign(side=side)


def _spend_inputs(day: date, as_of: date) -> pd.DataFrame:
    from ml_assets.histories import read_snapshot

    return _watched(read_snapshot(sound_snapshot("customer_events", as_of)).events, day)


def _visit_inputs(day: date, as_of: date) -> pd.DataFrame:
    from ml_assets.retention import units_of

    return _watched(units_of(pd.read_parquet(sound_snapshot("store_visits", as_of))).events, day)


def _watched(events: pd.DataFrame, day: date) -> pd.DataFrame:
    from ml_assets.histories.features import features_at
    from ml_assets.histories.panel import panel_of

    part = max(1, events["customer_id"].nunique() // CUSTOMERS_WATCHED)
    panel = panel_of(events.loc[events["customer_id"] % part == 0], day, ())
    rows = panel.active(panel.days - 1, 90)
    return features_at(panel, panel.days - 1, rows, ())[list(WATCHED)]


def _series_inputs(day: date, as_of: date) -> pd.DataFrame:
    from ml_assets.demand import read_series
    from ml_assets.demand.inputs import watched_at

    return watched_at(read_series(sound_snapshot("demand_series", as_of)), day)


_INPUTS = {"purchasing-power": _spend_inputs, "retention": _visit_inputs, "demand": _series_inputs}

_FORECAST_AT = {
    "purchasing-power": "select expected_amount::float8 from predictions.purchasing_power where horizon_days = 30",
    "retention": "select return_probability::float8 from predictions.retention where horizon_days = 30",
    "demand": "select expected_amount::float8 from predictions.demand where grain_code = 'week'",
}
_OF_SCORING = """
 and model_version = %(version)s and as_of = (
    select {pick}(as_of) from predictions.scorings
    where model_name = %(name)s and model_version = %(version)s and as_of <= %(as_of)s
) limit 500000
"""


def _forecasts_moved(connection: psycopg.Connection, name: str, version: int, as_of: date) -> pd.DataFrame:
    """The newest scoring against the first of the same version."""
    values = {"name": name, "version": version, "as_of": as_of}
    first, last = (
        frame(connection, _FORECAST_AT[name] + _OF_SCORING.format(pick=pick), values) for pick in ("min", "max")
    )
    return _moved("forecast", first, last)
