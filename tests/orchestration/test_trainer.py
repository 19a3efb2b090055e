"""How a training is configured, described to Kubernetes and judged: no machine is needed for these."""

import fcntl
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra.trainer import Trainer
from ml_assets.demand import DemandConfig
from ml_assets.errors import BadInput
from ml_assets.retention import ContestConfig
from ml_assets.train import host, store
from ml_assets.train.order import chosen
from orchestration.launch.kubernetes import how_it_ended, manifest
from orchestration.launch.messages import Messages
from orchestration.launch.outcome import Ended, TrainerLost, TrainingFailed, judge
from orchestration.launch.process import ssh_command

CLUSTER = Trainer(
    LYRA_TRAINER="kubernetes", store="file:///var/lib/lyra-training", claim="lyra-training", secret="lyra-mlflow",
    namespace="models", image="registry.bank/lyra:7", gpus=2, threads=8,
)  # fmt: skip
MLFLOW = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:8702", "MLFLOW_TRACKING_PASSWORD": "hidden"}


def test_a_job_asks_for_its_gpus_and_mounts_the_volume_of_the_order() -> None:
    job = manifest(
        CLUSTER, "lyra-training-demand-1", "file:///var/lib/lyra-training/lyra-training-demand-1", {"A": "1"}
    )
    assert (job["apiVersion"], job["kind"], job["metadata"]["namespace"]) == ("batch/v1", "Job", "models")
    assert job["spec"]["backoffLimit"] == 0, "another try is Dagster's"
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "2"
    assert container["resources"]["requests"]["nvidia.com/gpu"] == "2", "GPUs are requested as they are limited"
    assert container["command"][-1] == "file:///var/lib/lyra-training/lyra-training-demand-1"
    assert container["envFrom"] == [{"secretRef": {"name": "lyra-mlflow"}}]
    (mounted,), (volume,) = container["volumeMounts"], pod["volumes"]
    assert mounted["mountPath"] == "/var/lib/lyra-training"
    assert (mounted["name"], volume["persistentVolumeClaim"]["claimName"]) == (volume["name"], "lyra-training")


def test_a_job_on_a_machine_without_gpu_asks_for_none() -> None:
    cluster = CLUSTER.model_copy(update={"gpus": 0, "claim": None, "store": "s3://models/orders"})
    job = manifest(cluster, "a", "s3://models/orders/a", {})
    assert "nvidia.com/gpu" not in str(job)
    assert "volumes" not in job["spec"]["template"]["spec"]


def terminated(code: int, reason: str = "Error") -> dict[str, Any]:
    return {"containerStatuses": [{"state": {"terminated": {"exitCode": code, "reason": reason}}}]}


EVICTED = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
PREEMPTED = {
    "phase": "Failed",
    "conditions": [{"type": "DisruptionTarget", "status": "True", "message": "preempted by a higher priority"}],
    **terminated(143),
}


@pytest.mark.parametrize(
    ("pods", "told"),
    [
        ([], "its pod is gone"),
        ([{"status": EVICTED}], "Evicted; The node was low on resource: memory."),
        ([{"status": PREEMPTED}], "preempted by a higher priority"),
        ([{"status": {"phase": "Failed", **terminated(137, "OOMKilled")}}], "OOMKilled"),
    ],
)
def test_a_job_that_its_machine_ended_is_lost(pods: list[Any], told: str) -> None:
    ended = how_it_ended("a", pods)
    assert ended is not None
    with pytest.raises(TrainerLost, match=told):
        judge(ended, Messages())


def test_a_job_whose_program_failed_is_not_lost_and_one_that_runs_has_not_ended() -> None:
    ended = how_it_ended("a", [{"status": {"phase": "Failed", **terminated(1)}}])
    assert ended is not None
    with pytest.raises(TrainingFailed, match="exit status 1"):
        judge(ended, Messages())
    assert how_it_ended("a", [{"status": {"phase": "Running"}}]) is None


