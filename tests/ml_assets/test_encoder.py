"""One encoder: no leak, no customer's number, the same file on every back end, batches drawn as they are defined."""

import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.settings import REPOSITORY
from ml_assets.contest import ScoringModel
from ml_assets.encoder import Encoder, embed, embeddings, train
from ml_assets.encoder.batches import Draw
from ml_assets.encoder.config import EncoderConfig
from ml_assets.encoder.network import keras_module
from ml_assets.encoder.sequences import Totals, visits_of
from ml_assets.encoder.training import rate_at
from ml_assets.histories.panel import Panel, panel_of
from ml_assets.histories.split import TEST_GROUP, choose_split
from ml_assets.histories.task import Task
from tests.ml_assets.little_bank import AS_OF, CONFIG, made_events

CATEGORIES = ("fuel", "grocery")
"""Pharmacy is left out: unseen."""

OTHER_BACK_END = """
import sys
from pathlib import Path
import numpy as np, pandas as pd
from ml_assets.contest import ScoringModel
from ml_assets.histories.panel import panel_of
from tests.ml_assets.little_bank import AS_OF
from tests.ml_assets.test_encoder import answers
import keras
assert keras.backend.backend() == sys.argv[1]
folder = Path(sys.argv[2])
encoder = ScoringModel.load(folder / "encoder").fitted.encoder
panel = panel_of(pd.read_parquet(folder / "events.parquet"), AS_OF, encoder.categories)
np.savez(folder / "answers.npz", **answers(encoder, panel, 250))
"""


def answers(encoder: Encoder, panel: Panel, origin: int) -> dict[str, np.ndarray]:
    rows = np.arange(len(panel.customer_ids))
    spend = encoder.spend(panel, origin, rows)
    returns = encoder.returns(panel, origin, rows)
    return {
        **{
            f"{name}_{horizon}": values
            for horizon, both in spend.items()
            for name, values in zip(("mean", "median"), both, strict=True)
        },
        **{f"returns_{horizon}": values for horizon, values in returns.items()},
        "categories": encoder.next_categories(panel, origin, rows),
        "embeddings": embeddings(encoder, panel, origin, rows),
    }


@pytest.fixture(scope="module")
def model(contest) -> ScoringModel:
    return next(found for found in contest.contenders if found.learner == "encoder").model


@pytest.fixture(scope="module")
def encoder(model) -> Encoder:
    return model.fitted.encoder


@pytest.mark.parametrize("back_end", ["jax", "torch"])
def test_what_one_back_end_has_learnt_another_one_says(model, encoder, events, tmp_path, back_end):
    if back_end == "torch" and not find_spec("torch"):
        pytest.skip("PyTorch is too large for the test environment.")
    model.save(tmp_path / "encoder")
    events.to_parquet(tmp_path / "events.parquet")
    subprocess.run(
        [sys.executable, "-c", OTHER_BACK_END, back_end, str(tmp_path)], check=True, cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "KERAS_BACKEND": back_end},
    )  # fmt: skip
    here = answers(encoder, panel_of(events, AS_OF, encoder.categories), 250)
    there = np.load(tmp_path / "answers.npz")
    assert set(there.files) == set(here)
    for name, values in here.items():
        np.testing.assert_allclose(there[name], values, rtol=1e-4, atol=1e-4, err_msg=name)


def test_the_saved_file_says_the_same_and_carries_no_code(model, encoder, events, tmp_path):
    model.save(tmp_path)
    again = ScoringModel.load(tmp_path).fitted.encoder
    panel = panel_of(events, AS_OF, encoder.categories)
    before, after = (answers(found, panel, panel.days - 1) for found in (encoder, again))
    for name, values in before.items():
        np.testing.assert_allclose(after[name], values, rtol=1e-5, atol=1e-6, err_msg=name)
    layers = {type(layer).__name__ for layer in again.network._flatten_layers()}
    assert "Lambda" not in layers
    assert "GRU" in layers


@settings(max_examples=8, deadline=None)
@given(origin=st.integers(30, 290), shift=st.integers(1, 60), factor=st.floats(0.1, 100))
def test_whatever_the_future_is_the_encoder_says_the_same(encoder, events, origin, shift, factor):
    day = (events["business_date"] - events["business_date"].min()).dt.days
    future = day > origin
    moved = events["business_date"] + pd.to_timedelta(np.where(future, shift, 0), unit="D")
    other = events.assign(
        business_date=moved.clip(upper=pd.Timestamp(AS_OF)),
        spend_amount=events["spend_amount"] * np.where(future, factor, 1),
        category_code=events["category_code"].where(~future, "never seen"),
    )
    here, there = (answers(encoder, panel_of(frame, AS_OF, encoder.categories), origin) for frame in (events, other))
    for name, values in here.items():
        np.testing.assert_array_equal(there[name], values, err_msg=name)


