"""A work order: which question, from which tables, with which options. A folder with order.json and NAME.parquet."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ml_assets.errors import BadInput, SnapshotDamaged

FILE = "order.json"
Config = TypeVar("Config")


@dataclass(frozen=True)
class Order:
    """What is sent to the machine that trains; no secret is in it."""

    question: str
    """Name of the registered model."""
    as_of: date
    tables: Mapping[str, str]
    """SHA-256 of each table's file by the table's name."""
    check: str
    """Name of the asset check that is told whether the result is sound."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the question's configuration that differ from its defaults."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    """Of learners, by dotted name, as a tuning found them."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """For every MLflow run."""
    deployed_by: str = "dagster"

    def as_json(self) -> bytes:
        return json.dumps({**asdict(self), "as_of": self.as_of.isoformat()}, indent=1).encode()

    @classmethod
    def read(cls, folder: Path) -> "Order":
        saved = json.loads((folder / FILE).read_text())
        return cls(**{**saved, "as_of": date.fromisoformat(saved["as_of"])})

    def sound_tables(self, folder: Path) -> dict[str, Path]:
        """The tables' files, once each is found to be what was sent. Raises SnapshotDamaged."""
        found = {name: folder / f"{name}.parquet" for name in self.tables}
        for name, path in found.items():
            if not path.is_file():
                raise SnapshotDamaged(f"{path.name} did not arrive: order the training again.")
            if (arrived := checksum(path)) != self.tables[name]:
                raise SnapshotDamaged(
                    f"{path.name} was damaged on its way: its SHA-256 is {arrived}, the order says "
                    f"{self.tables[name]}. Nothing was learnt; order the training again."
                )
        return found


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def chosen(config: Config, options: Mapping[str, Any]) -> Config:
    """The configuration with what the options say; a mapping says it of a part. Raises BadInput for an unknown name."""
    known = {each.name for each in fields(config)}  # type: ignore[arg-type]  # every configuration is a dataclass
    if unknown := sorted(options.keys() - known):
        raise BadInput(f"{type(config).__name__} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
    values = {}
    for name, value in options.items():
        part = getattr(config, name)
        values[name] = chosen(part, value) if is_dataclass(part) else tuple(value) if isinstance(part, tuple) else value
    return replace(config, **values)  # type: ignore[type-var]
