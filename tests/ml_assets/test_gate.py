"""The gate: a pure rule on figures."""

from ml_assets.contest.gate import Gate, decide

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
