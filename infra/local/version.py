"""What a running service was started from: when code, locks or settings have changed since, `up` starts it anew."""

import hashlib
import json

from infra.local.environment import lyra, trainer
from infra.local.services import Service
from infra.settings import REPOSITORY, Settings

READ = {".py", ".sql", ".yml", ".yaml", ".txt", ".csv", ".toml"}


def version_of(service: Service, settings: Settings) -> str:
    """A digest of the service's command, the settings, and the files that it runs; looks at dates, reads no file."""
    listing = []
    for name in service.code:
        root = REPOSITORY / name
        for path in sorted([root] if root.is_file() else root.rglob("*")):
            if path.suffix in READ and path.is_file():
                seen = path.stat()
                listing.append([str(path.relative_to(REPOSITORY)), seen.st_size, seen.st_mtime_ns])
    said = [service.command(settings), lyra(settings), trainer(), listing]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
