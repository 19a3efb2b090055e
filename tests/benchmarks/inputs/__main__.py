"""`python -m tests.benchmarks.inputs`: every bad input into a throw-away cluster, and what became of each group."""

import shutil
import socket
import sys
import tempfile
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from infra.database.bootstrap import prepare
from infra.local.postgres import Cluster
from infra.settings import Settings
from tests.benchmarks.inputs.trial import Result, counts, try_inputs

OUTCOMES = ("loaded", "quarantined", "refused", "unknown", "failed", "skipped")


def main() -> int:
    home = Path(tempfile.mkdtemp(prefix="lyra-inputs-"))
    home.chmod(0o755)  # PostgreSQL runs as another user when the bench runs as root
    settings = Settings(home=home, port_base=_free_port(), database_url=None, secrets_dir=None)
    settings.secrets.generate_missing()
    server = Cluster(home / "postgres" / "data", settings.port("postgres"), settings.secrets["postgres_password"])
    server.start()
    try:
        prepare(settings)
        folder = home / "inputs"
        folder.mkdir()
        admin_url = settings.admin_url.rsplit("/", 1)[0] + "/warehouse"
        results = try_inputs(settings.url("warehouse"), folder, _tell, admin_url=admin_url)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    _print(results)
    return int(any(result.faults for result in results))


def _tell(result: Result, done: int, total: int) -> None:
    for fault in result.faults:
        print(
            f"{result.bad_input.group}, {result.bad_input.name}: {fault}\n    {result.message[:300]!r}", file=sys.stderr
        )
    if done % 100 == 0:
        print(f"{done} of {total}", file=sys.stderr)


def _print(results: list[Result]) -> None:
    columns = ("tried", *OUTCOMES, "faulty")
    table = Table("group", *columns, box=box.MARKDOWN)
    for group, found in counts(results).items():
        table.add_row(group, *(str(found[column] or "") for column in columns))
    table.add_section()
    table.add_row("all", *(str(sum(found[column] for found in counts(results).values())) for column in columns))
    Console(width=140).print(table)


def _free_port() -> int:
    """A base from which the fourth port, PostgreSQL's, is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1]) - 3


if __name__ == "__main__":
    sys.exit(main())
