"""Metrics against values worked out by hand."""

import numpy as np
import pytest

from ml_assets import metrics


def test_absolute_error_and_wape():
    assert metrics.mean_absolute_error([10, 0, 20], [8, 1, 26]) == pytest.approx(3)
    assert metrics.wape([10, 0, 20], [8, 1, 26]) == pytest.approx(9 / 30)


def test_spearman_uses_average_ranks_for_ties():
    assert metrics.spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert metrics.spearman([1, 2, 3], [5, 5, 9]) == pytest.approx(np.sqrt(3) / 2)
    assert metrics.spearman([1, 2, 3], [5, 5, 5]) == 0


def test_normalised_gini_of_best_worst_and_constant_order():
    # Gains of [3, 1] best first: 3/4, 1, so 1.75 − 1.5 = 0.25 over n = 2; worst first: 1/4, 1, so −0.25.
    assert metrics.normalised_gini([1, 3], [10, 20]) == pytest.approx(1)
    assert metrics.normalised_gini([1, 3], [20, 10]) == pytest.approx(-1)
    assert metrics.normalised_gini([1, 3], [5, 5]) == pytest.approx(0)


def test_normalised_gini_does_not_depend_on_the_order_of_rows():
    truth, forecast = np.array([5.0, 1, 4, 0, 9]), np.array([2.0, 1, 2, 1, 3])
    turned = np.array([4, 2, 0, 1, 3])
    assert metrics.normalised_gini(truth, forecast) == pytest.approx(
        metrics.normalised_gini(truth[turned], forecast[turned])
    )


def test_bias_by_decile_goes_from_small_to_large_forecasts():
    truth = np.arange(1.0, 21)
    found = metrics.bias_by_decile(truth[::-1], (truth * 1.1)[::-1])
    assert found == pytest.approx([0.1] * 10)
    assert np.isnan(metrics.bias_by_decile(np.zeros(10), np.ones(10))[0])


def test_coverage_includes_the_borders():
    assert metrics.interval_coverage([0, 5, 11], [0, 4, 4], [3, 10, 10]) == pytest.approx(2 / 3)


def test_pinball_loss():
    # 0.9 · (10 − 8) and 0.1 · (9 − 5), halved.
    assert metrics.pinball_loss([10, 5], [8, 9], 0.9) == pytest.approx((1.8 + 0.4) / 2)


def test_empty_or_unequal_vectors_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        metrics.mean_absolute_error([1, 2], [1])
    with pytest.raises(ValueError, match="non-empty"):
        metrics.wape([], [])
