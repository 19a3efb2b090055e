"""When an environment is made, brought up to date, repaired or left alone; the installer itself is watched, not run."""

import subprocess
from pathlib import Path

import pytest

from infra.local import environments
from infra.local.environments import Environment, EnvironmentFailed


class Installer:
    """Stands where commands are run: writes down which tool was called, makes what `venv` makes, fails when told to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.fails_at: str | None = None

    def __call__(self, command: list[str], *_: object, advice: str = "", **__: object) -> None:
        call = "venv" if "venv" in command else "pip" if "install" in command else "sync"
        self.calls.append(call)
        if call == self.fails_at:
            raise EnvironmentFailed("killed")
        if call == "venv":
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.write_text("#!/bin/sh\nexit 0\n")
            python.chmod(0o755)


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Installer:
    (tmp_path / "locks").mkdir()
    for name in ("uv", "pipeline", "test"):
        (tmp_path / "locks" / f"{name}.txt").write_text(f"{name}==1\n")
    monkeypatch.setattr(environments, "lock_file", lambda name: tmp_path / "locks" / f"{name}.txt")
    installer = Installer()
    monkeypatch.setattr(environments, "_run", installer)
    return installer


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / ".venv", ("pipeline",))


def test_a_second_start_runs_nothing(installer: Installer, environment: Environment) -> None:
    assert environment.ensure()
    assert installer.calls == ["venv", "pip", "sync"]
    assert not environment.ensure()
    assert installer.calls == ["venv", "pip", "sync"]


@pytest.mark.parametrize("killed_in", ["venv", "pip", "sync"])
def test_an_environment_killed_half_way_is_made_anew(
    installer: Installer, environment: Environment, killed_in: str
) -> None:
    installer.fails_at = killed_in
    with pytest.raises(EnvironmentFailed):
        environment.ensure()
    environment.folder.mkdir(exist_ok=True)
    (environment.folder / "half a package").touch()
    installer.fails_at, installer.calls = None, []
    assert environment.ensure()
    assert installer.calls == ["venv", "pip", "sync"]
    assert not (environment.folder / "half a package").exists()


def test_a_changed_lock_is_installed_into_what_is_there(
    installer: Installer, environment: Environment, tmp_path: Path
) -> None:
    environment.ensure()
    installer.calls = []
    (tmp_path / "locks" / "pipeline.txt").write_text("pipeline==2\n")
    assert environment.ensure()
    assert installer.calls == ["pip", "sync"]


def test_an_update_killed_half_way_is_made_anew(installer: Installer, environment: Environment, tmp_path: Path) -> None:
    environment.ensure()
    (tmp_path / "locks" / "pipeline.txt").write_text("pipeline==2\n")
    installer.fails_at = "sync"
    with pytest.raises(EnvironmentFailed):
        environment.ensure()
    installer.fails_at, installer.calls = None, []
    environment.ensure()
    assert installer.calls[0] == "venv"


def test_what_tests_need_stays_when_only_the_pipeline_is_asked_for(
    installer: Installer, environment: Environment
) -> None:
    environment.ensure(("pipeline", "test"))
    installer.calls = []
    assert not environment.ensure()
    assert not environment.ensure(("pipeline", "test"))
    assert installer.calls == []


def test_a_package_mirror_of_pip_is_handed_to_the_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    said = "global.index-url='https://mirror.example/simple'\nglobal.timeout='60'\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, said))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    variables = environments._uv_environment(["pip"])
    assert variables["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert "PYTHONDONTWRITEBYTECODE" not in variables


def test_an_index_chosen_for_the_installer_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://chosen.example/simple")
    assert environments._uv_environment(["false"])["UV_DEFAULT_INDEX"] == "https://chosen.example/simple"


def test_locks_pin_every_package_by_hash_and_name_no_index() -> None:
    for path in environments.lock_file("pipeline").parent.glob("*.txt"):
        text = path.read_text()
        assert "--hash=sha256:" in text
        assert "index-url" not in text
        assert "://" not in text, path
