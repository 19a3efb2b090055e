"""Do look-alikes become customers? Best customers hidden among others, and newcomers of the next 90 days."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from infra.sample_bank import make_sample_bank
from infra.sample_bank.statistics import CATEGORY_OF_MCC, read_transactions
from ml_assets.bench import PAGE, Say, write_between
from ml_assets.look_alikes import AudienceConfig, Population, best_of, population_of, resemblance
from ml_assets.metrics import area_under_roc

SIZE, MERCHANTS, NEAREST = "small", 25, 25
WINDOW = pd.Timedelta(days=90)
TESTS = ("best customers, hidden", "newcomers", "newcomers as good as the best")
Scores = Mapping[str, np.ndarray]


def bench_look_alikes(birmingham: Path | None, say: Say, is_written: bool) -> str:
    """Mean AUROC over merchants of the sample bank; the newcomers are those of its last 90 days."""
    with TemporaryDirectory() as folder:
        bank = Path(folder) / "bank"
        make_sample_bank(bank, SIZE)
        purchases = read_purchases(bank)
    as_of = purchases["business_date"].max() - WINDOW
    past = purchases[purchases["business_date"] <= as_of]
    population = population_of([past.groupby(_KEYS, as_index=False)[_SUMS].sum()], as_of.date())
    recent = past[past["business_date"] > as_of - WINDOW]
    found, newcomers = [], 0
    for group in recent.groupby("legal_group")["customer_id"].nunique().nlargest(MERCHANTS).index:
        mine = recent[recent["legal_group"] == group]
        own = past.loc[past["legal_group"] == group, ["customer_id"]].drop_duplicates()
        own["revenue_amount"] = own["customer_id"].map(mine.groupby("customer_id")["spend_amount"].sum())
        by_category = mine.groupby("category_code")["spend_amount"].sum()
        sold = by_category.index[by_category >= 0.05 * by_category.sum()]
        best = np.random.default_rng(AudienceConfig().seed).permutation(best_of(population, own, 0.25))
        hidden, taught = np.split(best, [len(best) // 3])
        others = np.flatnonzero(~np.isin(population.customer_ids, own["customer_id"]))
        later = purchases[(purchases["business_date"] > as_of) & (purchases["legal_group"] == group)]
        came = later.groupby("customer_id")["spend_amount"].sum().reindex(population.customer_ids[others]).to_numpy()
        least = own["revenue_amount"].quantile(0.75)
        newcomers += int((came > 0).sum())
        scores = _scores(population, taught, others, np.concatenate([others, hidden]), sold)
        outcomes = (np.repeat([0, 1], [len(others), len(hidden)]), came > 0, came >= least)
        for test, truth in zip(TESTS, outcomes, strict=True):
            if 0 < truth.sum() < len(truth):
                found += [(name, test, area_under_roc(truth, score[: len(truth)])) for name, score in scores.items()]
    figures = pd.DataFrame(found, columns=["by", "test", "auroc"])
    table = figures.pivot_table(index="by", columns="test", values="auroc", sort=False)[list(TESTS)]
    lines = [f"| ranked by | {' | '.join(TESTS)} |", "| --- " * (len(TESTS) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(f'{value:.3f}' for value in row)} |" for name, row in table.iterrows()]
    told = f"Mean AUROC of the {MERCHANTS} largest merchants of the sample bank (`{SIZE}`), {newcomers:,} newcomers."
    text = "\n".join([*lines, "", told])
    if is_written:
        write_between(PAGE, "look-alike", text)
    return text


_KEYS, _SUMS = ["business_date", "customer_id", "category_code"], ["spend_amount", "receipt_count"]


def read_purchases(bank: Path) -> pd.DataFrame:
    """Every sound row as an event, with the legal group whose store it was."""
    rows = read_transactions(bank)
    stores = pd.read_parquet(bank / "truth" / "stores.parquet", columns=["merchant_name", "city", "legal_group"])
    stores = stores.drop_duplicates(["merchant_name", "city"]).rename(columns={"merchant_name": "mrchname"})
    rows = rows.merge(stores, on=["mrchname", "city"])
    return pd.DataFrame(
        {
            "business_date": rows["purchdate"],
            "customer_id": pd.factorize(rows["cnum"], sort=True)[0],
            "category_code": rows["mcc"].map(CATEGORY_OF_MCC).fillna("other"),
            "legal_group": rows["legal_group"],
            "spend_amount": rows["amount"],
            "receipt_count": (rows["amount"] > 0).astype(int),
        }
    )


def _scores(population: Population, best: np.ndarray, others: np.ndarray, asked: np.ndarray, sold: pd.Index) -> Scores:
    """Of each contender, for every one of `asked`: more is more alike."""
    points = population.points.astype(np.float64)
    distance = np.linalg.norm(points[asked][:, None] - points[best][None], axis=2)
    return {
        "logistic regression (deployed)": resemblance(population.points, best, others, asked),
        f"{NEAREST} nearest of the best": -np.sort(distance, axis=1)[:, :NEAREST].mean(axis=1),
        "distance to their centre": -np.linalg.norm(points[asked] - points[best].mean(axis=0), axis=1),
        "*spends most in my categories*": population.spend_in(sold)[asked],
        "*spends most*": population.spend[asked],
    }
