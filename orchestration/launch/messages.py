"""What a training says on its stdout: a line of JSON a message (Dagster Pipes), the rest is noise."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from dagster_pipes import PipesParams

from orchestration import progress


class Messages(dg.PipesMessageReader):
    """The launcher hands each line to `take`, from one thread."""

    def __init__(self) -> None:
        self.is_answered = False
        """Whether the training said that it is over, without an error."""
        self.error: tuple[str, str] | None = None
        """Class and text of the exception that ended the training."""
        self._handler: dg.PipesMessageHandler | None = None

    @contextmanager
    def read_messages(self, handler: dg.PipesMessageHandler) -> Iterator[PipesParams]:
        self._handler = handler
        yield {"stdio": "stdout"}

    def no_messages_debug_text(self) -> str:
        return "Messages were expected on the training's stdout."

    def take(self, line: str) -> None:
        """Handle one line; what is no message goes to stderr."""
        try:
            message = json.loads(line)
            is_message = "__dagster_pipes_version" in message
        except (ValueError, TypeError):
            is_message = False
        if not is_message or self._handler is None:
            sys.stderr.write(f"{line}\n")
            return
        try:
            self._handler.handle_message(message)
        except Exception as error:  # the reader goes on: a training whose stdout nobody reads never ends
            self.error = type(error).__name__, f"a message of it was not understood: {error}"
            return
        match message["method"], message.get("params") or {}:
            case "closed", {"exception": error}:
                self.error = error["name"], error["message"].strip()
            case "closed", _:
                self.is_answered = True
            case "log", {"message": text}:
                for listener in progress.listeners:
                    listener(text)
