"""The champion of the contests on category priority, as MLflow's registry has it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow

from ml_assets import tracking
from ml_assets.category_priority.model import SUBJECT, RankingModel
from ml_assets.deployments import CHALLENGER, CHAMPION


def load_champion_or_none() -> RankingModel | None:
    """The version in charge, ready to predict; None before the first contest."""
    return _with_alias(CHAMPION)


def load_challenger_or_none() -> RankingModel | None:
    """The best of the others in the last contest; None where nobody else competed."""
    return _with_alias(CHALLENGER)


def _with_alias(alias: str) -> RankingModel | None:
    found = tracking.version_with_alias(SUBJECT.name, alias)
    if found is None:
        return None
    with TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(f"models:/{SUBJECT.name}/{found.version}", dst_path=folder)
        model = RankingModel.load(Path(path) / "artifacts" / "contender")
    return model.registered(int(found.version), str(found.run_id))
