"""Demand: the rules, what is and is not forecast, quantiles that hold, no leak, holidays, bad input, the table."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from infra.settings import REPOSITORY
from ml_assets.demand import (
    DEMAND_COLUMNS,
    DemandConfig,
    DemandContest,
    DemandModel,
    Registered,
    boosting,
    quantile_network,
    run_contest,
)
from ml_assets.demand.calendar import calendar_of
from ml_assets.demand.config import LEVELS, BoostingConfig, NetworkConfig
from ml_assets.demand.features import inputs_at
from ml_assets.demand.model import AMOUNTS
from ml_assets.demand.rules import Rule, croston
from ml_assets.demand.series import check_series, past_of, read_series
from ml_assets.errors import BadInput, HistoryTooShort
from tests.ml_assets.little_bank import AS_OF

CONFIG = DemandConfig(
    threads=1,
    boosting=BoostingConfig(trees=40),
    network=NetworkConfig(units=16, batch_size=128, epochs=8),
    rows_at_most=20_000,
)
RULES = replace(CONFIG, contenders=("weekday_median", "seasonal_naive"))
WITHOUT_NETWORK = replace(CONFIG, contenders=(*RULES.contenders, "lightgbm"))
CLEAN_PROCESS = """
import sys
from datetime import date
from pathlib import Path
from ml_assets.demand import DemandModel, read_series
folder, as_of = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
series = read_series(folder / "series.parquet")
for path in sorted(found for found in folder.iterdir() if found.is_dir()):
    DemandModel.load(path).predict(series, as_of).to_parquet(folder / f"{path.name}.parquet")
"""


def made_series(days: int = 250, series: int = 8, noise: float = 0.3, until: date = AS_OF) -> pd.DataFrame:
    """Revenue = weekday (Monday 100 … Sunday 700) × lognormal noise; every second series is one store's."""
    random = np.random.default_rng(5)
    dates = pd.date_range(end=pd.Timestamp(until), periods=days)
    frames = [
        pd.DataFrame(
            {
                "legal_group": f"group {k // 2}",
                "city_code": "msk",
                "category_code": "grocery",
                "store_id": pd.array([k if k % 2 else None] * days, dtype="Int64"),
                "business_date": dates,
                "revenue_amount": (dates.day_of_week + 1) * 100.0 * random.lognormal(0, noise, days),
            }
        )
        for k in range(series)
    ]
    return pd.concat(frames, ignore_index=True)


def median_of(series: pd.DataFrame, as_of: date = AS_OF) -> pd.DataFrame:
    model = DemandModel("weekday_median", Rule("weekday_median", 26, 28), CONFIG)
    return model.predict(series, as_of)


@pytest.fixture(scope="module")
def contest() -> DemandContest:
    """Of 40 series, a few of which the weekday median misjudges: each brings twice as much in the first ten days."""
    series = made_series(series=40)
    first_days = series["business_date"].dt.day <= 10
    return run_contest(
        series.assign(revenue_amount=series["revenue_amount"] * np.where(first_days, 2.0, 1.0)), AS_OF, CONFIG
    )


def test_the_baseline_is_the_weekday_median():
    rows = median_of(made_series(noise=0))
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
    expected = [median_of(frame)["expected_amount"] for frame in (series, changed)]
    pd.testing.assert_series_equal(*expected)


def test_who_learns_wins_where_days_differ_by_more_than_their_weekday(contest: DemandContest):
    by_name = {found.learner: found.metrics for found in contest.contenders}
    for learner, share in (("lightgbm", 0.8), ("quantile_network", 0.9)):
        assert by_name[learner]["wape_day"] < share * by_name["weekday_median"]["wape_day"]
        assert by_name[learner]["pinball_week"] < by_name["weekday_median"]["pinball_week"]
    assert by_name["weekday_median"]["wape_day"] < by_name["seasonal_naive"]["wape_day"]
    assert contest.contenders[0].learner == "lightgbm"
    assert contest.decision().winner == "lightgbm"
    assert contest.origins == 3


