"""docker-compose.yaml without a container engine: its commands, paths, variables, secrets and order are tried out here.

Each service of ours is asked for its command and environment while only its own secrets can be read, with the very
variables that the file gives it; the one-shot services are really run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.local import services
from infra.settings import REPOSITORY, SECRET_NAMES, Settings
from tests.unit.test_environment import ELSEWHERE, documented

FILE = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OF_THE_PIPELINE = [name for name, service in SERVICES.items() if service["image"] == "lyra-pipeline"]
SERVED = [name for name in OF_THE_PIPELINE if "infra.local.serve" in SERVICES[name]["command"]]
DOCKERFILES = sorted((REPOSITORY / "infra" / "containers").glob("*.Dockerfile"))


@pytest.fixture
def container(stack_settings: Settings, tmp_path: Path) -> "Container":
    return Container(stack_settings, tmp_path)


class Container:
    """The variables and secret files that a service of the file gets; hosts and ports are those of this machine."""

    def __init__(self, stack: Settings, folder: Path) -> None:
        self.stack, self.folder = stack, folder

    def variables(self, name: str) -> dict[str, str]:
        secrets = self.folder / name / "secrets"
        secrets.mkdir(parents=True)
        for secret in SERVICES[name].get("secrets", []):
            shutil.copy(self.stack.secrets.folder / secret, secrets / secret)
        given = {key: default_of(value) for key, value in SERVICES[name]["environment"].items()}
        here = {
            "LYRA_BIND": "127.0.0.1",
            "LYRA_MLFLOW_HOST": "127.0.0.1",
            "LYRA_DAGSTER_CODE_HOST": "127.0.0.1",
            "LYRA_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{self.stack.port('postgres')}/postgres",
            "LYRA_SUPERSET_SPECIFICATION": str(self.folder / "specification.json"),
        }
        assert given["LYRA_DATABASE_URL"] == "postgresql://postgres@postgres:5432/postgres"
        return {
            **{key: here.get(key, value) for key, value in given.items()},
            "LYRA_HOME": str(self.folder / name / "home"),
            "LYRA_SECRETS_DIR": str(secrets),
            "LYRA_PORT_BASE": str(self.stack.port_base),
        }

    def run(self, name: str, *more: str) -> "subprocess.CompletedProcess[str]":
        service = SERVICES[name]
        command = [*service.get("entrypoint", []), *service["command"]] if not more else [*service["entrypoint"], *more]
        assert command[0] == "python"
        return subprocess.run(
            [sys.executable, *command[1:]],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), **self.variables(name)},
            capture_output=True,
            text=True,
            check=False,
        )


def default_of(value: object) -> str:
    """`${NAME:-default}` as compose fills it where NAME is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))


def test_every_service_that_the_local_stack_starts_is_there() -> None:
    assert set(SERVED) | {"superset"} == {service.name for service in services.SERVICES}


