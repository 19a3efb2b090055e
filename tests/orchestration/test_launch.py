"""A training on another machine: a real ssh server on this one, real processes, real Dagster runs."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import dagster as dg
import mlflow
import psutil
import pytest

from infra.trainer import Trainer
from ml_assets.train.order import Order, checksum
from orchestration.launch import launch
from tests.ml_assets.little_bank import AS_OF, made_events

SSHD = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")
needs_sshd = pytest.mark.skipif(SSHD is None, reason="no ssh server is installed here (Debian: openssh-server)")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainer]:
    """An ssh server of this user's own, on a free port; its folder for trainings is empty."""
    home = tmp_path_factory.mktemp("machine")
    for key in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / key)]
        subprocess.run(command, check=True)
    shutil.copy(home / "user.pub", home / "authorized")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (home / "known").write_text(f"[127.0.0.1]:{port} {(home / 'host.pub').read_text()}")
    (home / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host\nAuthorizedKeysFile {home}/authorized\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nPidFile none\n"
    )
    (home / "ssh_config").write_text(
        f"Host gpu\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n IdentityFile {home}/user\n"
        f" IdentitiesOnly yes\n UserKnownHostsFile {home}/known\n StrictHostKeyChecking yes\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it of root
    server = subprocess.Popen([str(SSHD), "-D", "-f", str(home / "sshd_config")])
    try:
        _wait(lambda: _answers(port))
        yield Trainer(
            LYRA_TRAINER="ssh", host="gpu", ssh_config=home / "ssh_config", python=sys.executable,
            folder=str(home / "trainings"), retry_seconds=0,
        )  # fmt: skip
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def order(tmp_path: Path) -> tuple[Order, dict[str, Path]]:
    path = tmp_path / "customer_events.parquet"
    made_events().to_parquet(path)
    digests = {"customer_events": checksum(path)}
    return Order("segments", AS_OF, digests, "gate", {"subsamples": 2, "counts": [3]}), {"customer_events": path}


def trained(trainer: Trainer, order: Order, tables: dict[str, Path]) -> tuple[dg.ExecuteInProcessResult, list[Any]]:
    """A run of Dagster whose one asset is trained there; and what the training sent beside it."""
    sent: list[Any] = []

    @dg.asset(check_specs=[dg.AssetCheckSpec("gate", asset="model")])
    def model(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        done = launch(context, trainer, order, tables)
        sent.extend(done.get_custom_messages())
        return done.get_materialize_result()

    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([model], instance=instance, raise_on_error=False), sent


def why(result: dg.ExecuteInProcessResult) -> str:
    """The innermost reason of the failed step."""
    (failure,) = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]
    error = failure.step_failure_data.error
    while error is not None and error.cause:
        error = error.cause
    return error.message if error else ""


def retries(result: dg.ExecuteInProcessResult) -> int:
    return sum(event.event_type == dg.DagsterEventType.STEP_UP_FOR_RETRY for event in result.all_events)


def trainings(trainer: Trainer) -> list[psutil.Process]:
    """Processes that train in the machine's folder: their last argument is a folder in it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or [""]
        if line[-1].startswith(str(trainer.folder)) and "ml_assets.train" in line:
            found.append(process)
    return found


def left_over(trainer: Trainer) -> list[Any]:
    return [*trainings(trainer), *Path(str(trainer.folder)).glob("*")]


@pytest.fixture
def each_training(machine: Trainer) -> Iterator[Callable[[Callable[[psutil.Process], None]], None]]:
    """Do something to each training once, as soon as it is seen."""
    over, threads = Event(), []

    def watch(do: Callable[[psutil.Process], None]) -> None:
        def look() -> None:
            seen = set()
            while not over.wait(0.05):
                for process in trainings(machine):
                    if process.pid not in seen:
                        seen.add(process.pid)
                        do(process)

        threads.append(Thread(target=look, daemon=True))
        threads[-1].start()

    yield watch
    over.set()
    for thread in threads:
        thread.join()


@needs_sshd
def test_a_training_over_ssh_answers_as_one_here_and_leaves_nothing_there(
    machine: Trainer, order: tuple[Order, dict[str, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("LYRA_PG_PASSWORD", "not-for-a-training")
    client = mlflow.MlflowClient(uri)
    client.create_experiment("segments", artifact_location=(tmp_path / "artifacts").as_uri())
    result, sent = trained(machine, *order)
    assert result.success, why(result)
    deployed = sent[0]["deployments"][0]
    champion = client.get_model_version_by_alias("segments", "champion")
    assert (deployed["model_name"], deployed["model_version"]) == ("segments", int(champion.version))
    assert len(sent[0]["stories"]) == 3
    (materialized,) = result.asset_materializations_for_node("model")
    assert materialized.metadata["as_of"].value == AS_OF.isoformat()
    (check,) = result.get_asset_check_evaluations()
    assert check.metadata["reason"].value == materialized.metadata["reason"].value
    assert left_over(machine) == []


@needs_sshd
def test_a_table_that_was_damaged_on_its_way_is_refused_at_once(
    machine: Trainer, order: tuple[Order, dict[str, Path]]
) -> None:
    _, tables = order
    path = tables["customer_events"]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    result, sent = trained(machine, *order)
    assert "customer_events.parquet was damaged on its way" in why(result)
    assert (retries(result), sent, left_over(machine)) == (0, [], [])


@needs_sshd
def test_a_machine_that_loses_the_training_is_tried_again_and_then_fails_with_the_reason(
    machine: Trainer, order: tuple[Order, dict[str, Path]], each_training: Any
) -> None:
    each_training(lambda process: process.kill())
    result, sent = trained(machine, *order)
    assert not result.success
    assert retries(result) == 2
    assert "The machine that trains was lost" in why(result)
    assert "SIGKILL" in why(result)
    assert (sent, left_over(machine)) == ([], [])


@needs_sshd
def test_a_broken_connection_is_a_lost_machine_and_ends_the_training_there(
    machine: Trainer, order: tuple[Order, dict[str, Path]], each_training: Any
) -> None:
    def cut(training: psutil.Process) -> None:
        """End sshd's process for this connection, as a pulled cable ends it in time."""
        session = next(parent for parent in training.parents() if parent.name().startswith("sshd"))
        session.kill()

    each_training(cut)
    result, _ = trained(machine.model_copy(update={"retries": 0}), *order)
    assert "The machine that trains was lost: the training on gpu ended" in why(result)
    _wait(lambda: left_over(machine) == [])


@needs_sshd
def test_a_cancelled_run_ends_the_training_there_and_removes_its_files(
    machine: Trainer, order: tuple[Order, dict[str, Path]], each_training: Any
) -> None:
    each_training(lambda process: os.kill(os.getpid(), signal.SIGINT))
    result, sent = trained(machine, *order)
    (failure,) = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_FAILURE]
    assert failure.step_failure_data.error.cls_name == "DagsterExecutionInterruptedError"
    assert (retries(result), sent, left_over(machine)) == (0, [], [])


def test_a_machine_that_nobody_answers_for_is_lost(order: tuple[Order, dict[str, Path]], tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        (tmp_path / "config").write_text(f"Host gpu\n HostName 127.0.0.1\n Port {probe.getsockname()[1]}\n")
    away = Trainer(LYRA_TRAINER="ssh", host="gpu", ssh_config=tmp_path / "config", retries=1, retry_seconds=0)
    result, _ = trained(away, *order)
    assert retries(result) == 1
    assert "Connection refused" in why(result)


def test_an_error_of_a_training_here_is_not_tried_again(
    order: tuple[Order, dict[str, Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYRA_HOME", str(tmp_path))
    result, _ = trained(Trainer(), order[0], {})
    assert retries(result) == 0
    assert "customer_events.parquet did not arrive" in why(result)
    assert list((tmp_path / "training").iterdir()) == []


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(done: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)
