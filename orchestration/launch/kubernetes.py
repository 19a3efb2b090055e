"""A training as a Kubernetes job: the files lie on a shared volume or in an object store, messages come by its log."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.trainer import Trainer
from ml_assets.train import store
from orchestration.launch.messages import Messages
from orchestration.launch.outcome import Ended

Files = Mapping[str, Path | bytes]

LONGEST = 24 * 3600
"""Seconds after which Kubernetes ends a job that nobody waits for any more."""


def train_in_a_job(
    trainer: Trainer, name: str, files: Files, environment: Mapping[str, str], messages: Messages
) -> Ended:
    """With `kubectl`, which knows the cluster from its own configuration."""
    job, address = f"lyra-training-{name}", f"{str(trainer.store).rstrip('/')}/lyra-training-{name}"
    own = {key: value for key, value in environment.items() if key not in SECRET}
    try:
        store.put(files, address)
        with _created(trainer, job, manifest(trainer, job, address, own)) as refused:
            return refused or _followed(trainer, job, messages)
    finally:
        store.remove(address)


SECRET = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
"""Never in a manifest, which whoever may look at jobs can read: `trainer.secret` has them."""


def manifest(trainer: Trainer, job: str, address: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The job, batch/v1. It starts once: another try is Dagster's to decide."""
    needs = {"cpu": str(trainer.threads), "memory": trainer.memory}
    gpus = {"nvidia.com/gpu": str(trainer.gpus)} if trainer.gpus else {}
    container: dict[str, Any] = {
        "name": "training",
        "image": trainer.image,
        "command": ["python", "-m", "ml_assets.train", address],
        "env": [{"name": key, "value": value} for key, value in sorted(environment.items())],
        "resources": {"requests": {**needs, **gpus}, "limits": {"memory": trainer.memory, **gpus}},
    }
    pod: dict[str, Any] = {"restartPolicy": "Never", "containers": [container]}
    if trainer.secret:
        container["envFrom"] = [{"secretRef": {"name": trainer.secret}}]
    if trainer.claim:
        container["volumeMounts"] = [{"name": "orders", "mountPath": urlsplit(str(trainer.store)).path}]
        pod["volumes"] = [{"name": "orders", "persistentVolumeClaim": {"claimName": trainer.claim}}]
    labels = {"app.kubernetes.io/name": "lyra", "app.kubernetes.io/component": "training"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": job, "namespace": trainer.namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": LONGEST,
            "ttlSecondsAfterFinished": 3600,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def how_it_ended(job: str, pods: list[Mapping[str, Any]]) -> Ended | None:
    """From the job's pods as Kubernetes describes them; None while the training runs.

    Lost are: no pod left, a pod that its node ended (eviction, preemption, shutdown), an exit by signal.
    """
    where = f"job {job}"
    if not pods:
        return Ended(where, -9, "its pod is gone", is_lost=True)
    status = pods[-1].get("status", {})
    if status.get("phase") not in ("Succeeded", "Failed"):
        return None
    disruptions = [c for c in status.get("conditions", ()) if c["type"] == "DisruptionTarget" and c["status"] == "True"]
    told = [status.get("reason"), status.get("message"), *(c.get("message") for c in disruptions)]
    finished = [s["state"]["terminated"] for s in status.get("containerStatuses", ()) if "terminated" in s["state"]]
    told += [finished[0].get("reason")] if finished and finished[0].get("reason") != "Error" else []
    is_lost = not finished or bool(disruptions) or status.get("reason") in ("Evicted", "Preempting", "NodeLost")
    return Ended(where, finished[0]["exitCode"] if finished else -9, "; ".join(filter(None, told)), is_lost)


@contextmanager
def _created(trainer: Trainer, job: str, described: Mapping[str, Any]) -> Iterator[Ended | None]:
    """The job until the block is left, however it is left. Yields how it ended where it could not be made."""
    made = _kubectl(trainer, "create", "-f", "-", given=json.dumps(described))
    if made.returncode:
        yield Ended("the Kubernetes cluster", made.returncode, made.stderr.strip(), is_lost=_is_away(made.stderr))
        return
    try:
        yield None
    finally:
        _kubectl(trainer, "delete", "job", job, "--ignore-not-found", "--cascade=background", "--wait=false")


def _followed(trainer: Trainer, job: str, messages: Messages) -> Ended:
    """Hand on each line of the job's log once, also where the log has to be asked for again."""
    taken = 0
    for _ in range(LONGEST // PAUSE):
        wait = f"--pod-running-timeout={trainer.start_minutes}m"
        command = _command(trainer, "logs", f"job/{job}", "--follow", wait)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as log:
            assert log.stdout
            try:
                for number, line in enumerate(log.stdout):
                    if number >= taken:
                        messages.take(line.rstrip("\n"))
                        taken += 1
            finally:
                log.terminate()
        found = _kubectl(trainer, "get", "pods", "--selector", f"job-name={job}", "--output", "json")
        if found.returncode:
            if not _is_away(found.stderr):
                return Ended(f"job {job}", found.returncode, found.stderr.strip())
        elif ended := how_it_ended(job, json.loads(found.stdout)["items"]):
            return ended
        elif log.returncode and not taken:
            return Ended(f"job {job}", -9, f"no machine took it within {trainer.start_minutes} minutes", is_lost=True)
        time.sleep(PAUSE)
    return Ended(f"job {job}", -9, "it took longer than a day", is_lost=True)


PAUSE = 5


def _is_away(error: str) -> bool:
    """Does kubectl say that the cluster does not answer, rather than that it refuses?"""
    return any(
        sign in error for sign in ("refused", "Unable to connect", "timeout", "timed out", "no such host", "EOF")
    )


def _kubectl(trainer: Trainer, *arguments: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        _command(trainer, *arguments), input=given, capture_output=True, text=True, check=False, timeout=120
    )
    sys.stderr.write(done.stderr)
    return done


def _command(trainer: Trainer, *arguments: str) -> list[str]:
    return ["kubectl", "--namespace", trainer.namespace, *arguments]