def test_quantiles_rise_and_hold_what_they_promise(contest: DemandContest):
    for found in contest.contenders:
        rows = found.model.predict(made_series(series=40), AS_OF)
        amounts = rows[list(AMOUNTS)].to_numpy()
        assert (np.diff(amounts, axis=1) >= 0).all()
        assert (amounts >= 0).all()
    plain = run_contest(made_series(series=40), AS_OF, RULES)
    baseline = next(found.metrics for found in plain.contenders if found.learner == "weekday_median")
    assert baseline["coverage_day"] == pytest.approx(0.8, abs=0.04)
    assert 0.15 < baseline["wape_day"] < 0.35
    learnt = next(found for found in contest.contenders if found.learner == "lightgbm")
    for found in (learnt, *plain.contenders):
        assert found.metrics["coverage_day"] == pytest.approx(found.metrics["coverage_nominal_day"], abs=0.04)
        assert found.metrics["below_p95_day"] == pytest.approx(0.95, abs=0.03)


def test_the_gate_keeps_out_whoever_does_not_hold_what_it_promises(contest: DemandContest):
    """The network's intervals are too wide on so short a history, by how much depends on the machine."""
    gate, failures = contest.config.gate, {said.learner: said.failures for said in contest.decision().verdicts}
    for found in contest.contenders:
        for grain in ("day", "week"):
            distance = abs(found.metrics[f"coverage_{grain}"] - found.metrics[f"coverage_nominal_{grain}"])
            is_out = any(said.startswith(f"coverage_{grain} ") for said in failures[found.learner])
            assert is_out == (distance > gate.coverage_tolerance), (found.learner, grain)


@settings(max_examples=8, deadline=None)
@given(back=st.integers(1, 40), amount=st.floats(0, 1e7), kept=st.floats(0, 1))
def test_forecasts_do_not_change_when_the_future_does(contest: DemandContest, back: int, amount: float, kept: float):
    series, as_of = made_series(series=4), AS_OF - timedelta(days=back)
    is_future = series["business_date"] > pd.Timestamp(as_of)
    changed = series.assign(revenue_amount=series["revenue_amount"].where(~is_future, amount))
    random = np.random.default_rng(1)
    dropped = changed.loc[~is_future | (random.random(len(changed)) < kept)]
    for found in contest.contenders:
        pd.testing.assert_frame_equal(found.model.predict(series, as_of), found.model.predict(dropped, as_of))


def test_a_contest_does_not_see_what_comes_after_its_day():
    series, as_of = made_series(), AS_OF - timedelta(days=30)
    future = series["business_date"] > pd.Timestamp(as_of)
    changed = series.assign(revenue_amount=series["revenue_amount"].where(~future, 1e9))
    a, b = run_contest(changed, as_of, RULES), run_contest(series.loc[~future], as_of, RULES)
    assert [dict(found.metrics) for found in a.contenders] == [dict(found.metrics) for found in b.contenders]
    assert a.digest == b.digest


