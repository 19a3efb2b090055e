"""What this installation has already done: one small JSON file, so that a second `./lyra up` redoes nothing."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass
class State:
    """Each value is written only after its work was finished."""

    source: dict[str, Any] = field(default_factory=dict)
    """Which source this home holds: {"kind", "size" or "folder", "digest"}."""
    loaded: str = ""
    """Digest of the source that the pipeline went through with."""
    wanted: list[str] = field(default_factory=list)
    """Services that `up` started and `down` has not stopped."""

    @classmethod
    def read(cls, home: Path) -> "State":
        """An absent or broken file is an empty state: everything is then done again, which is safe."""
        try:
            said = json.loads((home / "state.json").read_text())
            return cls(**{name: said[name] for name in (f.name for f in fields(cls)) if name in said})
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, home: Path) -> None:
        partial = home / ".state.json"
        partial.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False))
        partial.replace(home / "state.json")
