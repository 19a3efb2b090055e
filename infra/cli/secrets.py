"""`lyra secrets DIR`: a folder of generated secrets, for docker compose or another deployment."""

from pathlib import Path
from typing import Annotated

import typer

from infra.settings import SECRET_NAMES, Secrets


def secrets(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if missing; secrets already there are kept.")],
) -> None:
    """Write a random value for each secret that DIR lacks: one file a secret, for docker compose."""
    present = {name for name in SECRET_NAMES if (folder / name).exists()}
    Secrets(folder).generate_missing()
    folder.chmod(0o700)
    for name in SECRET_NAMES:
        (folder / name).chmod(0o444)  # compose mounts each file as it is, and containers run as other users than we
    print(f"{len(SECRET_NAMES) - len(present)} secrets written to {folder}, {len(present)} were there.")
