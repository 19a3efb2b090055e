"""What a person does with registered models: look, compare, put another version in charge, go back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


class NoSuchModel(ValueError):
    """The registry has no such model or version, or nothing to go back to."""


@dataclass(frozen=True)
class Version:
    """A registered version; `metrics` are those of its run."""

    model_name: str
    model_version: int
    learner: str
    as_of: str
    aliases: tuple[str, ...]
    created_at: datetime
    run_id: str
    metrics: Mapping[str, float]

    def as_row(self, reason: str, deployed_by: str) -> dict[str, Any]:
        """Column → value of predictions.deployments."""
        return {
            "model_name": self.model_name, "model_version": self.model_version, "learner": self.learner,
            "alias": CHAMPION, "run_id": self.run_id, "as_of": date.fromisoformat(self.as_of),
            "metrics": dict(self.metrics), "reason": reason, "deployed_by": deployed_by,
        }  # fmt: skip


def model_names() -> list[str]:
    return sorted(found.name for found in MlflowClient().search_registered_models())


def versions(name: str, limit: int = 20) -> list[Version]:
    """Newest first. Raises NoSuchModel."""
    client, aliases = MlflowClient(), _aliases(name)
    found = client.search_model_versions(f"name = '{name}'", max_results=1000)
    newest = sorted(found, key=lambda one: -int(one.version))[:limit]
    return [_version(client, one, aliases) for one in newest]


def version(name: str, number: int) -> Version:
    """Raises NoSuchModel."""
    client, aliases = MlflowClient(), _aliases(name)
    try:
        return _version(client, client.get_model_version(name, str(number)), aliases)
    except MlflowException as error:
        raise NoSuchModel(f"{name} has no version {number}: see `./lyra model list {name}`.") from error


def candidate(name: str, number: int | None) -> Version:
    """The version that may be put in charge; without a number, the champion before this one. Raises NoSuchModel."""
    aliases = _aliases(name)
    if (number := number or aliases.get(PREVIOUS)) is None:
        raise NoSuchModel(f"{name} has had one champion only: there is none to go back to.")
    chosen = version(name, number)
    if CHAMPION in chosen.aliases:
        raise NoSuchModel(f"Version {number} of {name} is the champion already.")
    return chosen


def put_in_charge(chosen: Version) -> None:
    """Make a candidate champion; the champion until now becomes `previous`."""
    client = MlflowClient()
    if (standing := _aliases(chosen.model_name).get(CHAMPION)) is not None:
        client.set_registered_model_alias(chosen.model_name, PREVIOUS, str(standing))
    client.set_registered_model_alias(chosen.model_name, CHAMPION, str(chosen.model_version))


def _aliases(name: str) -> dict[str, int]:
    try:
        aliases = MlflowClient().get_registered_model(name).aliases
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        raise NoSuchModel(f"{name!r} is no model. There are: {', '.join(model_names()) or 'none yet'}.") from error
    return {alias: int(number) for alias, number in aliases.items()}


def _version(client: MlflowClient, found: Any, aliases: Mapping[str, int]) -> Version:
    run = client.get_run(found.run_id)
    return Version(
        found.name, int(found.version), found.tags.get("learner", ""),
        found.tags.get("as_of") or run.data.params.get("as_of", ""),
        tuple(sorted(alias for alias, number in aliases.items() if number == int(found.version))),
        datetime.fromtimestamp(found.creation_timestamp / 1000), found.run_id, run.data.metrics,
    )  # fmt: skip
