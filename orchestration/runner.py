"""The pipeline as a command: the jobs that are due, in this process, as runs that Dagster's pages show.

    python -m orchestration.runner up --source DIR | load [--again] FILE… | status | run [options]
    options: --source DIR | --landing, --date D | --from A --to B, --train | --no-train, --only-serving

Each thing that happens is a line of JSON on stdout: event (run, step, progress), step, status (started, done, failed),
seconds, detail. Exit status 1 after a failed step.
"""

import argparse
import json
import sys
from datetime import date
from typing import Any

import psycopg

from orchestration.resources import COMMAND_LOCK, warehouse_dsn


def main(arguments: list[str]) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if bool(options.first) != bool(options.last) or (options.date and options.first):
        parser.error("give --date, or --from and --to together")
    if options.command == "status":
        from orchestration.status import status

        print(json.dumps(status(), ensure_ascii=False))
        return 0
    with psycopg.connect(warehouse_dsn(), autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [COMMAND_LOCK])
        return _run(options, connection)


def _run(options: argparse.Namespace, connection: psycopg.Connection) -> int:
    # Dagster and dbt's manifest take seconds to load: `status` need not wait for them.
    from orchestration import plan
    from orchestration.execution import Execution
    from orchestration.partitions import DaysOutsideHistory, Window

    execution = Execution.begin()
    if (to_load := _files_to_load(options)) is not None and not execution.run(
        "ingest", config={"landed_files": to_load}
    ):
        return 1
    if options.only_serving:
        due = [plan.Due("republish", d.window) for d in plan.newest_day_again(connection)]
    elif options.first or options.date:
        first, last = options.first or options.date, options.last or options.date
        due = plan.chosen_days(connection, Window.of_days(first, last), options.train)
    else:
        due = plan.what_is_due(connection, options.train)
        if not due and (options.train or options.command == "run"):
            due = plan.newest_day_again(connection, options.train)
    try:
        for each in due:
            each.window.as_run_tags()
    except DaysOutsideHistory as error:
        execution.say("run", "pipeline", "failed", detail=str(error))
        return 1
    if not due:
        execution.say("run", "pipeline", "done", detail="the last release holds everything that is loaded")
    return 0 if all(execution.run(each.job, each.window) for each in due) else 1


def _files_to_load(options: argparse.Namespace) -> dict[str, Any] | None:
    if options.source:
        return {"source": options.source}
    if options.files:
        return {"files": options.files, "again": options.again}
    return {} if options.landing else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m orchestration.runner", description=__doc__)
    parser.set_defaults(
        source=None, files=None, landing=False, date=None, first=None, last=None, only_serving=False, train=None
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status")
    commands.add_parser("up").add_argument("--source", required=True)
    load = commands.add_parser("load")
    load.add_argument("files", nargs="+", metavar="FILE")
    load.add_argument("--again", action="store_true")
    run = commands.add_parser("run")
    run.add_argument("--source", metavar="DIR")
    run.add_argument("--landing", action="store_true")
    run.add_argument("--date", dest="date", type=date.fromisoformat)
    run.add_argument("--from", dest="first", type=date.fromisoformat)
    run.add_argument("--to", dest="last", type=date.fromisoformat)
    run.add_argument("--only-serving", action="store_true")
    run.add_argument("--train", action=argparse.BooleanOptionalAction, default=None)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