def test_a_customers_number_is_no_feature(encoder, events):
    renamed = events.assign(customer_id=10**12 - events["customer_id"])
    here, there = (answers(encoder, panel_of(frame, AS_OF, encoder.categories), 299) for frame in (events, renamed))
    for name, values in here.items():
        np.testing.assert_allclose(there[name][::-1], values, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_customer_without_a_history_and_one_who_buys_the_unseen_are_answered(encoder):
    newcomers = pd.DataFrame(
        {"business_date": pd.to_datetime(["2026-08-01", "2026-08-31", "2026-08-31"]), "customer_id": [1, 2, 3],
         "category_code": ["fuel", "fuel", "spaceflight"], "spend_amount": [5.0, 5.0, 5.0], "receipt_count": 1}
    )  # fmt: skip
    panel = panel_of(newcomers, AS_OF, encoder.categories)
    early = answers(encoder, panel, 10)
    late = answers(encoder, panel, panel.days - 1)
    for found in (early, late):
        assert all(np.isfinite(values).all() for values in found.values())
    np.testing.assert_array_equal(early["embeddings"][1], early["embeddings"][2], "both are still unknown on day 10")
    assert (np.abs(late["embeddings"][1] - late["embeddings"][2]) > 0).any()
    nobody = answers(encoder, panel_of(newcomers.iloc[:0], AS_OF, encoder.categories), 0)
    assert all(len(values) == 0 for values in nobody.values())


def test_embeddings_are_a_float32_point_a_customer(encoder, events):
    panel = panel_of(events, AS_OF, encoder.categories)
    points = embeddings(encoder, panel, 200, np.array([3, 1]))
    assert points.shape == (2, encoder.width)
    assert points.dtype == np.float32
    np.testing.assert_allclose(points, embeddings(encoder, panel, 200, np.array([1, 3]))[::-1], atol=1e-6)


def test_customers_embedded_by_their_numbers_are_those_of_the_panel(encoder, events):
    panel = panel_of(events, AS_OF, encoder.categories)
    asked = panel.customer_ids[[2, 5, 60]]
    known, points = embed(encoder, events, AS_OF, np.append(asked, 10**15))
    np.testing.assert_array_equal(known, asked)
    np.testing.assert_allclose(points, embeddings(encoder, panel, panel.days - 1, np.array([2, 5, 60])), atol=1e-6)
    some = [embed(encoder, events.loc[events["customer_id"] == customer], AS_OF, asked)[1] for customer in asked]
    np.testing.assert_allclose(np.concatenate(some), points, atol=1e-6, err_msg="in parts of the customers")
    nobody, none = embed(encoder, events, AS_OF, np.array([10**15]))
    assert (len(nobody), none.shape) == (0, (0, encoder.width))


@settings(max_examples=30, deadline=None)
@given(origin=st.integers(0, 299), length=st.integers(1, 60))
def test_baskets_are_counted_as_a_table_counts_them(origin, length):
    events = made_events(customers=12)
    panel = panel_of(events, AS_OF, CATEGORIES)
    rows = np.arange(len(panel.customer_ids))
    found = visits_of(panel, 2, 1.0).baskets(rows, np.full(len(rows), origin - length), np.full(len(rows), origin))
    day = (events["business_date"] - events["business_date"].min()).dt.days
    kept = events.loc[(day <= origin) & (day > origin - length)]
    counted = pd.crosstab(kept["customer_id"], kept["category_code"]).reindex(
        index=panel.customer_ids, columns=CATEGORIES, fill_value=0
    )
    np.testing.assert_array_equal(found, counted)


def test_what_a_batch_asks_for_is_what_happened_after_its_origin(events):
    panel = panel_of(events, AS_OF, CATEGORIES)
    config = replace(CONFIG, encoder=EncoderConfig(visits=8, batch_size=16))
    task = Task(panel, {30: choose_split(panel.days, 30, config)}, CATEGORIES, config)
    draw = Draw(task, config.encoder, visits_of(panel, 2, 1.0), Totals(panel), 1.0)
    batches = list(draw.outcomes(["spend_30", "returns_30", "categories"]))
    assert len(batches) == draw.batches
    for inputs, truth in batches:
        assert {len(values) for values in (*inputs.values(), *truth.values())} == {16}
        amount, weight, _ = np.moveaxis(truth["spend_30"], -1, 0)
        returned, same_weight = np.moveaxis(truth["returns_30"], -1, 0)
        bought, category_weight = truth["categories"][..., :-1], truth["categories"][..., -1]
        learnt = weight > 0
        np.testing.assert_array_equal(weight, same_weight)
        np.testing.assert_array_equal(weight, category_weight)
        np.testing.assert_array_equal(amount[learnt] > 0, returned[learnt] > 0)
        assert (returned[learnt] >= bought[learnt].max(axis=-1)).all()


@pytest.fixture(scope="module")
def twice(events) -> tuple[int, Panel, Encoder, Encoder]:
    """An encoder of two horizons, another that differs in what was bought since the longer one's days are held out."""
    panel = panel_of(events, AS_OF, CATEGORIES)
    splits = {horizon: choose_split(panel.days, horizon, CONFIG) for horizon in (30, 90)}
    held_out = splits[90].test_origins[-1]
    since = panel.events["day"].to_numpy() > held_out
    later = np.arange(panel.days) > held_out
    other = replace(
        panel,
        spend=panel.spend * np.where(later, 9, 1),
        receipts=np.where(later, panel.receipts[:, ::-1], panel.receipts),
        events=panel.events.assign(amount=panel.events["amount"].where(~since, 1.0), category=0),
    )
    other.events["category"] = panel.events["category"].where(~since, 2)

    def error(encoder: Encoder, task: Task) -> float:
        origin = task.splits[max(task.splits)].train_origins[0]
        rows = task.active(origin, (0,))
        return float(np.abs(encoder.spend(task.panel, origin, rows)[30][0]).sum())

    first, second = (
        train(Task(found, splits, CATEGORIES, CONFIG), CONFIG.encoder, error, lambda line: None).encoder
        for found in (panel, other)
    )
    return held_out, panel, first, second


def test_nothing_of_the_longest_horizons_held_out_days_reaches_its_forecast_or_the_embeddings(twice):
    held_out, panel, first, second = twice
    here, there = (answers(encoder, panel, held_out) for encoder in (first, second))
    for name in ("embeddings", "mean_90", "median_90", "returns_90"):
        np.testing.assert_array_equal(there[name], here[name], err_msg=name)


def test_the_head_of_a_shorter_horizon_learns_from_newer_days(twice):
    held_out, panel, first, second = twice
    here, there = (answers(encoder, panel, held_out) for encoder in (first, second))
    for name in ("mean_30", "returns_30", "categories"):
        assert (there[name] != here[name]).any(), name


@settings(max_examples=40, deadline=None)
@given(days=st.integers(118, 420))
def test_what_all_horizons_learn_ends_before_every_held_out_window(days):
    begun = pd.Timestamp(AS_OF) - pd.Timedelta(days=days - 1)
    bought = made_events(customers=5).iloc[:1]
    panel = panel_of(pd.concat([bought.assign(business_date=begun), bought]), AS_OF, CATEGORIES)
    splits = {horizon: choose_split(panel.days, horizon, CONFIG) for horizon in (30, 60, 90)}
    task = Task(panel, splits, CATEGORIES, CONFIG)
    known = task.before_held_out(splits)
    assert 30 in known.splits, "there is always something to learn from"
    for horizon, split in known.splits.items():
        assert split.train_origins[0] + horizon < known.panel.days
    for horizon, split in splits.items():
        if split.kind == "time":
            assert known.panel.days - 1 <= split.test_origins[-1]
        else:
            assert all(TEST_GROUP not in found.train_groups(with_calibration=True) for found in known.splits.values())
        assert task.before_held_out([horizon]).splits == {horizon: split}, "alone, a head has all that its split leaves"


def test_batches_are_the_same_on_every_run(events):
    panel = panel_of(events, AS_OF, CATEGORIES)
    task = Task(panel, {30: choose_split(panel.days, 30, CONFIG)}, CATEGORIES, CONFIG)
    first, second = (
        list(Draw(task, CONFIG.encoder, visits_of(panel, 2, 1.0), Totals(panel), 1.0).outcomes(["categories"]))
        for _ in range(2)
    )
    for (inputs, truth), (again, outcome) in zip(first, second, strict=True):
        for name, values in {**inputs, **truth}.items():
            np.testing.assert_array_equal({**again, **outcome}[name], values)


def test_the_rate_is_the_cosine_of_keras():
    schedule = keras_module(1).optimizers.schedules.CosineDecay(0.0, 40, warmup_target=3e-3, warmup_steps=6, alpha=0.02)
    ours = [rate_at(step, highest=3e-3, rising=6, falling=40) for step in range(60)]
    np.testing.assert_allclose(ours, [float(schedule(step)) for step in range(60)], rtol=1e-5, atol=1e-10)


def test_an_encoder_that_learnt_in_mixed_precision_answers_in_single_precision() -> None:
    """Layers below the answers compute in half precision while it learns; nothing of it is left in what is served."""
    panel = panel_of(made_events(40, 200), AS_OF, CATEGORIES)
    task = Task(panel, {30: choose_split(panel.days, 30, CONFIG)}, CATEGORIES, CONFIG)
    config = replace(CONFIG.encoder, precision="mixed_float16", batch_size=16, pretraining_epochs=0)
    seen: list[set[str]] = []

    def watch(encoder: Encoder, _known: Task) -> float:
        seen.append({layer.compute_dtype for layer in encoder.body.layers})
        answers = [encoder.head(30).get_layer(name) for name in ("zero_inflated_lognormal", "category_taste")]
        assert {layer.compute_dtype for layer in answers} == {"float32"}
        return 0.0

    trained = train(task, config, watch, lambda line: None)
    assert "float16" in seen[0]
    network = trained.encoder.network
    assert {
        layer.compute_dtype for part in (trained.encoder.body, trained.encoder.head(30)) for layer in part.layers
    } == {"float32"}
    assert np.isfinite([value for point in trained.curve for value in point.values()]).all()
    assert {weight.dtype for weight in network.get_weights()} == {np.dtype("float32")}
