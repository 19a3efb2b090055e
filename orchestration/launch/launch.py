"""Send a work order to where models are trained, and wait for its answer."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import dagster as dg

from infra.trainer import Trainer
from ml_assets.train import order as orders
from orchestration.launch.kubernetes import train_in_a_job
from orchestration.launch.messages import Messages
from orchestration.launch.outcome import Ended, TrainerLost, judge
from orchestration.launch.process import train_here, train_over_ssh

Files = Mapping[str, Path | bytes]
Launcher = Callable[[Trainer, str, Files, Mapping[str, str], Messages], Ended]
"""(configuration, name of this try, files, environment, messages) → how the training ended."""

LAUNCHERS: dict[str, Launcher] = {
    "subprocess": train_here,
    "ssh": train_over_ssh,
    "kubernetes": train_in_a_job,
}


def launch(
    context: dg.AssetExecutionContext, trainer: Trainer, order: orders.Order, tables: Mapping[str, Path]
) -> dg.PipesClientCompletedInvocation:
    """tables: the order's files by name. A cancelled run ends the training and removes its files, wherever it is.

    A lost machine asks Dagster for another try, `trainer.retries` times. Raises TrainingFailed.
    """
    files: dict[str, Path | bytes] = {f"{name}.parquet": path for name, path in tables.items()}
    files[orders.FILE] = order.as_json()
    messages = Messages()
    name = f"{order.question}-{context.run.run_id[:8]}-{context.retry_number}"
    try:
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), messages) as session:
            environment = {**_environment(trainer), **session.get_bootstrap_env_vars()}
            ended = LAUNCHERS[trainer.launcher](trainer, name, files, environment, messages)
            judge(ended, messages)
    except TrainerLost as lost:
        raise dg.RetryRequested(trainer.retries, trainer.retry_seconds) from lost
    return dg.PipesClientCompletedInvocation(session)


def _environment(trainer: Trainer) -> dict[str, str]:
    """Of the training's process: credentials travel here, never in arguments, files or logs."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_")}
    if trainer.mlflow_url:
        kept["MLFLOW_TRACKING_URI"] = trainer.mlflow_url
    return {
        **kept,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
        "PYTHONUTF8": "1",
        "PYTHONSAFEPATH": "1",  # a folder `ml_assets` in the working directory is not what was ordered
    }
