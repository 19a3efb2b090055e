"""Does a model tell who is still a customer, and how often each comes? Scored against what was drawn."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ml_assets.customer_base import BgNbd, MbgNbd
from ml_assets.metrics import (
    area_under_roc,
    bias,
    bias_by_decile,
    brier_score,
    expected_calibration_error,
    spearman,
)
from tests.benchmarks.sample_bank.worlds import HORIZON, Worlds, history_of

Vector = np.ndarray


@dataclass(frozen=True)
class AliveScore:
    """Of a probability to be alive, against who is."""

    calibration_error: float
    """Expected calibration error in ten equally full groups."""
    brier: float
    brier_of_share: float
    """Of who gives everybody the share that lives."""
    auroc: float

    @property
    def is_calibrated(self) -> bool:
        """Within 1.5 points on average, and at most half the error of knowing nothing but the share."""
        return self.calibration_error <= 0.015 and self.brier <= 0.5 * self.brier_of_share


@dataclass(frozen=True)
class RateScore:
    """Of expected days with a purchase, against their mean over many futures, for those who stay."""

    spearman: float
    bias: float
    """Total expected ÷ true − 1."""
    bias_by_decile: list[float]
    """The same in ten groups of rising expectation."""

    @property
    def is_unbiased(self) -> bool:
        """In the right order, within 5 % in all and within 20 % in each group."""
        worst = max(abs(one) for one in self.bias_by_decile)
        return self.spearman >= 0.9 and abs(self.bias) <= 0.05 and worst <= 0.2


def history_of_files(transactions: pd.DataFrame) -> pd.DataFrame:
    """The same up to the last day of what `read_transactions` gives."""
    bought = transactions[transactions["amount"] > 0]
    return history_of(bought["cnum"], bought["purchdate"], bought["purchdate"].max())


def truly_alive(bank: Path, history: pd.DataFrame) -> pd.Series:
    """The truth's flag of each customer of the history, as 0 or 1."""
    truth = pd.read_parquet(bank / "truth" / "customers.parquet").set_index("cnum")
    return truth.loc[history.index, "is_alive"].astype(np.float64)


def chances(history: pd.DataFrame) -> dict[str, Vector]:
    """Probability to be alive by two fitted models, and by two that are wrong on purpose."""
    columns = history["frequency"], history["recency"], history["age"]
    fitted = MbgNbd.fit(*columns)
    return {
        "MBG/NBD": fitted.probability_alive(*columns),
        "BG/NBD": BgNbd.fit(*columns).probability_alive(*columns),
        "wrong: five times as likely to leave": replace(fitted, a=5 * fitted.a).probability_alive(*columns),
        "wrong: everybody stays": np.ones(len(history)),
    }


def score_alive(truth: pd.Series, probability: Vector) -> AliveScore:
    """One value a customer, in the same order."""
    share = float(truth.mean())
    return AliveScore(
        calibration_error=expected_calibration_error(truth, probability),
        brier=brier_score(truth, probability),
        brier_of_share=share * (1 - share),
        auroc=area_under_roc(truth, probability),
    )


def rate_scores(worlds: Worlds) -> dict[str, RateScore]:
    """By two fitted models, and by the count of the last days, which is too restless."""
    history = worlds.history()
    stays = worlds.stays[history.index]
    truth = worlds.buying_days[history.index][stays]
    columns = history["frequency"], history["recency"], history["age"]
    scores = {}
    for name, kind in (("MBG/NBD", MbgNbd), ("BG/NBD", BgNbd)):
        model = kind.fit(*columns)
        if_alive = model.expected_purchases(HORIZON, *columns) / model.probability_alive(*columns)
        scores[name] = score_rates(truth, if_alive[stays])
    scores["wrong: the last days again"] = score_rates(truth, worlds.newest_days[history.index][stays])
    return scores


def score_rates(truth: Vector, expected: Vector) -> RateScore:
    return RateScore(spearman(truth, expected), bias(truth, expected), bias_by_decile(truth, expected))
