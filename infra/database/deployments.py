"""`predictions.deployments`: which model got which alias when, by whom, why. MLflow keeps no history of aliases."""

from typing import Any

import psycopg
from psycopg.types.json import Jsonb


def record_deployment(connection: psycopg.Connection, row: dict[str, Any]) -> None:
    """One row each time an alias moves. A version whose row was lost by a kill gets it with the next contest."""
    values = {**row, "metrics": Jsonb(row["metrics"])}
    connection.execute(
        "insert into predictions.deployments "
        "(model_name, model_version, learner, alias, run_id, as_of, metrics, reason, deployed_by) "
        "select %(model_name)s, %(model_version)s, %(learner)s, %(alias)s, %(run_id)s, %(as_of)s, %(metrics)s, "
        "%(reason)s, %(deployed_by)s where not exists (select from (select model_version from predictions.deployments "
        "where model_name = %(model_name)s and alias = %(alias)s order by deployment_id desc limit 1) last "
        "where last.model_version = %(model_version)s)",
        values,
    )
