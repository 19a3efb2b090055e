"""`python -m infra.local.specification` writes what Superset's own container is to be provisioned with.

It holds passwords: the file has mode 600, in a folder that only the two containers share.
"""

import json
import os
import sys

from infra import tenants
from infra.settings import Settings


class NoPlace(RuntimeError):
    """LYRA_SUPERSET_SPECIFICATION is not set."""


def write_specification(settings: Settings, new_passwords: dict[str, str]) -> None:
    """Replace the file. Raises NoPlace."""
    path = settings.superset_specification
    if path is None:
        raise NoPlace("Set LYRA_SUPERSET_SPECIFICATION to the file that Superset's container reads.")
    specification = tenants.superset_specification(settings, tenants.bank_of(settings), new_passwords)
    partial = path.with_name(f".{path.name}.partial")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(specification, file, ensure_ascii=False)
    partial.replace(path)


if __name__ == "__main__":
    try:
        write_specification(Settings(), {})
    except NoPlace as error:
        sys.exit(str(error))