@pytest.mark.parametrize("name", SERVED)
def test_a_service_can_be_started_with_the_secrets_and_variables_it_is_given(
    name: str, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [key for key in os.environ if key.startswith("LYRA_")]:
        monkeypatch.delenv(variable)
    for key, value in container.variables(name).items():
        monkeypatch.setenv(key, value)
    settings, (module, asked) = Settings(), SERVICES[name]["command"][2:]
    assert (module, asked) == ("infra.local.serve", name)
    service = services.find(asked)
    settings.home.mkdir(parents=True)
    service.prepare(settings)
    variables = service.environment(settings)
    command = service.command(settings)
    assert Path(command[0]).is_file()
    assert all(isinstance(value, str) for value in [*variables.values(), *command])
    granted = {settings.secrets[path.name] for path in settings.secrets.folder.iterdir()}
    used = {secret for secret in granted if any(secret in value for value in variables.values())}
    unused = granted - used
    assert {path.name for path in settings.secrets.folder.iterdir() if path.read_text().strip() in unused} <= {
        "pseudonym_key"  # read by the loaders themselves
    }
    assert f"--port {settings.port(service.port)}" in " ".join(command) if service.port else True


@pytest.mark.parametrize("name", SERVED)
def test_a_health_check_asks_for_the_service_it_stands_at(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", *SERVICES[name]["command"], "--check"]


def test_a_health_check_fails_where_nothing_answers(container: Container) -> None:
    check = SERVICES["dagster-webserver"]["healthcheck"]["test"][2:]
    result = subprocess.run(
        [sys.executable, *check],
        env={"PYTHONPATH": str(REPOSITORY), **container.variables("dagster-webserver")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (1, "")


def test_prepare_makes_roles_and_migrations_from_secret_files_alone(container: Container) -> None:
    for _ in range(2):
        shutil.rmtree(container.folder / "prepare", ignore_errors=True)
        result = container.run("prepare")
        assert result.returncode == 0, result.stderr
    assert "PostgreSQL 1" in result.stdout


def test_the_specification_for_superset_is_written_closed(container: Container) -> None:
    result = container.run("superset-specification")
    assert result.returncode == 0, result.stderr
    path = container.folder / "specification.json"
    assert path.stat().st_mode & 0o777 == 0o600
    specification = json.loads(path.read_text())
    assert specification["admin_password"] == container.stack.secrets["superset_admin_password"]
    assert specification["bank"]["currency_code"] == "XXX"
    told = SERVICES["superset-provision"]["command"][-1]
    where = SERVICES["superset-specification"]["environment"]["LYRA_SUPERSET_SPECIFICATION"]
    assert f"< {where}" in told


def test_the_command_reaches_the_database_from_its_container(container: Container) -> None:
    result = container.run("lyra", "tenant", "list", "--json")
    assert (result.returncode, json.loads(result.stdout)) == (0, []), result.stderr
    shutil.rmtree(container.folder / "lyra")
    assert container.run("lyra", "env").returncode == 0


def test_supersets_processes_find_configuration_and_secrets(container: Container) -> None:
    """Its own environment answers: the configuration loads with what the file gives, and gunicorn takes its file."""
    folder = REPOSITORY / "superset"
    secrets = container.folder / "secrets"
    secrets.mkdir()
    for secret in SERVICES["superset"]["secrets"]:
        shutil.copy(container.stack.secrets.folder / secret, secrets / secret)
    variables = {
        **SERVICES["superset"]["environment"],
        "LYRA_HOME": str(container.folder / "home"),
        "LYRA_SECRETS_DIR": str(secrets),
        "PYTHONPATH": str(folder),
        "PATH": f"{folder / '.venv' / 'bin'}:{os.environ['PATH']}",
    }
    (container.folder / "home").mkdir()
    program = (
        "import lyra_superset.config as c; "
        "assert '@postgres:5432/superset' in c.SQLALCHEMY_DATABASE_URI, c.SQLALCHEMY_DATABASE_URI"
    )
    python = str(folder / ".venv" / "bin" / "python")
    subprocess.run([python, "-c", program], env=variables, check=True, cwd=container.folder)
    gunicorn, option, path = SERVICES["superset"]["command"]
    local = path.replace("/opt/lyra", str(REPOSITORY))
    read = subprocess.run(
        [gunicorn, option, local, "--print-config"], env=variables, capture_output=True, text=True, check=False,
        cwd=folder,
    )  # fmt: skip
    assert re.search(r"^bind\s+= \['0\.0\.0\.0:8700'\]$", read.stdout, re.MULTILINE), read.stdout + read.stderr
    help_text = subprocess.run(
        [python, "-m", "lyra_superset.provision", "--help"], env=variables, capture_output=True, text=True, check=True
    ).stdout
    assert "--if-changed" in help_text


def test_every_variable_is_read_by_the_code() -> None:
    settings = {f"LYRA_{name.upper()}" for name in Settings.model_fields}
    superset = "".join(path.read_text() for path in (REPOSITORY / "superset" / "lyra_superset").rglob("*.py"))
    for name, service in SERVICES.items():
        for variable in service.get("environment", {}):
            if name in OF_THE_PIPELINE:
                assert variable in settings, f"{name}: {variable}"
            elif name.startswith("superset"):
                assert variable in superset, f"{name}: {variable}"


def test_every_documented_setting_can_be_given_to_the_pipeline() -> None:
    fixed = {"LYRA_HOME", "LYRA_PORT_BASE", "LYRA_SECRETS_DIR", "LYRA_MLFLOW_PORT", "LYRA_SUPERSET_SPECIFICATION"}
    by_file = {"LYRA_CELL_KEY", "LYRA_TRAINER"}
    for name in SERVED:
        service = SERVICES[name]
        assert documented() - fixed - by_file - ELSEWHERE <= service["environment"].keys(), name
        assert service["env_file"] == [{"path": "secrets/settings.env", "required": False}], name
    assert "/secrets/" in (REPOSITORY / ".gitignore").read_text().splitlines()


def test_every_secret_is_declared_generated_and_needed() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(FILE["secrets"]) == set(SECRET_NAMES)
    assert {Path(value["file"]).as_posix() for value in FILE["secrets"].values()} == {f"secrets/{s}" for s in used}


def test_no_secret_is_in_the_file_and_none_in_a_variable() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            told_as_file = variable.endswith("_FILE") and str(value).startswith("/run/secrets/")
            assert told_as_file or not re.search("PASSWORD|SECRET|KEY", variable), f"{name}: {variable}"
            assert not re.search(r"://[^/]*:[^/]*@", str(value)), f"{name}: {variable}"


def test_only_the_three_pages_are_published_and_only_on_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"superset", "dagster-webserver", "mlflow"}
    ports = Settings(home=REPOSITORY, port_base=8700)
    expected = {"superset": "superset", "dagster-webserver": "dagster", "mlflow": "mlflow"}
    for name, (port,) in published.items():
        number = ports.port(expected[name])  # type: ignore[arg-type]
        assert default_of(port) == f"127.0.0.1:{number}:{number}"


def test_what_a_service_waits_for_exists_and_can_say_that_it_is_ready() -> None:
    for name, service in SERVICES.items():
        for other, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"
            else:
                assert wanted["condition"] == "service_completed_successfully"
                assert SERVICES[other].get("restart", "no") == "no", f"{other} would never be completed"


def test_volumes_are_declared() -> None:
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith("$")
    }
    assert named == set(FILE["volumes"])


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_every_path_that_an_image_copies_exists_and_is_not_ignored(path: Path) -> None:
    copied = [word for line in re.findall(r"^COPY (.+)$", path.read_text(), re.MULTILINE) for word in line.split()[:-1]]
    assert copied
    allowed = re.findall(r"^!(\S+)$", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE)
    for name in copied:
        assert (REPOSITORY / name).exists(), name
        assert name.split("/")[0] in allowed, name


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)
def test_an_image_makes_its_environment_with_the_code_and_the_locks_it_has(path: Path, tmp_path: Path) -> None:
    """Up to the first install: `environments.py` alone, as the Dockerfile copies it, finds all it needs."""
    text = path.read_text()
    for line in re.findall(r"^COPY (infra/lo.+)$", text, re.MULTILINE):
        *sources, target = line.split()
        (tmp_path / target).mkdir(parents=True, exist_ok=True)
        for source in sources:
            shutil.copy(REPOSITORY / source, tmp_path / target)
    (called,) = re.findall(r"python (-I infra/local/environments\.py --make \w+)", text)
    program = tmp_path / "infra" / "local" / "environments.py"
    only_said = "\ndef _run(*a, **k): print(a[0])\ndef _uv_environment(pip): return {}\n\nif __name__"
    program.write_text(program.read_text().replace("\nif __name__", only_said))
    result = subprocess.run(
        [sys.executable, *called.split()], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    name = called.split()[-1]
    asked = [word for word in ("venv", "install", "sync") if f"'{word}'" in result.stdout]
    assert asked == ["venv", "install", "sync"], result.stderr
    assert f"infra/locks/{name}.txt" in result.stdout, result.stderr


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker client")
def test_the_compose_client_accepts_the_file(tmp_path: Path) -> None:
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("the docker client here has no compose plugin")
    command = ["docker", "compose", "--file", str(REPOSITORY / "docker-compose.yaml"), "config"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