def test_a_series_that_ended_or_has_no_week_behind_it_is_not_forecast():
    series = made_series(series=4)
    ended = (series["store_id"] == 1) & (series["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=60))
    born = (series["store_id"] == 3) & (series["business_date"] < pd.Timestamp(AS_OF) - pd.Timedelta(days=5))
    rows = median_of(series.loc[~(ended.fillna(False) | born.fillna(False))])
    assert rows["store_id"].isna().all()
    assert set(rows["legal_group"]) == {"group 0", "group 1"}


def test_a_new_store_takes_its_own_level_and_the_weekdays_of_its_category(contest: DemandContest):
    series = made_series(series=12, noise=0)
    is_new = (series["store_id"] == 3).fillna(False)
    born = is_new & (series["business_date"] < pd.Timestamp(AS_OF) - pd.Timedelta(days=9))
    series = series.assign(revenue_amount=series["revenue_amount"] * np.where(is_new, 0.5, 1.0)).loc[~born]
    for model in (found.model for found in contest.contenders if found.learner != "seasonal_naive"):
        rows = model.predict(series, AS_OF)
        own = rows.loc[(rows["store_id"] == 3).fillna(False) & (rows["grain_code"] == "day")]
        assert len(own) == 28
        weekday = pd.to_datetime(own["period_start"]).dt.day_of_week
        assert own["expected_amount"].mean() == pytest.approx(200, rel=0.35)
        assert np.corrcoef(own["expected_amount"], weekday)[0, 1] > 0.8


def test_a_series_that_sells_now_and_then_has_weeks_that_are_not_zero():
    random = np.random.default_rng(3)
    series = made_series(series=6)
    sold = random.random(len(series)) < 0.25
    rows = median_of(series.assign(revenue_amount=np.where(sold, 1000.0, 0.0)))
    weeks = rows.loc[rows["grain_code"] == "week"]
    assert weeks["expected_amount"].mean() == pytest.approx(7 * 250, rel=0.3)
    assert (rows.loc[rows["grain_code"] == "day", "expected_amount"] == 0).all()
    assert (rows.loc[rows["grain_code"] == "day", "p90_amount"] > 0).all()


def test_croston_is_the_published_example():
    """One piece every second day: size 1, gap 2, times 1 − α/2 (Syntetos and Boylan 2005, equation 8)."""
    every_second = np.tile([0.0, 1.0], 100)[None, :]
    np.testing.assert_allclose(croston(every_second), [0.95 / 2], rtol=1e-6)
    assert croston(np.zeros((1, 50)))[0] == 0


def test_a_constant_series_and_days_that_took_back_more_than_they_sold(contest: DemandContest):
    series = made_series(series=6, noise=0)
    constant = series.assign(
        revenue_amount=np.where((series["store_id"] == 1).fillna(False), 500.0, series["revenue_amount"])
    )
    refunded = (constant["business_date"] == pd.Timestamp(AS_OF)) & (constant["store_id"] == 1).fillna(False)
    constant = constant.assign(revenue_amount=constant["revenue_amount"].where(~refunded, -2000.0))
    for found in contest.contenders:
        rows = found.model.predict(constant, AS_OF)
        assert np.isfinite(rows[list(AMOUNTS)].to_numpy()).all()
        assert (rows[list(AMOUNTS)].to_numpy() >= 0).all()
    own = median_of(constant)
    own = own.loc[(own["store_id"] == 1).fillna(False) & (own["grain_code"] == "day")]
    assert (own["expected_amount"] == 500).all()


def test_a_day_without_a_row_counts_as_nothing_sold():
    series = made_series(noise=0, series=2)
    mondays = series["business_date"].dt.day_of_week == 0
    rows = median_of(series.loc[~mondays])
    days = rows.loc[rows["grain_code"] == "day"]
    assert (days.loc[pd.to_datetime(days["period_start"]).dt.day_of_week == 0, "expected_amount"] == 0).all()


def test_holidays_are_known_beforehand():
    days = calendar_of(np.datetime64("2025-04-28"), 14, "RU")
    assert list(days.index[days["is_holiday"] == 1].strftime("%m-%d")) == ["05-01", "05-02", "05-08", "05-09"]
    assert days.loc["2025-04-30", "is_eve"] == 1
    assert days.loc["2025-04-28", "days_to_holiday"] == 3
    assert days.loc["2025-05-04", "days_since_holiday"] == 2
    assert (calendar_of(np.datetime64("2025-04-28"), 14, None)["is_holiday"] == 0).all()
    with pytest.raises(BadInput, match="no calendar of holidays for 'XX'"):
        calendar_of(np.datetime64("2025-04-28"), 14, "XX")


def test_a_category_that_training_never_saw_is_missing_not_another_one():
    past = past_of(check_series(made_series(series=2).assign(category_code="spaceships")), AS_OF)
    everybody = np.ones(len(past.keys), dtype=bool)
    frame = inputs_at(past, everybody, "day", ("grocery",), CONFIG).frame
    assert frame["category"].isna().all()
    assert frame.drop(columns=["category", "year_ago"]).notna().all().all()


def test_bad_series_are_named():
    series = made_series(series=2)
    with pytest.raises(BadInput, match="lack city_code"):
        median_of(series.drop(columns="city_code"))
    with pytest.raises(BadInput, match="empty values in revenue_amount"):
        median_of(series.assign(revenue_amount=np.nan))
    with pytest.raises(BadInput, match="not finite"):
        median_of(series.assign(revenue_amount=np.inf))
    for learner in (boosting, quantile_network):
        with pytest.raises(HistoryTooShort, match="hold no window"):
            learner.fit("", past_of(check_series(made_series(days=30)), AS_OF), CONFIG)
    with pytest.raises(HistoryTooShort, match="84"):
        run_contest(made_series(days=60), AS_OF, RULES)
    with pytest.raises(BadInput, match="load transactions first"):
        median_of(series.iloc[:0])


def test_the_network_is_the_same_for_the_same_seed_and_its_own_quantiles_do_not_cross():
    series = made_series(series=6)
    past = past_of(check_series(series), AS_OF)
    first, second = (quantile_network.fit("quantile_network", past, CONFIG).model for _ in range(2))
    for grain, steps in (("day", 28), ("week", 4)):
        own = first.quantiles(past, grain)
        assert own.shape == (6, steps, len(LEVELS))
        assert (np.diff(own, axis=2) >= 0).all()
        np.testing.assert_array_equal(own, second.quantiles(past, grain))
    older = past_of(check_series(made_series(days=430, series=6)), AS_OF)  # its year ago is new to the network
    medians = [first.quantiles(each, "day")[0, :7, LEVELS.index(0.5)] for each in (older, past)]
    np.testing.assert_allclose(*medians, rtol=0.4)


def test_every_contender_forecasts_the_same_in_a_clean_process_and_none_is_a_pickle(
    contest: DemandContest, tmp_path: Path
):
    series = made_series(series=6)
    series.to_parquet(tmp_path / "series.parquet")
    for found in contest.contenders:
        found.model.save(tmp_path / found.learner)
    assert {path.suffix for path in tmp_path.rglob("*/*")} == {".json", ".txt", ".keras"}
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    command = [sys.executable, "-c", CLEAN_PROCESS, str(tmp_path), str(AS_OF)]
    subprocess.run(command, check=True, cwd=REPOSITORY, env=environment)
    for found in contest.contenders:
        there, here = pd.read_parquet(tmp_path / f"{found.learner}.parquet"), found.model.predict(series, AS_OF)
        np.testing.assert_allclose(there[list(AMOUNTS)], here[list(AMOUNTS)], rtol=1e-4, atol=0.011)


@pytest.mark.parametrize(("days", "learners"), [(84, 2), (100, 3), (170, 3)])
def test_a_short_history_has_a_contest_of_those_who_can_learn_from_it(days: int, learners: int):
    told: list[str] = []
    found = run_contest(made_series(days=days, series=20), AS_OF, WITHOUT_NETWORK, told.append)
    assert len(found.contenders) == learners
    assert any("does not take part" in line for line in told) == (learners == 2)
    for contender in found.contenders:
        assert np.isfinite(list(contender.metrics.values())).all()
        assert len(contender.model.predict(made_series(days=days, series=20), AS_OF)) == 20 * 32


def test_what_makes_the_intervals_was_not_learnt_from():
    """Whatever the length of the history: the newest window that a learner saw ends before the oldest calibration."""
    from ml_assets.demand import conformal
    from ml_assets.demand import contest as module

    for days in (84, 100, 126, 200, 400):
        past = past_of(check_series(made_series(days=days, series=2)), AS_OF)
        model, _ = module.fitted("weekday_median", past, CONFIG)
        learnt = past.days - model.config.unlearnt_days
        assert min(conformal.calibration_origins(past.days, model.config)) + 1 >= learnt
        assert learnt >= 28


def test_the_champions_learner_is_renewed_and_others_must_beat_it(contest: DemandContest):
    assert replace(contest, champion=Registered("lightgbm", 1, "r")).decision().winner == "lightgbm"
    series = made_series(series=20)
    rules = run_contest(series, AS_OF, RULES, champion=Registered("weekday_median", 1, "r"))
    assert rules.decision().winner == "weekday_median"
    assert "the champion until now" in rules.decision().reason


def test_store_numbers_of_63_bits_are_not_rounded(tmp_path: Path):
    store = 7_973_321_442_901_538_817
    sold = made_series(days=60, series=2)
    sold["store_id"] = sold["store_id"].mask(sold["store_id"].notna(), store)
    snapshot = pa.Table.from_pandas(sold, preserve_index=False).replace_schema_metadata(None)
    parquet.write_table(snapshot, tmp_path / "series.parquet")
    forecast = median_of(read_series(tmp_path / "series.parquet"))
    assert set(forecast["store_id"].dropna()) == {store}


def test_rows_fit_the_table(warehouse: psycopg.Connection):
    model = DemandModel("weekday_median", Rule("weekday_median", 26, 28), CONFIG, Registered("weekday_median", 3, "r"))
    frame = model.frame(made_series(), AS_OF)
    assert list(frame.columns) == list(DEMAND_COLUMNS)
    assert len(AMOUNTS) == len(LEVELS)
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    with warehouse.cursor() as cursor:
        with cursor.copy(f"copy predictions.demand ({', '.join(DEMAND_COLUMNS)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("select count(*), count(store_id) from predictions.demand")
        assert cursor.fetchone() == (8 * 32, 4 * 32)
