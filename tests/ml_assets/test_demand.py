"""Weekday medians: the rule itself, what is not forecast, intervals, no leak, and the table it is written to."""

from datetime import timedelta

import numpy as np
import pandas as pd
import psycopg
import pytest

from ml_assets.demand.forecast import DEMAND_COLUMNS, DemandRun, forecast_demand
from ml_assets.errors import BadInput, HistoryTooShort
from tests.ml_assets.little_bank import AS_OF

RUN = DemandRun("demand", 3, "r" * 32, None)


def made_series(days: int = 250, series: int = 8, noise: float = 0.3) -> pd.DataFrame:
    """Revenue = weekday (Monday 100 … Sunday 700) × lognormal noise; every second series is one store's."""
    random = np.random.default_rng(5)
    dates = pd.date_range(end=pd.Timestamp(AS_OF), periods=days)
    frames = [
        pd.DataFrame(
            {
                "legal_group": f"group {k // 2}",
                "city_code": "msk",
                "category_code": "grocery",
                "store_id": pd.array([k if k % 2 else None] * days, dtype="Int64"),
                "business_date": dates,
                "revenue_amount": (dates.weekday + 1) * 100.0 * random.lognormal(0, noise, days),
            }
        )
        for k in range(series)
    ]
    return pd.concat(frames, ignore_index=True)


def test_forecast_is_the_weekday_median():
    series = made_series(noise=0)
    rows = forecast_demand(series, AS_OF).rows
    days = rows.loc[rows["grain_code"] == "day"]
    weekday = pd.to_datetime(days["period_start"]).dt.day_of_week
    np.testing.assert_allclose(days["expected_amount"], (weekday + 1) * 100)
    weeks = rows.loc[rows["grain_code"] == "week"]
    assert (weeks["expected_amount"] == 2800).all()
    assert weeks.groupby("legal_group").size().eq(8).all()
    assert min(days["period_start"]) == AS_OF + timedelta(days=1)
    assert max(days["period_start"]) == AS_OF + timedelta(days=28)


def test_only_the_last_26_weeks_count():
    series = made_series(days=500, noise=0)
    old = series["business_date"] <= pd.Timestamp(AS_OF) - pd.Timedelta(weeks=26)
    changed = series.assign(revenue_amount=series["revenue_amount"].where(~old, 9999.0))
    expected = [forecast_demand(frame, AS_OF).rows["expected_amount"] for frame in (series, changed)]
    pd.testing.assert_series_equal(*expected)


def test_forecast_does_not_change_when_the_future_does():
    series, as_of = made_series(), AS_OF - timedelta(days=30)
    future = series["business_date"] > pd.Timestamp(as_of)
    changed = series.assign(revenue_amount=series["revenue_amount"].where(~future, 1e9))
    a, b = forecast_demand(changed, as_of), forecast_demand(series.loc[~future], as_of)
    pd.testing.assert_frame_equal(a.rows, b.rows)
    assert a.metrics == b.metrics
    assert a.digest == b.digest


def test_intervals_hold_the_forecast_and_cover_what_they_promise():
    forecast = forecast_demand(made_series(series=40), AS_OF)
    rows = forecast.rows
    assert ((rows["p10_amount"] <= rows["expected_amount"]) & (rows["expected_amount"] <= rows["p90_amount"])).all()
    assert (rows["p10_amount"] >= 0).all()
    assert forecast.metrics["coverage_day"] == pytest.approx(0.8, abs=0.04)
    assert 0.15 < forecast.metrics["wape_day"] < 0.35


def test_series_that_ended_or_began_yesterday_are_not_forecast():
    series = made_series(series=4)
    ended = (series["store_id"] == 1) & (series["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=60))
    born = (series["store_id"] == 3) & (series["business_date"] < pd.Timestamp(AS_OF) - pd.Timedelta(days=9))
    rows = forecast_demand(series.loc[~(ended.fillna(False) | born.fillna(False))], AS_OF).rows
    assert rows["store_id"].isna().all()
    assert set(rows["legal_group"]) == {"group 0", "group 1"}


def test_a_day_without_a_row_counts_as_nothing_sold():
    series = made_series(noise=0, series=2)
    mondays = series["business_date"].dt.day_of_week == 0
    rows = forecast_demand(series.loc[~mondays], AS_OF).rows
    days = rows.loc[rows["grain_code"] == "day"]
    assert (days.loc[pd.to_datetime(days["period_start"]).dt.day_of_week == 0, "expected_amount"] == 0).all()


def test_bad_series_are_named():
    series = made_series(series=2)
    with pytest.raises(BadInput, match="lack city_code"):
        forecast_demand(series.drop(columns="city_code"), AS_OF)
    with pytest.raises(BadInput, match="empty values in revenue_amount"):
        forecast_demand(series.assign(revenue_amount=np.nan), AS_OF)
    with pytest.raises(HistoryTooShort, match="84"):
        forecast_demand(made_series(days=60), AS_OF)
    with pytest.raises(BadInput, match="load transactions first"):
        forecast_demand(series.iloc[:0], AS_OF)


def test_rows_fit_the_table(warehouse: psycopg.Connection):
    frame = forecast_demand(made_series(), AS_OF).frame(RUN)
    assert list(frame.columns) == list(DEMAND_COLUMNS)
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    with warehouse.cursor() as cursor:
        with cursor.copy(f"copy predictions.demand ({', '.join(DEMAND_COLUMNS)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("select count(*), count(store_id) from predictions.demand")
        assert cursor.fetchone() == (8 * 32, 4 * 32)
