"""Wrong arguments and expected failures: a message that says what to do, no traceback."""

import socket
import stat
from pathlib import Path

import pytest

from infra.settings import SECRET_NAMES
from tests.stack.conftest import Lyra


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["start"], "No such command 'start'"),
        (["up", "--sample", "huge"], "'small', 'demo', 'large'"),
        (["up", "--source", "/no/such/folder"], "is no folder"),
        (["up", "--source", "/tmp", "--sample", "small"], "not both"),
        (["run", "--date", "yesterday"], "does not match the formats '%Y-%m-%d'"),
        (["run", "--from", "2026-01-01"], "--from and --to belong together"),
        (["run", "--from", "2026-01-02", "--to", "2026-01-01"], "lies behind"),
        (["load", "/no/such/file.csv"], "does not exist"),
        (["logs", "nothing"], "There is no log 'nothing'"),
        (["bench", "nothing"], "warehouse"),
        (["env", "--export"], "--export --secrets"),
    ],
)
def test_a_wrong_argument_is_refused_with_words_and_status_2(lyra: Lyra, arguments: list[str], message: str) -> None:
    result = lyra(*arguments)
    assert result.returncode == 2, result.stderr
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr


def test_a_wrong_setting_is_named(lyra: Lyra) -> None:
    result = lyra("status", LYRA_PORT_BASE="eighty")
    assert result.returncode == 2
    assert "LYRA_PORT_BASE='eighty'" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(lyra: Lyra) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = lyra("up", "--no-browser-services", LYRA_PORT_BASE=str(port - 3))
    assert result.returncode == 1
    assert f"Port {port}, which PostgreSQL needs, is taken by python" in result.stderr
    assert "LYRA_PORT_BASE" in result.stderr
    assert "Traceback" not in result.stderr


def test_one_command_at_a_time_changes_a_home(lyra: Lyra, tmp_path: Path) -> None:
    import fcntl

    home = tmp_path / "home"
    home.mkdir()
    with (home / "lyra.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("up, pid 1")
        held.flush()
        result = lyra("down")
    assert result.returncode == 1
    assert "Another command (lyra up, pid 1) is at work" in result.stderr


def test_secrets_are_made_once_and_the_folder_is_closed(lyra: Lyra, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert lyra("secrets", str(folder)).returncode == 0
    values = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(values) == set(SECRET_NAMES)
    assert all(len(value) >= 32 for value in values.values())
    assert len(set(values.values())) == len(values)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    lyra("secrets", str(folder))
    assert {path.name: path.read_text() for path in folder.iterdir()} == values


def test_down_and_status_work_where_nothing_was_started(lyra: Lyra) -> None:
    assert lyra("down").returncode == 0
    status = lyra("status")
    assert status.returncode == 0
    assert "Nothing is published yet" in status.stdout


def test_doctor_tells_what_is_wrong_and_what_to_do(lyra: Lyra, tmp_path: Path) -> None:
    secrets = tmp_path / "home" / "secrets"
    secrets.mkdir(parents=True, mode=0o700)
    (secrets / "pseudonym_key").write_text("x")
    (secrets / "pseudonym_key").chmod(0o644)
    result = lyra("doctor", LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="utf-8")
    assert result.returncode == 1
    assert "readable by others: pseudonym_key" in result.stdout
    assert f"chmod 600 {secrets}/*" in result.stdout
    assert "export LANG=C.UTF-8" in result.stdout
