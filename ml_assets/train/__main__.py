"""Train what a work order says, and tell by Dagster Pipes what comes of it.

    python -m ml_assets.train [--tied] FOLDER | file:///… | s3://…

The tracking server and its credentials are in the environment (MLFLOW_TRACKING_URI, …_USERNAME, …_PASSWORD).
--tied: end as soon as stdin closes, as it does when whoever started this is gone.
Exit status: 0 done; 1 the training failed, with the reason; anything else: the process was ended.
"""

import argparse
import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from threading import Thread

from dagster_pipes import PipesContext, open_dagster_pipes

from ml_assets.train.order import Order
from ml_assets.train.store import fetched


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m ml_assets.train", description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--tied", action="store_true")
    options = parser.parse_args(arguments)
    if options.tied:
        Thread(target=_end_with_stdin, daemon=True).start()
    sys.stdout = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    with open_dagster_pipes() as pipes:
        os.dup2(2, 1)  # what libraries print would break a message's line
        sys.stdout = sys.__stdout__
        where = fetched(options.folder) if "://" in options.folder else nullcontext(Path(options.folder))
        with where as folder:
            _train(folder, pipes)


def _train(folder: Path, pipes: PipesContext) -> None:
    order = Order.read(folder)
    tables = order.sound_tables(folder)
    # pandas, MLflow and the learners take seconds: a damaged table is refused before.
    from ml_assets.train.answer import answer

    found = answer(order, tables, pipes.log.info)
    if found.deployments:
        rows = [{**one.as_row(), "as_of": order.as_of.isoformat()} for one in found.deployments]
        pipes.report_custom_message({"deployments": rows, "stories": found.stories})
    pipes.report_asset_materialization({"as_of": order.as_of.isoformat(), **found.about, "reason": found.reason})
    pipes.report_asset_check(order.check, found.is_sound, severity="WARN", metadata={"reason": found.reason})


def _end_with_stdin() -> None:
    """With the whole process group: a version that is tried in a clean process is a child of ours."""
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
