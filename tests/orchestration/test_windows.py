"""Arithmetic of days."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.partitions import DaysOutsideHistory, Window, windows_of

days = st.dates(date(2014, 1, 1), date(2025, 6, 1))


@given(st.sets(days), st.integers(0, 60))
def test_windows_hold_every_day_and_no_gap_longer_than_allowed(changed: set[date], gap: int) -> None:
    windows = windows_of(changed, gap)
    assert all(sum(w.start <= day < w.end for w in windows) == 1 for day in changed)
    assert {w.start for w in windows} | {w.last_day for w in windows} <= changed
    inside = [sorted(day for day in changed if w.start <= day < w.end) for w in windows]
    assert all((b - a).days <= gap + 1 for run in inside for a, b in pairwise(run))
    assert all((b.start - a.end).days > gap for a, b in pairwise(windows))


@given(days, st.integers(0, 400))
def test_a_window_includes_both_its_days_and_dbt_gets_the_day_behind(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    window = Window.of_days(first, last)
    assert (window.end - window.start).days == length + 1
    assert window.as_dbt_vars() == {
        "window_start": first.isoformat(),
        "window_end": (last + timedelta(days=1)).isoformat(),
    }
    assert window.as_run_tags()["dagster/asset_partition_range_end"] == last.isoformat()


def test_a_window_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="has no day"):
        Window(date(2026, 1, 2), date(2026, 1, 2))


@pytest.mark.parametrize("day", [date(2013, 12, 31), date.today() + timedelta(days=3)])
def test_a_day_before_the_history_or_in_the_future_is_refused_by_name(day: date) -> None:
    with pytest.raises(DaysOutsideHistory, match=day.isoformat()):
        Window.of_days(day, day).as_run_tags()
