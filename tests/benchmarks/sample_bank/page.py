"""The sample bank's figures: its statistics beside bands and real data, and what its truth says of our models."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from infra.sample_bank import SIZES, make_sample_bank
from infra.sample_bank.statistics import BANDS, MCCS, beside_bands, coded, read_transactions, statistics_of
from infra.settings import REPOSITORY
from ml_assets.bench import Say, write_between
from ml_assets.customer_base import BgNbd, MbgNbd
from tests.benchmarks.sample_bank import customers, real, stock
from tests.benchmarks.sample_bank.events import event_effects
from tests.benchmarks.sample_bank.pictures import save_pictures
from tests.benchmarks.sample_bank.worlds import HORIZON, STOCK_DAYS, Worlds, draw_worlds
from tests.ml_assets.own_process import OwnProcess

PAGE = REPOSITORY / "docs" / "sample-bank.md"
SIZE, WORLDS = "demo", 30
SYNTHETIC = "sample bank (synthetic)"


def bench_sample_bank(birmingham: Path | None, say: Say, is_written: bool) -> str:
    """All tables of docs/sample-bank.md; two minutes and 2 GB."""
    with TemporaryDirectory() as folder:
        bank = Path(folder) / "bank"
        say(f"the sample bank: made in size {SIZE}")
        make_sample_bank(bank, SIZE)
        transactions = read_transactions(bank)
        say("the sample bank: beside real data")
        rows = {SYNTHETIC: _with_weekday(coded(transactions), transactions)}
        rows["completejourney"] = real.completejourney_rows()
        if birmingham:
            rows["Birmingham"] = real.birmingham_rows(birmingham)
        parts = [bands_table(rows), own_process_table(), alive_table(bank, transactions)]
        events = events_table(bank, transactions)
    if is_written:
        save_pictures(rows, PAGE.parent / "images")
    say(f"the sample bank: {WORLDS} futures")
    worlds = draw_worlds(SIZES[SIZE], WORLDS)
    text = "\n\n".join([*parts, rates_table(worlds), events, stock_table(worlds)])
    if is_written:
        write_between(PAGE, "sample-bank", text)
    return text


def bands_table(sources: dict[str, pd.DataFrame]) -> str:
    values = {
        name: statistics_of(rows, MCCS if name == SYNTHETIC else rows["mcc"].unique()) for name, rows in sources.items()
    }
    inside = beside_bands(values[SYNTHETIC]).set_index("statistic")["is_within"]
    lines = [
        [
            name.replace("_", " "),
            f"{low:g} … {high:g}",
            *(f"{found[name]:.3f}" if name in found else "" for found in values.values()),
            "yes" if inside[name] else "**no**",
        ]
        for name, (low, high) in BANDS.items()
    ]
    table = _table(["statistic", "band", *values, "synthetic within"], lines)
    return f"**Beside real data**, size `{SIZE}`, {len(sources[SYNTHETIC]):,} transactions:\n\n{table}"


def own_process_table() -> str:
    lines = []
    for model, leaves_at_first in ((BgNbd, False), (MbgNbd, True)):
        process = OwnProcess(leaves_at_first=leaves_at_first)
        found = model.fit(*process.draw(seed=1)[:3])
        pairs = [(getattr(process, name), getattr(found, name)) for name in ("r", "alpha", "a", "b")]
        worst = max(abs(fitted / true - 1) for true, fitted in pairs)
        lines.append([model.__name__, *(f"{true:g} → {fitted:.3f}" for true, fitted in pairs), f"{worst:.1%}"])
    table = _table(["model", "r", "α", "a", "b", "worst"], lines)
    return f"**Customers of the models' own process**, {process.customers:,}, true → fitted:\n\n{table}"


def alive_table(bank: Path, transactions: pd.DataFrame) -> str:
    history = customers.history_of_files(transactions)
    truth = customers.truly_alive(bank, history)
    scores = {name: customers.score_alive(truth, chance) for name, chance in customers.chances(history).items()}
    lines = [
        [name, f"{s.calibration_error:.4f}", f"{s.brier:.4f}", f"{s.auroc:.3f}", "yes" if s.is_calibrated else "no"]
        for name, s in scores.items()
    ]
    table = _table(["who says", "calibration error", "Brier", "AUROC", "calibrated"], lines)
    return f"**Who is still a customer**, {len(truth):,} of whom {truth.mean():.1%} are:\n\n{table}"


def rates_table(worlds: Worlds) -> str:
    scores = customers.rate_scores(worlds)
    lines = [
        [
            name,
            f"{s.spearman:.3f}",
            f"{s.bias:+.1%}",
            " ".join(f"{one:+.0%}" for one in s.bias_by_decile),
            "yes" if s.is_unbiased else "no",
        ]
        for name, s in scores.items()
    ]
    table = _table(["who says", "Spearman", "bias", "bias by decile of what is expected", "unbiased"], lines)
    return (
        f"**How often they come**: days with a purchase in {HORIZON} days, of those who stay, beside the mean of "
        f"{len(worlds.demand)} futures:\n\n{table}"
    )


def events_table(bank: Path, transactions: pd.DataFrame) -> str:
    lines = [
        [e.event.replace("_", " "), e.whose, f"{e.planted:+.0f}", f"{e.measured:+.0f} ± {e.error:.0f}",
         "yes" if e.is_found else "**no**"]
        for e in event_effects(bank, transactions)
    ]  # fmt: skip
    return f"**Planted events**, receipts:\n\n{_table(['event', 'whose', 'planted', 'measured', 'found'], lines)}"


def stock_table(worlds: Worlds) -> str:
    past = worlds.sales()
    plans = {
        "newsvendor on LightGBM": stock.newsvendor_on_boosting(past),
        "newsvendor on the weekday median": stock.newsvendor(past),
        "mean + z·σ of 91 days": stock.mean_and_deviation(past),
        f"the last {STOCK_DAYS} days again": stock.last_days(past),
    }
    costs = stock.stock_costs(worlds, plans)
    lines = [["oracle", f"{costs.oracle:.4f}", ""]]
    lines += [[name, f"{costs.plans[name]:.4f}", f"{costs.regret(name):+.1%}"] for name in plans]
    return (
        f"**Stock for {STOCK_DAYS} days**, {costs.stores:,} shops, {len(worlds.demand)} futures, asked "
        f"{stock.LEVEL:.0%}:\n\n{_table(['plan', 'cost per rouble of demand', 'beyond the oracle'], lines)}"
    )


def _with_weekday(rows: pd.DataFrame, transactions: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(weekday=(rows["day"] + transactions["purchdate"].min().weekday()) % 7)


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *lines)])
