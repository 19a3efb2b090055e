"""The dbt manifest that Dagster's assets are made of: parsed once, parsed again when the dbt project changed.

It lives in LYRA_HOME, so that several installations can share one checkout, and is replaced in one step, so that
several processes may ask for it at once. `python -m orchestration.manifest` makes it ahead of time.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.settings import REPOSITORY, Settings

PROJECT = REPOSITORY / "dbt_project"
DBT = Path(sys.executable).parent / "dbt"


class DbtDoesNotParse(RuntimeError):
    """The dbt project is broken; the message holds what dbt said."""


def target_folder(settings: Settings) -> Path:
    """Where dbt keeps its manifest and writes its results, a folder an invocation."""
    return settings.home / "dbt" / "target"


def prepared_manifest(settings: Settings) -> Path:
    """Path of a manifest that describes the dbt project as it is now; runs `dbt parse` (4 s) only when it must."""
    folder = target_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    manifest, fingerprint = folder / "manifest.json", folder / "fingerprint"
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = _fingerprint()
        if not (manifest.exists() and fingerprint.exists() and fingerprint.read_text() == wanted):
            _parse(folder)
            fingerprint.write_text(wanted)
    return manifest


def _fingerprint() -> str:
    """Changes with every file that dbt reads and with the project's place, which the manifest holds too."""
    digest = hashlib.sha256(str(PROJECT).encode())
    for path in sorted(PROJECT.rglob("*")):
        if path.suffix in {".sql", ".yml", ".csv", ".md"} and not {"target", "logs"} & set(path.parts):
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _parse(folder: Path) -> None:
    half = folder.parent / f".parse-{os.getpid()}"
    result = subprocess.run(
        [str(DBT), "parse", "--target", "warehouse", "--no-partial-parse"],
        cwd=PROJECT,
        env={
            **os.environ,
            "DBT_TARGET_PATH": str(half),
            "DBT_LOG_PATH": str(half),
            "DBT_PROJECT_DIR": str(PROJECT),
            "DBT_PROFILES_DIR": str(PROJECT),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        if result.returncode != 0:
            raise DbtDoesNotParse(f"`dbt parse` failed in {PROJECT}:\n{result.stdout}{result.stderr}".strip())
        for name in ("partial_parse.msgpack", "manifest.json"):
            (half / name).replace(folder / name)
    finally:
        shutil.rmtree(half, ignore_errors=True)


if __name__ == "__main__":
    print(prepared_manifest(Settings()))
