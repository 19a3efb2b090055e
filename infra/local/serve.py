"""`python -m infra.local.serve NAME` becomes the service NAME: its files prepared, its secrets in its environment.

`--check` instead asks whether it is healthy (exit status 0 or 1): the containers' health check.
"""

import os
import sys

from infra.local.services import find
from infra.settings import Settings


def main(arguments: list[str]) -> None:
    name, *options = arguments or [""]
    settings, service = Settings(), find(name)
    if options == ["--check"]:
        sys.exit(0 if service.is_healthy(settings) else 1)
    if options:
        sys.exit(f"usage: python -m infra.local.serve {name} [--check]")
    service.prepare(settings)
    command = service.command(settings)
    marks = {name: value for name, value in os.environ.items() if name.startswith("LYRA_SERVICE")}
    os.chdir(settings.home)
    os.execve(command[0], command, {**service.environment(settings), **marks})


if __name__ == "__main__":
    main(sys.argv[1:])
