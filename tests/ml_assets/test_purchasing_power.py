"""No leak, no crossing quantiles, bad input named; the contest on a little bank."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_assets.contest import run_contest
from ml_assets.errors import BadInput, HistoryTooShort
from ml_assets.histories import read_snapshot
from ml_assets.histories.features import features_at
from ml_assets.histories.panel import panel_of
from ml_assets.histories.split import choose_split
from ml_assets.purchasing_power import QUESTION, ContestConfig
from ml_assets.purchasing_power.calibration import Calibration
from tests.ml_assets.little_bank import AS_OF, CONFIG, made_events

SCORE_COLUMNS = [
    "as_of", "horizon_days", "customer_id", "expected_amount", "p10_amount", "p50_amount", "p90_amount",
    "model_name", "model_version", "run_id",
]  # fmt: skip
LEARNERS = ("rate", "mbg_nbd", "linear", "lightgbm", "encoder", "lightgbm_embedded")


def contender(contest, learner):
    return next(found for found in contest.contenders if found.learner == learner)


@pytest.mark.parametrize("learner", LEARNERS)
def test_scores_do_not_change_when_the_future_does(contest, events, learner):
    as_of = AS_OF - timedelta(days=40)
    model = contender(contest, learner).model
    changed = events.copy()
    future = changed["business_date"] > pd.Timestamp(as_of)
    changed.loc[future, "spend_amount"] *= 1000
    changed.loc[future, "category_code"] = "never seen"
    past = events.loc[~future]
    pd.testing.assert_frame_equal(model.predict(changed, as_of), model.predict(past, as_of))


@settings(max_examples=25, deadline=None)
@given(origin=st.integers(0, 298), factor=st.floats(-100, 100))
def test_features_never_read_a_day_after_their_origin(origin, factor):
    events = made_events(customers=15)
    day = (pd.to_datetime(events["business_date"]) - events["business_date"].min()).dt.days
    changed = events.assign(spend_amount=events["spend_amount"].where(day <= origin, factor))
    categories = ("grocery", "fuel")
    before, after = (panel_of(frame, AS_OF, categories) for frame in (events, changed))
    rows = before.active(origin, 90)
    pd.testing.assert_frame_equal(
        features_at(before, origin, rows, categories), features_at(after, origin, rows, categories)
    )


@pytest.mark.parametrize("learner", LEARNERS)
def test_scores_have_the_tables_columns_and_ordered_quantiles(contest, events, learner):
    scored = contender(contest, learner).model.predict(events, AS_OF)
    assert list(scored.columns) == SCORE_COLUMNS
    assert set(scored["horizon_days"]) == {30, 90}
    assert not scored.duplicated(["horizon_days", "customer_id"]).any()
    assert (scored["p10_amount"] >= 0).all()
    assert (scored["p10_amount"] <= scored["p50_amount"]).all()
    assert (scored["p50_amount"] <= scored["p90_amount"]).all()
    assert np.isfinite(scored["expected_amount"]).all()
    assert (scored["expected_amount"] >= 0).all()


@given(
    pairs=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=60),
    asked=st.lists(st.floats(0, 1e9), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_quantiles_never_cross_whatever_they_were_calibrated_on(pairs, asked):
    forecast, truth = np.array(pairs).T
    table = Calibration.fit(forecast, truth)
    quantiles = table.quantiles(np.array(asked))
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= 0).all()
    assert (np.diff(table.mean(np.sort(asked))) >= 0).all(), "a larger forecast has no smaller mean"


def test_interval_covers_what_it_promises_on_exchangeable_customers():
    random = np.random.default_rng(1)
    forecast = random.lognormal(4, 1, 6000)
    truth = forecast * random.lognormal(0, 0.7, 6000)
    quantiles = Calibration.fit(forecast[:3000], truth[:3000]).quantiles(forecast[3000:])
    covered = (truth[3000:] >= quantiles[:, 0]) & (truth[3000:] <= quantiles[:, 2])
    assert covered.mean() == pytest.approx(0.8, abs=0.03)


def test_every_contender_is_measured_under_the_same_names(contest):
    names = {frozenset(found.metrics) for found in contest.contenders}
    assert len(names) == 1
    assert {"mae_30", "wape_30", "spearman_30", "gini_30", "bias_decile_01_30", "coverage_30", "mae_90"} <= min(names)


def test_raw_error_of_the_rate_is_that_of_its_definition_in_all_windows(contest, events):
    errors = []
    for days_back in (30, 37, 44):
        origin = pd.Timestamp(AS_OF) - pd.Timedelta(days=days_back)
        dates = events["business_date"]
        past = events.loc[(dates <= origin) & (dates > origin - pd.Timedelta(days=90))]
        rate = past.groupby("customer_id")["spend_amount"].sum() / 3
        ahead = events.loc[(dates > origin) & (dates <= origin + pd.Timedelta(days=30))]
        truth = ahead.groupby("customer_id")["spend_amount"].sum().reindex(rate.index).fillna(0)
        errors.append((truth - rate).abs())
    metrics = contender(contest, "rate").metrics
    assert metrics["mae_raw_30"] == pytest.approx(pd.concat(errors).mean(), rel=1e-4)
    assert metrics["customers_30"] == sum(map(len, errors))
    assert {f"mae_30_origin_{k}" for k in (1, 2, 3)} <= metrics.keys()


def test_the_smallest_merchants_and_groups_of_people_are_measured_apart():
    events = made_events(customers=900)
    ids = np.sort(events["customer_id"].unique())
    number = np.arange(len(ids))
    merchants = pd.Series(np.where(number < 250, "small", "large"), index=ids)
    people = pd.DataFrame({"gender": np.where(number % 3 == 0, "F", "M"), "age_band": "25_34"}, index=ids)
    people.iloc[:20, 1] = "65_plus"
    config = ContestConfig(contenders=("rate",), threads=1, horizons=(30,))
    one = run_contest(QUESTION, events, AS_OF, config, merchants=merchants, people=people).contenders[0]
    held = one.measured[30]
    errors = np.abs(held.truth - held.columns["p50_amount"])
    assert one.metrics["mae_30_smallest"] == pytest.approx(errors[held.unit < 250].mean())
    assert one.metrics["mae_30_smallest"] != pytest.approx(one.metrics["mae_30"])
    assert one.metrics["mae_30_gender_f"] == pytest.approx(errors[held.unit % 3 == 0].mean())
    assert {"mae_30_gender_m", "mae_30_age_band_25_34"} <= one.metrics.keys()
    assert "mae_30_age_band_65_plus" not in one.metrics, "of 20 people no error is told"


def test_contest_does_not_look_beyond_as_of(events):
    config = ContestConfig(contenders=("rate", "linear"), threads=1)
    as_of = AS_OF - timedelta(days=20)
    whole, cut = (
        run_contest(QUESTION, f, as_of, config) for f in (events, events.loc[events["business_date"] <= str(as_of)])
    )
    assert whole.digest == cut.digest
    assert [c.metrics for c in whole.contenders] == [c.metrics for c in cut.contenders]


def test_standing_champion_is_measured_on_the_new_split(events, contest):
    champion = contender(contest, "rate").model
    again = run_contest(QUESTION, events, AS_OF, ContestConfig(contenders=("rate",), threads=1), champion=champion)
    assert again.champion_metrics == pytest.approx(dict(contender(contest, "rate").metrics))


def test_origins_are_chosen_from_the_history_there_is():
    config = ContestConfig()
    year = choose_split(366, 30, config)
    assert (year.kind, year.test_origins, year.train_origins[0]) == ("time", (335, 328, 321), 291)
    assert all(origin + 30 <= min(year.test_origins) for origin in year.train_origins)
    half = choose_split(181, 90, config)
    assert half.kind == "customers"
    assert not set(half.test_groups()) & set(half.train_groups(with_calibration=True))
    with pytest.raises(HistoryTooShort, match="Load more history"):
        choose_split(100, 90, config)


def test_category_never_seen_and_customer_with_one_purchase_are_scored(contest):
    newcomer = pd.DataFrame(
        {
            "business_date": [AS_OF],
            "customer_id": [5],
            "category_code": ["spaceflight"],
            "spend_amount": [12.5],
            "receipt_count": [1],
        }
    )
    for learner in LEARNERS:
        scored = contender(contest, learner).model.predict(newcomer, AS_OF)
        assert list(scored["customer_id"]) == [5, 5]
        assert np.isfinite(scored["expected_amount"]).all()


def test_without_an_active_customer_nothing_is_scored(contest, events):
    for learner in LEARNERS:
        model = contender(contest, learner).model
        for frame, as_of in ((events.iloc[:0], AS_OF), (events, AS_OF + timedelta(days=400))):
            assert list(model.predict(frame, as_of).columns) == SCORE_COLUMNS
            assert model.predict(frame, as_of).empty


def test_bad_input_is_named(events, tmp_path):
    with pytest.raises(BadInput, match="lack receipt_count"):
        run_contest(QUESTION, events.drop(columns="receipt_count"), AS_OF, CONFIG)
    with pytest.raises(BadInput, match="1 empty values in spend_amount"):
        run_contest(
            QUESTION, events.assign(spend_amount=events["spend_amount"].where(events.index != 4)), AS_OF, CONFIG
        )
    with pytest.raises(BadInput, match="not finite"):
        run_contest(QUESTION, events.assign(spend_amount=np.inf), AS_OF, CONFIG)
    with pytest.raises(BadInput, match="No events up to"):
        run_contest(QUESTION, events, AS_OF - timedelta(days=4000), CONFIG)
    events.iloc[:0].to_parquet(tmp_path / "none.parquet")
    with pytest.raises(BadInput, match="no rows"):
        read_snapshot(tmp_path / "none.parquet")


def test_equal_rows_have_an_equal_digest_in_any_order(events, tmp_path):
    events.to_parquet(tmp_path / "a.parquet")
    events.sample(frac=1, random_state=1).to_parquet(tmp_path / "b.parquet")
    events.assign(spend_amount=events["spend_amount"] + 0.01).to_parquet(tmp_path / "c.parquet")
    a, b, c = (read_snapshot(tmp_path / f"{name}.parquet").digest for name in "abc")
    assert a == b != c
