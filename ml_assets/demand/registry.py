"""The demand forecast in MLflow: its run, its registered version. The rule is code, its state a small JSON file."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, ParamSchema, ParamSpec, Schema

from ml_assets import tracking
from ml_assets.demand.forecast import DemandForecast, DemandRun
from ml_assets.histories.saved import write_json

MODEL_NAME = "demand"


def log_demand(forecast: DemandForecast, tags: Mapping[str, str]) -> DemandRun:
    """One run with parameters, measured error and data digest; one registered version without pickle."""
    with tracking.run(MODEL_NAME, f"weekday median {forecast.as_of}", {**tags, "learner": "weekday_median"}) as run_id:
        tracking.log_data(MODEL_NAME, forecast.digest, forecast.params)
        mlflow.log_params(dict(forecast.params))
        mlflow.log_metrics(dict(forecast.metrics))
        with TemporaryDirectory() as folder:
            state = Path(folder) / "weekday_median.json"
            write_json(state, {"config": asdict(forecast.config), "factors": forecast.tables})
            version = tracking.register_from_code(
                MODEL_NAME,
                code=Path(__file__).with_name("served_model.py"),
                artifacts={"state": state},
                signature=SIGNATURE,
                packages=("numpy", "pandas"),
            )
        MlflowClient().set_registered_model_alias(MODEL_NAME, "champion", str(version))
        return DemandRun(MODEL_NAME, version, run_id, tracking.run_url(run_id))


SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec("string", "legal_group"),
            ColSpec("string", "city_code"),
            ColSpec("string", "category_code"),
            ColSpec(AnyType(), "store_id", required=False),  # type: ignore[no-untyped-call]  # nullable: no long in MLflow is
            ColSpec("datetime", "business_date"),
            ColSpec("double", "revenue_amount"),
        ]
    ),
    outputs=Schema(
        [
            ColSpec("datetime", "period_start"),
            ColSpec("double", "expected_amount"),
            ColSpec("double", "p10_amount"),
            ColSpec("double", "p90_amount"),
        ]
    ),
    params=ParamSchema([ParamSpec("as_of", "string", "")]),
)
