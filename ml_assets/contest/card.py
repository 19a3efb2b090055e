"""A version's card: what it is for, what it was measured on, where it is weaker (Mitchell et al. 2019)."""

from collections.abc import Mapping

from ml_assets.contest.gate import figure
from ml_assets.contest.outcome import Entry, Outcome

NOT_FOR = (
    "decisions about a single person, such as credit, price or refusal. Pages show sums; no name, age or gender of a "
    "person is an input."
)


def card(contest: Outcome, contender: Entry, verdict: str) -> str:
    """Markdown; every figure in it is a metric of the run."""
    question, metrics = contest.question, contender.metrics
    primary = contest.config.gate.primary_metric
    parts = {name: value for name, value in metrics.items() if name.startswith(f"{primary}_")}
    return "\n".join(
        [
            f"# {question.name}: {contender.learner}, {contest.as_of}",
            "",
            f"- **For**: {question.purpose}",
            f"- **Not for**: {NOT_FOR}",
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
            *(f"- takes `{name}` ({kind})" for name, kind in question.inputs.items()),
            *(f"- gives `{name}` ({kind})" for name, kind in question.outputs.items()),
        ]
    )


def _table(figures: Mapping[str, float]) -> list[str]:
    rows = [f"| {name} | {figure(value)} |" for name, value in figures.items()]
    return ["| metric | value |", "| --- | --- |", *rows]
