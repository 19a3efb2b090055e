"""A version's card: what it is for, what it was measured on, where it is weaker (Mitchell et al. 2019)."""

from collections.abc import Mapping

from ml_assets.contest.gate import figure
from ml_assets.contest.outcome import Entry, Outcome
from ml_assets.histories.people import PEOPLE_COLUMNS

NOT_FOR = "decisions about a single person, such as credit, price or refusal. Pages show sums."


def card(contest: Outcome, contender: Entry, verdict: str) -> str:
    """Markdown; every figure in it is a metric of the run."""
    question, metrics = contest.question, contender.metrics
    primary = contest.config.gate.primary_metric
    takes = inputs_of(contest)
    parts = {name: value for name, value in metrics.items() if name.startswith(f"{primary}_")}
    return "\n".join(
        [
            f"# {question.name}: {contender.learner}, {contest.as_of}",
            "",
            f"- **For**: {question.purpose}",
            f"- **Not for**: {NOT_FOR}",
            f"- **Age and gender**: {_told_of_people(takes)}",
            "",
            "## Learnt from",
            *(f"- {name}: {value}" for name, value in contest.about().items()),
            "",
            "## Measured on later days",
            *_table({name: metrics[name] for name in question.shown_metrics if name in metrics}),
            "",
            f"## `{primary}` of parts",
            *_table({primary: metrics[primary], **parts}),
            "",
            "## Gate",
            f"{verdict}.",
            "",
            "## Takes and gives",
            *(f"- takes `{name}` ({kind})" for name, kind in takes.items()),
            *(f"- gives `{name}` ({kind})" for name, kind in question.outputs.items()),
        ]
    )


def inputs_of(contest: Outcome) -> dict[str, str]:
    """Columns that a version takes: those of the question, and age band and gender where they are features."""
    people = PEOPLE_COLUMNS if getattr(contest.config, "demographics", False) else ()
    return {**contest.question.inputs, **dict.fromkeys(people, "string")}


def _told_of_people(takes: Mapping[str, str]) -> str:
    if set(PEOPLE_COLUMNS) <= takes.keys():
        return "features of its table learners; the bank has switched them on (LYRA_DEMOGRAPHIC_FEATURES)."
    return "not used; the error is told by them where they are known."


def _table(figures: Mapping[str, float]) -> list[str]:
    rows = [f"| {name} | {figure(value)} |" for name, value in figures.items()]
    return ["| metric | value |", "| --- | --- |", *rows]
