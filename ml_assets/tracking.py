"""What every model does with MLflow, in few words: a run, its data without rows, a version without pickle."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Metric
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature


@contextmanager
def run(experiment: str, name: str, tags: Mapping[str, str], parent: str | None = None) -> Iterator[str]:
    """A run in this experiment (made if missing), under `parent` if given; yields its id."""
    found = mlflow.set_experiment(experiment)
    with mlflow.start_run(
        experiment_id=found.experiment_id, run_name=name, nested=parent is not None, parent_run_id=parent,
        tags={key: str(value) for key, value in tags.items()},
    ) as started:  # fmt: skip
        yield str(started.info.run_id)


def log_data(name: str, digest: str, about: Mapping[str, Any]) -> None:
    """The data set as fingerprint and facts; no row of it leaves the warehouse. MLflow keeps 36 signs of a digest."""
    source = CodeDatasetSource({key: str(value) for key, value in about.items()})
    data = MetaDataset(source, name=name, digest=digest[:36])  # type: ignore[abstract]  # its `profile` is not needed
    mlflow.log_input(data, context="training")
    mlflow.set_tag("data_digest", digest)


def log_curve(run_id: str, curve: Sequence[Mapping[str, float]]) -> None:
    """A training curve as metrics by step, prefixed `curve.`."""
    metrics = [
        Metric(f"curve.{name}", float(value), 0, int(point["step"]))
        for point in curve
        for name, value in point.items()
        if name != "step"
    ]
    for start in range(0, len(metrics), 1000):  # MLflow takes 1,000 metrics a request
        MlflowClient().log_batch(run_id, metrics=metrics[start : start + 1000])


def register_from_code(
    name: str, *, code: Path, artifacts: Mapping[str, Path], signature: ModelSignature, packages: Sequence[str]
) -> int:
    """Log a model whose class is run from `code` and whose state is `artifacts`; returns the registered version.

    Requirements are named: left to MLflow, it starts a process that imports everything (8–10 s instead of 1).
    """
    logged = mlflow.pyfunc.log_model(
        name="model",
        python_model=str(code),
        artifacts={key: str(path) for key, path in artifacts.items()},
        signature=signature,
        pip_requirements=[pinned for package in packages if (pinned := _pin(package))],
        registered_model_name=name,
    )
    return int(logged.registered_model_version)


def version_with_alias(name: str, alias: str) -> ModelVersion | None:
    """The version an alias points to; None without the model or the alias. Any other failure is raised."""
    try:
        return MlflowClient().get_model_version_by_alias(name, alias)
    except MlflowException as problem:
        if problem.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def run_url(run_id: str) -> str | None:
    """The run's page when tracking goes to a server."""
    uri = mlflow.get_tracking_uri()
    if not uri.startswith("http"):
        return None
    experiment = MlflowClient().get_run(run_id).info.experiment_id
    return f"{uri.rstrip('/')}/#/experiments/{experiment}/runs/{run_id}"


def flat(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested configuration as dotted names: {"encoder": {"units": 48}} → {"encoder.units": 48}."""
    found: dict[str, object] = {}
    for name, value in config.items():
        inner = flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
        found |= inner
    return found


def _pin(package: str) -> str | None:
    """`package==version` as installed; None for a package under another name on this machine (tensorflow-cpu)."""
    try:
        return f"{package}=={version(package)}"
    except PackageNotFoundError:
        return None