def test_an_answer_counts_whatever_came_after_it_and_an_own_error_is_told() -> None:
    answered, broken = Messages(), Messages()
    answered.is_answered = True
    judge(Ended("gpu", 255), answered)
    broken.error = ("HistoryTooShort", "Revenue spans 3 days")
    with pytest.raises(TrainingFailed, match="Revenue spans 3 days"):
        judge(Ended("gpu", 255), broken)


def test_an_order_that_lies_on_a_shared_volume_arrives_whole_and_is_removed(tmp_path: Path) -> None:
    table, address = tmp_path / "table.parquet", (tmp_path / "volume" / "one").as_uri()
    table.write_bytes(b"\0rows" * 1000)
    store.put({"order.json": b"{}", "table.parquet": table}, address)
    with store.fetched(address) as folder:
        assert {path.name for path in folder.iterdir()} == {"order.json", "table.parquet"}
        assert (folder / "table.parquet").read_bytes() == table.read_bytes()
    store.remove(address)
    store.remove(address)
    assert list((tmp_path / "volume").iterdir()) == []


def test_what_a_power_cut_left_behind_is_removed_and_a_living_training_is_not(tmp_path: Path) -> None:
    dead, alive = (tmp_path / f"{host.PREFIX}{name}" for name in ("dead", "alive"))
    for folder in (dead, alive):
        folder.mkdir()
        os.utime(folder, (0, 0))
    lock = os.open(alive, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        host.remove_abandoned(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [alive.name]
    finally:
        os.close(lock)


def test_an_order_that_was_cut_off_on_its_way_is_not_begun(tmp_path: Path) -> None:
    header = {"folder": str(tmp_path), "environment": {}, "program": ["-c", "1"], "files": [["order.json", 10]]}
    stream = io.BytesIO(json.dumps(header).encode() + b"\nhalf")
    assert host.main(stream) == host.CUT_OFF
    assert list(tmp_path.iterdir()) == []


def test_no_secret_is_on_ssh_s_command_line_and_mlflow_is_reached_through_it() -> None:
    there = Trainer(LYRA_TRAINER="ssh", host="gpu")
    command = ssh_command(there, MLFLOW)
    assert "127.0.0.1:8702:127.0.0.1:8702" in command
    assert "hidden" not in " ".join(command)
    known = there.model_copy(update={"mlflow_url": "https://mlflow.bank"})
    assert "-R" not in ssh_command(known, {**MLFLOW, "MLFLOW_TRACKING_URI": "https://mlflow.bank"})


def test_an_order_chooses_of_a_configuration_what_it_has() -> None:
    config = chosen(ContestConfig(), {"contenders": ["recency"], "encoder": {"batch_size": 1024}})
    assert (config.contenders, config.encoder.batch_size) == (("recency",), 1024)
    assert config.encoder.return_weight == ContestConfig().encoder.return_weight
    with pytest.raises(BadInput, match="DemandConfig has no encoder"):
        chosen(DemandConfig(), {"encoder": {}})


@pytest.mark.parametrize(("launcher", "missing"), [("ssh", "LYRA_TRAINER_HOST"), ("kubernetes", "LYRA_TRAINER_STORE")])
def test_a_launcher_without_what_it_needs_says_so(monkeypatch: pytest.MonkeyPatch, launcher: str, missing: str) -> None:
    monkeypatch.setenv("LYRA_TRAINER", launcher)
    with pytest.raises(ValidationError, match=missing):
        Trainer()


def test_the_trainer_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYRA_TRAINER_PRECISION", "mixed_bfloat16")
    monkeypatch.setenv("LYRA_TRAINER_BATCH_SIZE", "1024")
    monkeypatch.setenv("LYRA_TRAINER_HOST", "")
    assert (Trainer().launcher, Trainer().host) == ("subprocess", None)
    monkeypatch.setenv("LYRA_TRAINER_EPOCHS", "3")
    assert (Trainer().precision, Trainer().batch_size, Trainer().epochs) == ("mixed_bfloat16", 1024, 3)
