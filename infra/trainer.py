"""On which machine models are trained, and with what of it: `LYRA_TRAINER` and `LYRA_TRAINER_*`."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Trainer(BaseSettings):
    """Unset, a process of its own on this machine. No secret is here: see `secret` and docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="LYRA_TRAINER_", extra="ignore", env_ignore_empty=True)

    launcher: Literal["subprocess", "ssh", "kubernetes"] = Field("subprocess", validation_alias="LYRA_TRAINER")
    threads: int = Field(2, ge=1)
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """In which the encoder learns. It is measured and served in float32 whatever it learnt in."""
    batch_size: int = Field(128, ge=1)
    """Sequences that the encoder learns from at once."""
    epochs: int = Field(16, ge=1)
    """Over its training sequences, at most; fewer make a quick and less exact encoder."""
    mlflow_url: str | None = None
    """Where that machine reaches MLflow. Unset: over ssh through a tunnel, else where this process does."""
    retries: int = Field(2, ge=0)
    """How often a training is started again after its machine was lost."""
    retry_seconds: float = Field(60, ge=0)

    host: str | None = None
    """ssh: `name` or `user@name`; port, key and the rest as ssh's own configuration has them."""
    ssh_config: Path | None = None
    python: str = "python3"
    """ssh: a Python 3.11 or newer there with the packages of infra/locks/pipeline.txt."""
    folder: str | None = None
    """ssh: where files lie while a training runs; that machine's folder for temporary files unless said."""

    image: str = "lyra-pipeline"
    namespace: str = "default"
    gpus: int = Field(1, ge=0)
    memory: str = "8Gi"
    store: str | None = None
    """Kubernetes: where this process leaves the work order: file:///PATH of a shared volume, or s3://BUCKET/PATH."""
    claim: str | None = None
    """Kubernetes: the PersistentVolumeClaim that is mounted at `store`'s path, where that is a file:// address."""
    secret: str | None = None
    """Kubernetes: the Secret whose entries become the job's environment (MLFLOW_TRACKING_USERNAME, …_PASSWORD)."""
    start_minutes: int = Field(30, ge=1)
    """Kubernetes: how long a job may wait for a machine."""

    @model_validator(mode="after")
    def _what_the_launcher_needs(self) -> Self:
        if self.launcher == "ssh" and not self.host:
            raise ValueError("LYRA_TRAINER=ssh needs LYRA_TRAINER_HOST: the machine that trains, as ssh knows it")
        if self.launcher == "kubernetes" and not self.store:
            raise ValueError(
                "LYRA_TRAINER=kubernetes needs LYRA_TRAINER_STORE: file:///PATH of a volume that the job shares "
                "(with LYRA_TRAINER_CLAIM), or an object store's address"
            )
        return self
