"""What a setting of the shell is in our own processes: the same."""

import re

import pytest

from infra.local.environment import environment
from infra.local.services import SERVICES
from infra.settings import REPOSITORY, Settings
from infra.trainer import Trainer

ELSEWHERE = {"LYRA_PYTHON", "LYRA_SUPERSET_BIND"}
"""Read by the start script, and by Superset's processes."""
OTHER = {
    "LYRA_HOME": "/elsewhere", "LYRA_PORT_BASE": "9100", "LYRA_DATABASE_URL": "postgresql://postgres@db:5432/postgres",
    "LYRA_SECRETS_DIR": "/secrets", "LYRA_TIME_ZONE": "Asia/Omsk", "LYRA_HISTORY_START": "2020-01-01",
    "LYRA_KEEP_MONTHS": "25", "LYRA_SCORE_CHALLENGER": "false", "LYRA_CELL_KEY": "key", "LYRA_SHOW_CHALLENGER": "true",
    "LYRA_DEMOGRAPHIC_FEATURES": "true", "LYRA_BIND": "0.0.0.0", "LYRA_MLFLOW_HOST": "mlflow",
    "LYRA_MLFLOW_PORT": "5000", "LYRA_DAGSTER_CODE_HOST": "code", "LYRA_SUPERSET_SPECIFICATION": "/run/spec.json",
}  # fmt: skip
"""Each setting as it is not by default."""


def documented() -> set[str]:
    page = (REPOSITORY / "docs" / "operations.md").read_text()
    table = page.split("\n## Settings\n")[1].split("\n## ")[0]
    return set(re.findall(r"`(LYRA_[A-Z_]*[A-Z])`", table))


def test_every_documented_setting_is_the_same_in_a_process_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert documented() - ELSEWHERE - {"LYRA_TRAINER"} == set(OTHER)
    usual = Settings()
    for name, value in OTHER.items():
        monkeypatch.setenv(name, value)
    ours = Settings()
    changed = {f"LYRA_{name.upper()}" for name, value in ours.model_dump().items() if getattr(usual, name) != value}
    assert changed == set(OTHER), "a setting that is no other than by default proves nothing"
    monkeypatch.setattr("infra.settings.Secrets.__getitem__", lambda *_: "secret")
    given = environment(ours)
    for name in OTHER:
        monkeypatch.setenv(name, given[name])
    assert Settings() == ours
    for service in SERVICES:
        if service.name.startswith("dagster"):
            said = service.environment(ours)
            assert {name: said.get(name) for name in OTHER} == {name: given[name] for name in OTHER}, service.name


def test_where_models_are_trained_is_handed_on_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.settings.Secrets.__getitem__", lambda *_: "secret")
    names = {f"LYRA_TRAINER_{name.upper()}" for name in Trainer.model_fields if name != "launcher"} | {"LYRA_TRAINER"}
    for name in names:
        monkeypatch.setenv(name, "1")
    assert dict.fromkeys(names, "1").items() <= environment(Settings()).items()
