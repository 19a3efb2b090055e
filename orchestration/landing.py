"""The landing folder: which files are there, whole, and whether they changed since they were last looked at."""

import hashlib
import time
from pathlib import Path

SETTLED_SECONDS = 5
"""A file that was not written to for so long is whole: a copy over a network may pause, but not for longer."""

ENDINGS = (".csv", ".txt", ".parquet", ".csv.gz", ".txt.gz")


def settled_files(folder: Path, settled_seconds: float = SETTLED_SECONDS) -> list[Path]:
    """Files that are whole, in the order in which to load them: what describes customers and stores comes first."""
    if not folder.is_dir():
        return []
    newest = time.time() - settled_seconds
    found = [
        path
        for path in folder.rglob("*")
        if path.name.lower().endswith(ENDINGS) and not path.name.startswith(".") and path.stat().st_mtime <= newest
    ]
    return sorted(found, key=lambda path: (path.name.lower().startswith("transactions"), path.name))


def fingerprint(files: list[Path]) -> str:
    """Changes when a file is added, removed or written again; reads no file. Empty text for no file."""
    if not files:
        return ""
    seen = [f"{path}\0{path.stat().st_size}\0{path.stat().st_mtime_ns}" for path in sorted(files)]
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()
