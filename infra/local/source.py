"""Which bank a home holds: the sample bank in one of its sizes, the public completejourney baskets, or a folder.

`python -m infra.local.source KIND NAME FOLDER` makes a source folder; it appears whole or not at all.
"""

import hashlib
import json
import shutil
import sys
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


class SourceRefused(ValueError):
    """The source cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Source:
    """`folder` is where its files are, or will be once made."""

    kind: Literal["sample", "completejourney", "folder"]
    name: str
    folder: str

    @classmethod
    def chosen(cls, home: Path, sample: str | None, source: str | None) -> "Source":
        """From the options of `up`. Raises SourceRefused."""
        if source and sample:
            raise SourceRefused("Give --sample for the sample bank or --source for another one, not both.")
        if not source:
            name = sample or "demo"
            return cls("sample", name, str(home / "source" / f"sample-{name}"))
        if source == "completejourney":
            return cls("completejourney", source, str(home / "source" / source))
        folder = Path(source).expanduser().resolve()
        if not folder.is_dir():
            raise SourceRefused(
                f"--source: {folder} is no folder. Give `completejourney` or a folder of the bank's files."
            )
        if not (folder / "bank.toml").is_file() or not (folder / "transactions").is_dir():
            raise SourceRefused(
                f"--source: {folder} has no bank.toml or no transactions/. "
                "What a source folder holds is in docs/data-contract.md."
            )
        return cls("folder", folder.name, str(folder))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_made(self) -> bool:
        return (Path(self.folder) / "bank.toml").is_file()

    def digest(self) -> str:
        """Changes when a file is added, removed or touched; reads no file."""
        folder = Path(self.folder)
        listing = [
            (str(path.relative_to(folder)), path.stat().st_size, path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "truth" not in path.relative_to(folder).parts
        ]
        return hashlib.sha256(json.dumps([asdict(self), listing]).encode()).hexdigest()

    def bank(self) -> dict[str, Any]:
        """What the dashboards say about the bank: name_en, name_ru, currency_code, is_synthetic."""
        said = tomllib.loads((Path(self.folder) / "bank.toml").read_text(encoding="utf-8"))
        try:
            return {name: said[name] for name in ("name_en", "name_ru", "currency_code", "is_synthetic")}
        except KeyError as error:
            raise SourceRefused(f"{self.folder}/bank.toml lacks {error}.") from error


def make(kind: str, name: str, folder: Path) -> None:
    """Make the source folder; a kill leaves nothing half-made in its place. Progress goes to stdout."""
    shutil.rmtree(folder, ignore_errors=True)
    if kind == "sample":
        from infra.sample_bank import make_sample_bank

        make_sample_bank(folder, name, on_progress=lambda step, share: print(f"{step}, {share:.0%}", flush=True))
        return
    from infra.adapters.completejourney import make_source

    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    make_source(partial)
    partial.rename(folder)


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
