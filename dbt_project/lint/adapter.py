"""dbt's `adapter`, for sqlfluff: a dispatched macro is rendered as a call of a function of its name."""

from collections.abc import Callable


def dispatch(macro: str, _project: str) -> Callable[..., str]:
    def call(text: str, *options: object) -> str:
        return f"{macro}({', '.join([str(text), *(repr(str(option)) for option in options)])})"

    return call
