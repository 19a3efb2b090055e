"""Segments in MLflow: a run and a version for each fit; a version that is stable takes charge."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, ParamSchema, ParamSpec, Schema

from ml_assets import tracking
from ml_assets.contest.clean_process import fault_elsewhere
from ml_assets.contest.registry import Deployment
from ml_assets.deployments import CHAMPION, PREVIOUS
from ml_assets.errors import UnusableModel
from ml_assets.histories.snapshot import EVENT_COLUMNS, digest_of
from ml_assets.segments.config import SegmentConfig
from ml_assets.segments.model import SegmentModel

NAME = "segments"
LEARNER = "kmeans"
SAMPLE = 200
"""Customers by which a registered version is tried in a clean process."""


@dataclass(frozen=True)
class Registered:
    """Segments as MLflow's registry has them."""

    model: SegmentModel
    model_version: int
    run_id: str


def standing() -> Registered | None:
    """The version in charge; None before the first."""
    found = tracking.version_with_alias(NAME, CHAMPION)
    if found is None:
        return None
    with TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(f"models:/{NAME}/{found.version}", dst_path=folder)
        model = SegmentModel.load(Path(path) / "artifacts" / "segments")
    return Registered(model, int(found.version), str(found.run_id))


def faults_of(model: SegmentModel, config: SegmentConfig) -> list[str]:
    """What a merchant could not rely on, as readable text."""
    stability, smallest = model.metrics["stability"], model.metrics["smallest_share"]
    faults = []
    if stability < config.least_stability:
        faults.append(f"stability {stability:.2f} is below {config.least_stability}: subsamples tell another story")
    if smallest < config.least_share:
        faults.append(f"the smallest segment has {smallest:.1%} of the customers, below {config.least_share:.0%}")
    return faults


def register(
    model: SegmentModel,
    events: pd.DataFrame,
    as_of: date,
    config: SegmentConfig,
    tags: Mapping[str, str],
    *,
    before: Registered | None,
    deployed_by: str,
) -> Deployment:
    """Log the fit and put it in charge where it has no fault, or where nothing stands.

    Raises UnusableModel where it does not assign the same in a clean process.
    """
    faults = faults_of(model, config)
    with tracking.run(NAME, f"{LEARNER} {as_of}", {**tags, "kind": "fit", "learner": LEARNER}) as run_id:
        digest = digest_of(events)
        about = {"as_of": str(as_of), "event_rows": len(events), "data_digest": digest}
        tracking.log_data(NAME, digest, about)
        mlflow.log_params({"learner": LEARNER, **about, **tracking.flat(asdict(config))})
        mlflow.log_metrics(dict(model.metrics))
        mlflow.log_dict({str(number): asdict(story) for number, story in model.stories.items()}, "stories.json")
        with TemporaryDirectory() as folder:
            model.save(Path(folder) / "segments")
            version = tracking.register_from_code(
                NAME,
                code=Path(__file__).with_name("served_model.py"),
                artifacts={"segments": Path(folder) / "segments"},
                signature=_signature(),
                packages=("numpy", "pandas", "scikit-learn"),
            )
    client = MlflowClient()
    for key, value in {"learner": LEARNER, "as_of": str(as_of), "gate": "; ".join(faults) or "passed"}.items():
        client.set_model_version_tag(NAME, str(version), key, value)
    sample = events.loc[events["customer_id"].isin(events["customer_id"].unique()[:SAMPLE])]
    if fault := fault_elsewhere(NAME, version, sample, as_of, model.predict(sample, as_of)):
        client.set_model_version_tag(NAME, str(version), "gate", fault)
        raise UnusableModel(f"{NAME}: version {version} is not put in charge: {fault}.")
    if faults and before:
        reason = f"Version {before.model_version} stays: {'; '.join(faults)}."
        return _deployment(before.model, before.model_version, before.run_id, as_of, reason, deployed_by, is_new=False)
    if before:
        client.set_registered_model_alias(NAME, PREVIOUS, str(before.model_version))
    client.set_registered_model_alias(NAME, CHAMPION, str(version))
    found = f"{model.metrics['segments']:.0f} segments, stability {model.metrics['stability']:.2f}"
    reason = f"{found}{'; it is the first, though ' + '; '.join(faults) if faults else ''}."
    return _deployment(model, version, run_id, as_of, reason, deployed_by, is_new=True)


def _deployment(
    model: SegmentModel, version: int, run_id: str, as_of: date, reason: str, deployed_by: str, *, is_new: bool
) -> Deployment:
    return Deployment(
        NAME, version, LEARNER, CHAMPION, run_id, as_of, dict(model.metrics), reason, deployed_by, is_new=is_new
    )


def _signature() -> ModelSignature:
    kinds = ("datetime", "long", "string", "double", "long")
    return ModelSignature(
        inputs=Schema([ColSpec(kind, name) for name, kind in zip(EVENT_COLUMNS, kinds, strict=True)]),
        params=ParamSchema([ParamSpec("as_of", "string", "")]),
    )
