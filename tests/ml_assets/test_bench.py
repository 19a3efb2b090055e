"""What the bench says of a figure beside its bar."""

import numpy as np
import pytest

from ml_assets.bench import _verdict, intervals_of
from ml_assets.category_priority.evaluation import evaluate
from ml_assets.contest.question import Measured


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    truth = np.random.default_rng(3).normal(10, 4, 900)
    rows = np.arange(len(truth))
    held = Measured(truth, truth, {}, rows, np.zeros_like(rows))
    low, high = intervals_of(held, lambda drawn: {"mean": float(drawn.truth.mean())})["mean"]
    half = 1.96 * truth.std() / 30
    assert (low, high) == pytest.approx((truth.mean() - half, truth.mean() + half), abs=0.25 * half)


def test_a_ranking_has_intervals_too() -> None:
    random = np.random.default_rng(4)
    bought = (random.random((200, 5)) < 0.4).astype(float)
    held = Measured(bought, bought, {}, np.arange(200), np.zeros(200, np.int64))
    near = intervals_of(held, lambda drawn: evaluate(drawn.truth, drawn.own, 3))
    assert near["hit_1"] == (1.0, 1.0)


@pytest.mark.parametrize(
    ("name", "value", "interval", "told"),
    [
        ("ndcg_10", 0.670, (0.660, 0.680), "**beats**"),
        ("ndcg_10", 0.655, (0.645, 0.665), "reaches"),
        ("ndcg_10", 0.6496, (0.64, 0.66), "reaches"),
        ("ndcg_10", 0.640, (0.63, 0.655), "does **not** reach"),
        ("brier", 0.60, (0.59, 0.61), "**beats**"),
        ("brier", 0.66, (0.60, 0.70), "does **not** reach"),
    ],
)
def test_a_bar_is_beaten_where_the_whole_interval_is_beyond_it(
    name: str, value: float, interval: tuple[float, float], told: str
) -> None:
    assert f" {told} the bar" in _verdict(name, 0.65, value, interval)
