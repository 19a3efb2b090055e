"""The champion of the demand contests, as MLflow's registry has it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow

from ml_assets import tracking
from ml_assets.demand.model import SUBJECT, DemandModel, Registered
from ml_assets.deployments import CHAMPION
from ml_assets.errors import NoChampion


def standing() -> Registered | None:
    """The version in charge, without loading it; None before the first contest."""
    found = tracking.version_with_alias(SUBJECT.name, CHAMPION)
    return Registered(found.tags["learner"], int(found.version), str(found.run_id)) if found else None


def load_champion() -> DemandModel:
    """Ready to forecast. Raises NoChampion."""
    if (champion := standing()) is None:
        raise NoChampion(f"{SUBJECT.name} has no version with the alias {CHAMPION!r}: materialize the contest first.")
    with TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(f"models:/{SUBJECT.name}/{champion.model_version}", dst_path=folder)
        model = DemandModel.load(Path(path) / "artifacts" / "contender")
    return replace(model, registered=champion)
