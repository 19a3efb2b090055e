"""The questions that contests answer, by the name of their registered model."""

from functools import cache

from ml_assets.contest.question import Question


@cache
def question(name: str) -> Question:
    """Raises KeyError. Imported when asked for: each brings its own libraries."""
    if name == "purchasing-power":
        from ml_assets.purchasing_power import QUESTION

        return QUESTION
    if name == "retention":
        from ml_assets.retention import QUESTION as RETENTION

        return RETENTION
    raise KeyError(name)
