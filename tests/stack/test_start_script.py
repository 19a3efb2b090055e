"""`./lyra` on machines with all sorts of Python; it is copied beside a stand-in for what it would run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import REPOSITORY


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "a clone"
    (folder / "infra" / "local").mkdir(parents=True)
    (folder / "infra" / "local" / "environments.py").write_text("import sys; print(sys.executable, *sys.argv[1:])")
    shutil.copy(REPOSITORY / "lyra", folder / "lyra")
    return folder


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def start(clone: Path, path: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(clone / "lyra"), *arguments],
        env={"PATH": f"{path}:{clone / 'tools'}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tools(clone: Path) -> Path:
    folder = clone / "tools"
    folder.mkdir()
    for name in ("dirname", "cat", "sh"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


@pytest.mark.usefixtures("tools")
def test_a_python_on_the_path_that_does_not_run_is_passed_over(clone: Path, tmp_path: Path) -> None:
    path = tmp_path / "path"
    program(path, "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    program(path, "python3.11", f'exec {sys.executable} "$@"')
    result = start(clone, path, "status", "--json")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split()[1:] == ["status", "--json"]


@pytest.mark.usefixtures("tools")
def test_without_a_fitting_python_it_says_what_to_install(clone: Path, tmp_path: Path) -> None:
    program(tmp_path / "path", "python3", "exit 1")
    result = start(clone, tmp_path / "path", "up")
    assert result.returncode == 1
    assert "no Python 3.11 or 3.12 found" in result.stderr
    assert "apt-get install python3" in result.stderr
    assert "LYRA_PYTHON" in result.stderr


@pytest.mark.usefixtures("tools")
def test_a_named_python_is_taken(clone: Path, tmp_path: Path) -> None:
    result = start(clone, tmp_path / "nothing", "up", LYRA_PYTHON=sys.executable)
    assert result.returncode == 0, result.stderr


@pytest.mark.usefixtures("tools")
def test_a_broken_environment_does_not_stop_the_script_that_repairs_it(clone: Path, tmp_path: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    result = start(clone, tmp_path / "nothing", "up", LYRA_PYTHON=sys.executable)
    assert result.returncode == 0, result.stderr
