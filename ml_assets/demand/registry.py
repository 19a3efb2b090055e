"""The champion of the demand contests, as MLflow's registry has it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow

from ml_assets import tracking
from ml_assets.demand.model import SUBJECT, DemandModel, Registered
from ml_assets.deployments import CHALLENGER, CHAMPION
from ml_assets.errors import NoChampion


def standing(alias: str = CHAMPION) -> Registered | None:
    """The version in charge, without loading it; None before the first contest."""
    found = tracking.version_with_alias(SUBJECT.name, alias)
    return Registered(found.tags["learner"], int(found.version), str(found.run_id)) if found else None


def load_champion() -> DemandModel:
    """Ready to forecast. Raises NoChampion."""
    if (champion := standing()) is None:
        raise NoChampion(f"{SUBJECT.name} has no version with the alias {CHAMPION!r}: materialize the contest first.")
    return _loaded(champion)


def load_challenger_or_none() -> DemandModel | None:
    """The best of the others in the last contest; None where nobody else competed."""
    challenger = standing(CHALLENGER)
    return _loaded(challenger) if challenger else None


def _loaded(registered: Registered) -> DemandModel:
    with TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(
            f"models:/{SUBJECT.name}/{registered.model_version}", dst_path=folder
        )
        model = DemandModel.load(Path(path) / "artifacts" / "contender")
    return replace(model, registered=registered)
