"""The checks of pre-commit, run as tests, so that `./lyra test` is all there is to run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
CHECKS = {
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "ruff": ["ruff", "check", "--quiet", "."],
    "mypy": ["mypy"],
    "sqlfluff": ["sqlfluff", "lint", "--disable-progress-bar", "--processes", "2", "dbt_project/models"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check_passes(name: str) -> None:
    program, *arguments = CHECKS[name]
    path = shutil.which(program, path=str(Path(sys.executable).parent))
    assert path, f"{program} is not installed: run `./lyra test`"
    result = subprocess.run([path, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"


def test_pre_commit_runs_the_same_checks() -> None:
    configuration = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())
    entries = {hook["id"] for repository in configuration["repos"] for hook in repository["hooks"]}
    assert entries == {name.replace(" ", "-") for name in CHECKS}


def test_no_index_address_and_no_machine_path_is_committed() -> None:
    pattern = r"(index-url|extra-index|find-links|registry|resolved)[\"= :]+https?://"
    result = subprocess.run(
        ["git", "grep", "-nIE", pattern, "--", ".", ":!tests/quality"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.stdout == ""
