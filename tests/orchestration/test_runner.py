"""The command line of the pipeline."""

import json
import os
import subprocess
import sys

import pytest

from infra.settings import REPOSITORY
from tests.orchestration.conftest import Chain


def runner(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "orchestration.runner", *arguments],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_status_is_one_line_of_json(chain: Chain) -> None:
    told = json.loads(runner("status").stdout)
    assert {"last_release", "pending_days", "failures", "red_checks"} == set(told)
    assert told["last_release"]["loaded_until"] == "2026-10-30"


@pytest.mark.parametrize("arguments", [["run", "--from", "2026-01-01"], ["run", "--date", "soon"], ["fly"]])
def test_wrong_arguments_end_with_2_and_say_what_to_do(arguments: list[str]) -> None:
    ended = runner(*arguments)
    assert ended.returncode == 2
    assert "usage" in ended.stderr


def test_a_file_that_is_not_the_banks_fails_with_its_name(chain: Chain) -> None:
    stray = chain.settings.home / "stray.csv"
    stray.write_text("a;b\n1;2\n")
    ended = runner("load", str(stray))
    assert ended.returncode == 1, ended.stderr[-2000:]
    failed = [line for line in map(json.loads, ended.stdout.splitlines()) if line["status"] == "failed"]
    assert failed[0]["step"] == "landed_files"
    assert "stray.csv" in failed[0]["detail"]
