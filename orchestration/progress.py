"""What a long step says about itself while it runs: into Dagster's log, and to whoever started it from a terminal."""

from collections.abc import Callable

import dagster as dg

listeners: list[Callable[[str], None]] = []
"""Called with each line; the command puts itself here."""


def telling(context: dg.AssetExecutionContext) -> Callable[[str], None]:
    """A function that passes a line on."""

    def tell(line: str) -> None:
        context.log.info(line)
        for listener in listeners:
            listener(line)

    return tell
