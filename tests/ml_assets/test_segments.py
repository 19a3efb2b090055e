"""Segments: found again where they were planted, named by behaviour, the same from run to run, no leak."""

from dataclasses import replace
from datetime import timedelta

import mlflow
import numpy as np
import pandas as pd
import pytest

from ml_assets.errors import BadInput
from ml_assets.segments import SegmentConfig, SegmentModel, fit_segments, movements
from ml_assets.segments.names import _STORIES, story_of
from tests.ml_assets.little_bank import AS_OF

KINDS = {"best": (0.5, 200.0, 0), "small": (0.5, 15.0, 0), "rare": (0.04, 20.0, 0), "gone": (0.3, 60.0, 150)}
"""Chance to buy a day, mean amount, days since which they are away."""


def planted(seed: int = 6, each: int = 100) -> pd.DataFrame:
    random, rows = np.random.default_rng(seed), []
    for place, (chance, amount, away) in enumerate(KINDS.values()):
        for number in range(each):
            days = np.flatnonzero(random.random(360 - away) < chance)
            days = days if len(days) else np.array([100])
            for day in days:
                when = pd.Timestamp(AS_OF) - pd.Timedelta(days=int(359 - day))
                rows.append((when, place * 1000 + number, "grocery", round(amount * random.lognormal(0, 0.3), 2), 1))
    columns = ["business_date", "customer_id", "category_code", "spend_amount", "receipt_count"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture(scope="module")
def bought() -> pd.DataFrame:
    return planted()


@pytest.fixture(scope="module")
def model(bought) -> SegmentModel:
    return fit_segments(bought, AS_OF)


def test_planted_kinds_are_found_and_named(model, bought):
    found = model.predict(bought, AS_OF)
    kind = found["customer_id"] // 1000
    table = pd.crosstab(kind, found["segment_code"])
    assert model.metrics["segments"] == 4
    assert model.metrics["stability"] > 0.9
    assert (table.max(axis=1) / table.sum(axis=1) > 0.9).all()
    names = table.idxmax(axis=1).tolist()
    assert len(set(names)) == 4
    assert names[0] == "best"
    assert names[3].startswith(("leaving", "gone"))


def test_a_second_run_on_newer_days_keeps_numbers_and_codes(model, bought):
    older = fit_segments(bought, AS_OF - timedelta(days=7))
    newer = fit_segments(bought, AS_OF, previous=older)
    before, after = older.predict(bought, AS_OF), newer.predict(bought, AS_OF)
    assert (before["segment_number"] == after["segment_number"]).mean() > 0.95
    shuffled = replace(
        model,
        numbers=tuple(n + 40 for n in model.numbers[::-1]),
        stories={n + 40: s for n, s in model.stories.items()},
    )
    again = fit_segments(bought, AS_OF, previous=shuffled)
    assert again.numbers == shuffled.numbers, "whatever order k-means finds them in"


def test_a_currency_of_other_size_changes_no_segment(model, bought):
    dearer = bought.assign(spend_amount=bought["spend_amount"] * 90)
    again = fit_segments(dearer, AS_OF).predict(dearer, AS_OF)
    assert again["segment_code"].tolist() == model.predict(bought, AS_OF)["segment_code"].tolist()


def test_movements_add_up_to_all_customers(model, bought):
    then, now = model.predict(bought, AS_OF - timedelta(days=30)), model.predict(bought, AS_OF)
    moved = movements(then, now)
    assert moved["customer_count"].sum() == len(set(then["customer_id"]) | set(now["customer_id"]))
    assert moved.loc[moved["to_code"].notna(), "customer_count"].sum() == len(now)


def test_segments_do_not_change_when_the_future_does(model, bought):
    as_of = AS_OF - timedelta(days=40)
    future = bought["business_date"] > pd.Timestamp(as_of)
    changed = bought.assign(spend_amount=bought["spend_amount"].where(~future, 1e6))
    pd.testing.assert_frame_equal(model.predict(changed, as_of), model.predict(bought.loc[~future], as_of))
    assert fit_segments(changed, as_of).centres == fit_segments(bought.loc[~future], as_of).centres


def test_a_saved_model_says_the_same(model, bought, tmp_path):
    model.save(tmp_path)
    pd.testing.assert_frame_equal(SegmentModel.load(tmp_path).predict(bought, AS_OF), model.predict(bought, AS_OF))


def test_every_kind_of_behaviour_has_a_name_and_advice_in_both_languages():
    everybody = {"recency": 20.0, "frequency": 10.0, "amount": 50.0}
    told = {
        story_of({"recency": r, "frequency": f, "amount": a}, everybody)
        for r in (5.0, 90.0)
        for f in (2.0, 30.0)
        for a in (10.0, 200.0)
    }
    assert told == set(_STORIES.values())
    for story in told:
        assert all((story.name_en, story.name_ru, story.advice_en, story.advice_ru))
        assert not any("a" <= sign.lower() <= "z" for sign in story.name_ru + story.advice_ru)


def test_bad_input_is_named(bought):
    with pytest.raises(BadInput, match="too few for segments"):
        fit_segments(bought[bought["customer_id"] < 20], AS_OF)
    same = pd.DataFrame(
        {
            "business_date": AS_OF,
            "customer_id": range(100),
            "category_code": "a",
            "spend_amount": 5.0,
            "receipt_count": 1,
        }
    )
    with pytest.raises(BadInput, match="behave the same"):
        fit_segments(same, AS_OF)
    with pytest.raises(BadInput, match="lack receipt_count"):
        fit_segments(bought.drop(columns="receipt_count"), AS_OF, SegmentConfig())


def test_segments_are_registered_and_those_that_are_not_stable_do_not_take_over(bought, model, tracking):
    from ml_assets.segments.registry import register, standing

    assert standing() is None
    config = SegmentConfig()
    first = register(model, bought, AS_OF, config, {}, before=None, deployed_by="test")
    assert first.is_new
    champion = standing()
    assert champion is not None
    assert champion.model_version == first.model_version
    pd.testing.assert_frame_equal(champion.model.predict(bought, AS_OF), model.predict(bought, AS_OF))
    served = mlflow.pyfunc.load_model("models:/segments@champion").predict(bought, params={"as_of": str(AS_OF)})
    assert served["segment_code"].tolist() == model.predict(bought, AS_OF)["segment_code"].tolist()

    shaky = replace(model, metrics={**model.metrics, "stability": 0.5})
    second = register(shaky, bought, AS_OF, config, {}, before=champion, deployed_by="test")
    assert not second.is_new
    assert "stability 0.50 is below 0.8" in second.reason
    assert standing() == champion


def test_segments_may_be_made_of_embeddings_too(contest, events, tmp_path):
    encoder = next(found for found in contest.contenders if found.learner == "encoder").model.fitted.encoder
    plain, told = (fit_segments(events, AS_OF, encoder=given) for given in (None, encoder))
    assert len(told.mean) == len(plain.mean) + encoder.width
    told.save(tmp_path)
    here, there = (found.predict(events, AS_OF) for found in (told, SegmentModel.load(tmp_path)))
    pd.testing.assert_frame_equal(there, here)
    future = events["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=40)
    as_of = AS_OF - timedelta(days=40)
    pd.testing.assert_frame_equal(told.predict(events, as_of), told.predict(events.loc[~future], as_of))
    again = fit_segments(events, AS_OF, previous=plain, encoder=encoder)
    assert set(again.numbers) & set(plain.numbers), "behaviour tells which segment is which"
