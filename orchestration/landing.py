"""The landing folder: which deliveries are there, whole, and whether they changed since they were last looked at."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.ingest.control import SUCCESS, SUFFIX, control_file
from infra.ingest.source_format import SourceFormat, read_bank, read_source
from infra.local.state import State

SETTLED_SECONDS = 5
"""A file that was not written to for so long is whole: a copy over a network may pause, but not for longer."""

ENDINGS = tuple(f"{kind}{packed}" for kind in (".csv", ".txt", ".tsv", ".parquet") for packed in ("", ".gz", ".zst"))
BEING_WRITTEN = "the end of its being written"
BANK_SETTINGS, SOURCE_SETTINGS = "bank.toml", "source.toml"


@dataclass(frozen=True)
class Delivery:
    """A file, or a folder of files that belong together, and the source that it comes from."""

    path: Path
    source: SourceFormat


@dataclass
class Landing:
    """What lies in the landing folder."""

    whole: list[Delivery] = field(default_factory=list)
    """In the order in which to load them: what describes customers and stores comes first."""
    waiting: dict[Path, str] = field(default_factory=dict)
    """Deliveries that are not whole yet, with what they wait for."""
    ignored: dict[Path, str] = field(default_factory=dict)
    """What is not loaded at all, and why."""


def look_into(folder: Path, settled_seconds: float = SETTLED_SECONDS) -> Landing:
    """Deliveries of the bank itself lie in the folder, those of another source in a folder with its `source.toml`.

    Raises BankFileWrong.
    """
    found = Landing()
    if not folder.is_dir():
        return found
    _gather(folder, _of_the_bank(folder, ()), settled_seconds, found)
    found.whole.sort(key=lambda delivery: (delivery.path.name.lower().startswith("transactions"), delivery.path.name))
    return found


def source_of(path: Path, landing: Path) -> SourceFormat:
    """The source that a file belongs to by its place: the nearest folder above it with settings, else the bank."""
    above = path.absolute().parents
    bank = _of_the_bank(landing, above)
    inside = next((folder for folder in above if (folder / SOURCE_SETTINGS).exists()), None)
    return read_source(inside / SOURCE_SETTINGS, bank) if inside else bank


def _of_the_bank(landing: Path, above: Sequence[Path]) -> SourceFormat:
    """From the bank.toml above a file, else of the landing folder, else of the folder that `lyra up` began with."""
    begun_with = State.read(landing.parent).source.get("folder")
    places = [*above, landing, *([Path(begun_with)] if begun_with else [])]
    settings = next((folder / BANK_SETTINGS for folder in places if (folder / BANK_SETTINGS).exists()), None)
    return read_bank(settings)[1] if settings else SourceFormat()


def _gather(folder: Path, source: SourceFormat, settled_seconds: float, found: Landing) -> None:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.is_symlink():
            found.ignored[path] = "a link: put the file itself here"
        elif path.is_dir():
            if (path / SOURCE_SETTINGS).exists():
                _gather(path, read_source(path / SOURCE_SETTINGS, source), settled_seconds, found)
            elif (path / SUCCESS).exists():
                _add(Delivery(path, source), settled_seconds, found)
            else:
                _gather(path, source, settled_seconds, found)
        elif path.name.lower().endswith(ENDINGS):
            _add(Delivery(path, source), settled_seconds, found)
        elif path.suffix not in (SUFFIX, ".toml"):
            found.ignored[path] = f"its ending is none of {', '.join(ENDINGS)}"


def _add(delivery: Delivery, settled_seconds: float, found: Landing) -> None:
    path, source = delivery.path, delivery.source
    newest = time.time() - settled_seconds
    if any(file.stat().st_mtime > newest for file in files_of(delivery)):
        found.waiting[path] = BEING_WRITTEN
    elif path.is_file() and source.waits_for_success and not (path.parent / SUCCESS).exists():
        found.waiting[path] = f"{SUCCESS} in its folder"
    elif path.is_file() and source.control == "required" and not control_file(path).exists():
        found.waiting[path] = f"its control file {control_file(path).name}"
    else:
        found.whole.append(delivery)


def files_of(delivery: Delivery) -> Iterator[Path]:
    """The data files, and the control files beside them: either may be mended."""
    path = delivery.path
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    yield from files
    if not path.is_dir() and control_file(path).exists():
        yield control_file(path)


def fingerprint(deliveries: Sequence[Delivery]) -> str:
    """Changes when a file is added, removed or written again; reads no file. Empty text for no file."""
    files = sorted(file for delivery in deliveries for file in files_of(delivery))
    if not files:
        return ""
    seen = [f"{path}\0{path.stat().st_size}\0{path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(seen).encode("utf-8", "surrogateescape")).hexdigest()
