"""The gate: a pure rule on figures."""

import numpy as np
import pytest

from ml_assets.contest.gate import THE_CHAMPION, Gate, chance, decide

GATE = Gate(primary_metric="mae_30", baseline="rate")


def figures(mae: float, coverage: float = 0.8) -> dict[str, float]:
    return {"mae_30": mae, "coverage_30": coverage, "coverage_nominal_30": 0.8}


def test_best_contender_wins_when_it_beats_the_baseline_by_the_margin():
    decision = decide(GATE, {"rate": figures(100), "lightgbm": figures(90), "encoder": figures(85)})
    assert decision.winner == "encoder"
    assert "mae_30 85;" in decision.reason


def test_baseline_wins_where_nothing_beats_it_and_the_reason_says_so():
    decision = decide(GATE, {"rate": figures(100), "lightgbm": figures(99.9)})
    assert decision.winner == "rate"
    assert "it is the baseline" in decision.reason


def test_contender_whose_interval_misses_is_refused():
    decision = decide(GATE, {"rate": figures(100), "encoder": figures(80, 0.72), "lightgbm": figures(90)})
    assert decision.winner == "lightgbm"


def test_standing_champion_stays_unless_beaten_by_the_margin():
    metrics = {"rate": figures(100), "lightgbm": figures(90)}
    assert decide(GATE, metrics, figures(90.1)).winner is None
    assert decide(GATE, metrics, figures(95)).winner == "lightgbm"


def test_first_deployment_falls_back_to_the_baseline():
    decision = decide(GATE, {"rate": figures(100, 0.5), "encoder": figures(80, 0.5)})
    assert decision.winner == "rate"
    assert "no contender passed" in decision.reason


def test_a_lead_that_may_be_chance_does_not_pass():
    random = np.random.default_rng(2)
    rate, noise = random.gamma(2, 50, 500), random.normal(0, 60, 500)
    metrics = {"rate": figures(100), "lucky": figures(97), "better": figures(90)}
    losses = {"rate": rate, "lucky": rate - 3 + noise - noise.mean(), "better": rate - 10 + noise - noise.mean()}
    verdicts = {v.learner: v.failures for v in decide(GATE, metrics, losses=losses).verdicts}
    assert verdicts["better"] == ()
    assert "by chance (p 0." in verdicts["lucky"][0]
    assert decide(GATE, metrics, figures(95), {**losses, THE_CHAMPION: losses["better"] + noise}).winner is None


def test_the_test_in_pairs_is_students():
    """Student 1908, table of the sleep of ten patients under two drugs: t 4.06, one-sided p .0014."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    assert chance(first, second) == pytest.approx(0.00142, abs=1e-5)
    assert chance(first, first) == 1


def test_who_is_worse_for_the_smallest_does_not_pass():
    metrics = {
        "rate": {**figures(100), "mae_30_smallest": 5.0},
        "lightgbm": {**figures(80), "mae_30_smallest": 5.2},
        "encoder": {**figures(85), "mae_30_smallest": 5.05},
    }
    assert decide(GATE, metrics).winner == "encoder"


def test_the_champions_own_learner_is_renewed_without_beating_itself():
    metrics = {"rate": figures(100), "lightgbm": figures(90), "encoder": figures(89.9)}
    assert decide(GATE, metrics, figures(90), renewed="lightgbm").winner == "lightgbm"
    assert decide(GATE, metrics, figures(90)).winner is None


def test_a_champion_that_stays_is_sound_while_its_interval_holds():
    metrics = {"rate": figures(100), "lightgbm": figures(90)}
    assert decide(GATE, metrics, figures(90.1)).is_sound
    assert not decide(GATE, metrics, figures(90.1, 0.7)).is_sound
    assert decide(GATE, metrics).is_sound
    assert not decide(GATE, {"rate": figures(100, 0.5)}).is_sound


@pytest.mark.parametrize("part", ["mae_30_smallest", "mae_30_origin_2"])
def test_who_is_worse_on_a_part_does_not_pass(part):
    good = {"rate": figures(100) | {part: 100}, "lightgbm": figures(90) | {part: 101.9}}
    assert decide(GATE, good).winner == "lightgbm"
    bad = {"rate": figures(100) | {part: 100}, "lightgbm": figures(90) | {part: 102.1}}
    assert decide(GATE, bad).winner == "rate"
    assert part in decide(GATE, bad).reason
