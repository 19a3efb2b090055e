"""Rankings of categories: no leak, the rules by hand, saved and loaded; the contest on a little bank with tastes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from ml_assets.category_priority import LEARNERS, PRIORITY_COLUMNS, ContestConfig, RankingModel, run_contest
from ml_assets.category_priority.calibration import Calibration
from ml_assets.category_priority.config import BoostingConfig, NeighboursConfig
from ml_assets.category_priority.crowd import crowd_of, crowd_on
from ml_assets.category_priority.evaluation import evaluate
from ml_assets.category_priority.history import history_of
from ml_assets.category_priority.registry import load_challenger_or_none, load_champion_or_none
from ml_assets.category_priority.rules import neighbours, personal_frequency
from ml_assets.contest.registry import log_contest, promote
from ml_assets.errors import BadInput, HistoryTooShort
from tests.ml_assets.little_bank import AS_OF, ENCODER

CONFIG = ContestConfig(
    contenders=tuple(LEARNERS), boosting=BoostingConfig(trees=40, rows_per_leaf=20), encoder=ENCODER, threads=1
)
NAMES = [f"category_{number:02}" for number in range(25)]


@pytest.fixture(scope="module")
def tastes() -> pd.DataFrame:
    """Customers of five tastes: each taste buys in five categories of its own, and everybody in the first of all."""
    random = np.random.default_rng(8)
    rows = []
    for customer in range(250):
        own = 5 * (customer % 5) + np.arange(5)
        for day in range(200):
            if random.random() < 0.15:
                chosen = NAMES[0] if random.random() < 0.3 else NAMES[random.choice(own, p=[0.4, 0.25, 0.15, 0.1, 0.1])]
                rows.append((pd.Timestamp(AS_OF) - pd.Timedelta(days=199 - day), customer * 31, chosen, 10.0, 1))
    columns = ["business_date", "customer_id", "category_code", "spend_amount", "receipt_count"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(columns[:3])


@pytest.fixture(scope="module")
def ranking(tastes):
    genders = pd.DataFrame({"gender": "F"}, index=sorted(set(tastes["customer_id"])))
    return run_contest(tastes, AS_OF, CONFIG, people=genders)


def model_of(contest, learner) -> RankingModel:
    return next(found for found in contest.contenders if found.learner == learner).model


@pytest.mark.parametrize("learner", CONFIG.contenders)
def test_ranking_does_not_change_when_the_future_does(ranking, tastes, learner):
    as_of = AS_OF - timedelta(days=40)
    future = tastes["business_date"] > pd.Timestamp(as_of)
    changed = tastes.assign(category_code=tastes["category_code"].where(~future, "category_24"))
    model = model_of(ranking, learner)
    pd.testing.assert_frame_equal(model.predict(changed, as_of), model.predict(tastes.loc[~future], as_of))


@pytest.mark.parametrize("learner", CONFIG.contenders)
def test_every_customer_has_ten_different_categories_and_a_saved_model_says_the_same(
    ranking, tastes, learner, tmp_path
):
    model = model_of(ranking, learner)
    ranked = model.predict(tastes, AS_OF)
    own, rest = ranked.dropna(subset="customer_id"), ranked[ranked["customer_id"].isna()]
    first = own[own["category_rank"] <= 10]
    assert (first.groupby("customer_id")["category_code"].nunique() == 10).all()
    assert (own.groupby("customer_id")["category_rank"].diff().dropna() == 1).all()
    assert ranked["purchase_probability"].between(0, 1).all()
    assert rest["category_code"].tolist() == list(model.categories)
    model.save(tmp_path / "saved")
    again = RankingModel.load(tmp_path / "saved").predict(tastes, AS_OF)
    pd.testing.assert_frame_equal(again, ranked)


def in_parts(events, customers):
    """Of so many customers each, sorted by customer."""
    ids = np.unique(events["customer_id"])
    return [events.loc[events["customer_id"].isin(ids[k : k + customers])] for k in range(0, len(ids), customers)]


@pytest.mark.parametrize("learner", CONFIG.contenders)
@pytest.mark.parametrize("customers", [1, 7])
def test_a_customer_is_ranked_the_same_whoever_else_is_asked_about(ranking, tastes, learner, customers):
    """Also where some begin later than the bank, and neighbours are looked for among a draw of the customers."""
    model = model_of(ranking, learner)
    model = replace(model, config=replace(model.config, neighbours=NeighboursConfig(pool_at_most=40)))
    whole, parts = model.predict(tastes, AS_OF), in_parts(tastes, customers)
    amid = model.amid(reversed(parts), AS_OF)
    asked = parts[:12]
    found = pd.concat([amid.predict(part, AS_OF, first_day=tastes["business_date"].min().date()) for part in asked])
    expected = whole.loc[whole["customer_id"] <= asked[-1]["customer_id"].max()].reset_index(drop=True)
    columns = ["customer_id", "category_code", "category_rank"]
    pd.testing.assert_frame_equal(found[columns].reset_index(drop=True), expected[columns])
    np.testing.assert_allclose(found["purchase_probability"], expected["purchase_probability"], atol=1.1e-4)
    assert amid.rest().equals(whole.loc[whole["customer_id"].isna()].reset_index(drop=True))


def test_the_crowd_is_the_same_in_whatever_parts_it_is_counted(tastes):
    config = NeighboursConfig(pool_at_most=40)
    categories = tuple(NAMES)
    whole = crowd_on(AS_OF, [tastes], categories, config)
    history = history_of(tastes, AS_OF, categories)
    assert len(whole.pool_ids) == 40
    for other in (
        crowd_on(AS_OF, in_parts(tastes, 9), categories, config),
        crowd_on(AS_OF, reversed(in_parts(tastes, 60)), categories, config),
        crowd_of(history, history.days - 1, config),
    ):
        for name in ("category_days", "buyers", "buyer_count", "pool_ids", "pool"):
            np.testing.assert_array_equal(getattr(other, name), getattr(whole, name))


def test_every_contender_is_measured_in_three_windows_and_by_its_probabilities(ranking):
    assert ranking.test_origins == 3
    for found in ranking.contenders:
        assert {"ndcg_10_origin_1", "ndcg_10_origin_3", "ndcg_10_smallest", "ndcg_10_gender_f"} <= found.metrics.keys()
        assert 0 < found.metrics["brier_30"] < 0.25
        assert found.metrics["ece_30"] < 0.1
        assert found.losses.mean() > 0


def test_as_many_are_expected_in_a_category_as_bought_there(ranking):
    """Two categories with like scores, one bought three times as often: chances follow each, and those not kept."""
    random = np.random.default_rng(4)
    scores = random.random((4000, 12)).astype(np.float32)
    scores[:, 11] *= 1e-3
    often = np.where(np.arange(12) == 3, 0.75, 0.25) * scores
    bought = (random.random(scores.shape) < often).astype(np.float32)
    chances, kept = Calibration.fit(scores, bought, 10, 0.5).chances(scores, 10, 0.5)
    assert (~kept[:, :11]).sum() > 0, "some pairs have the common chance of their category only"
    assert chances.sum(axis=0) == pytest.approx(bought.sum(axis=0), rel=0.06, abs=3)
    assert chances[:, 3].mean() > 2 * chances[:, 4].mean()


def test_who_buys_alike_is_asked_and_taste_beats_fashion(ranking):
    metrics = {found.learner: found.metrics for found in ranking.contenders}
    assert metrics["personal_frequency"]["ndcg_10"] > metrics["popularity"]["ndcg_10"] + 0.1
    assert metrics["lightgbm"]["ndcg_10"] > metrics["popularity"]["ndcg_10"] + 0.1


def test_personal_frequency_counts_days_and_fills_with_popularity():
    events = pd.DataFrame(
        [
            ("2026-08-01", 1, "a"),
            ("2026-08-02", 1, "a"),
            ("2026-08-02", 1, "b"),
            ("2026-08-03", 2, "c"),
            ("2026-08-04", 2, "c"),
        ],
        columns=["business_date", "customer_id", "category_code"],
    ).assign(spend_amount=5.0, receipt_count=1)
    events["business_date"] = pd.to_datetime(events["business_date"])
    history = history_of(events, AS_OF)
    crowd = crowd_of(history, history.days - 1, NeighboursConfig())
    scores = personal_frequency(history, history.days - 1, np.array([0, 1]), crowd)
    assert np.argsort(-scores[0], kind="stable").tolist() == [0, 1, 2]
    assert np.argsort(-scores[1], kind="stable").tolist() == [2, 0, 1], (
        "of the rest, `a` is bought most, and `c` by himself"
    )
    alone = neighbours(history, history.days - 1, np.array([0]), NeighboursConfig(), crowd)
    assert np.isfinite(alone).all()


def test_metrics_of_a_ranking_by_hand():
    bought = np.array([[1, 0, 1, 0], [0, 0, 0, 0]], dtype=np.float32)
    scores = np.array([[4, 3, 2, 1], [1, 2, 3, 4]], dtype=np.float32)
    found = evaluate(bought, scores, top=3)
    assert found["hit_1"] == 1
    assert found["recall_3"] == 1
    assert found["ndcg_3"] == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))
    assert found["customers"] == 1
    with pytest.raises(ValueError, match="Nobody bought"):
        evaluate(np.zeros((2, 4)), scores)


def test_bad_input_is_named(tastes):
    with pytest.raises(BadInput, match="lack category_code"):
        run_contest(tastes.drop(columns="category_code"), AS_OF, CONFIG)
    with pytest.raises(HistoryTooShort, match="Load more history"):
        run_contest(tastes[tastes["business_date"] > pd.Timestamp(AS_OF) - pd.Timedelta(days=60)], AS_OF, CONFIG)


def test_a_category_never_seen_is_not_ranked_and_a_customer_who_knows_no_other_gets_popular_ones(ranking):
    newcomer = pd.DataFrame(
        {"business_date": [AS_OF] * 2, "customer_id": [5, 6], "category_code": ["spaceflight", NAMES[3]],
         "spend_amount": [12.5, 3.0], "receipt_count": [1, 1]}
    )  # fmt: skip
    for learner in CONFIG.contenders:
        ranked = model_of(ranking, learner).predict(newcomer, AS_OF)
        assert "spaceflight" not in set(ranked["category_code"])
        assert set(ranked["customer_id"].dropna()) == {6}


def test_the_winner_is_registered_predicts_the_same_when_loaded_and_is_measured_as_champion(tastes, tracking):
    config = ContestConfig(contenders=("popularity", "personal_frequency"), threads=1)
    assert load_champion_or_none() is None
    contest = run_contest(tastes, AS_OF, config)
    runs = log_contest(contest, {"dagster.run_id": "d-3"})
    deployment = promote(contest, runs, deployed_by="test")
    assert deployment.learner == "personal_frequency"
    champion = load_champion_or_none()
    assert (champion.model_version, champion.run_id) == (deployment.model_version, deployment.run_id)
    assert load_challenger_or_none().learner == "popularity"
    ranked = champion.predict(tastes, AS_OF)
    assert tuple(ranked.columns) == PRIORITY_COLUMNS
    served = mlflow.pyfunc.load_model("models:/category-priority@champion")
    there = served.predict(tastes, params={"as_of": str(AS_OF)})
    pd.testing.assert_frame_equal(there.drop(columns="model_version"), ranked.drop(columns="model_version"))
    client = MlflowClient()
    assert client.get_run(deployment.run_id).data.metrics["ndcg_10"] == pytest.approx(deployment.metrics["ndcg_10"])
    card = Path(client.download_artifacts(deployment.run_id, "model_card.md")).read_text()
    assert f"# category-priority: personal_frequency, {AS_OF}" in card
    assert "ndcg_10_smallest" in card

    # A new category has come since: the champion does not know it, and is measured with it all the same.
    grown = tastes.assign(category_code=tastes["category_code"].where(tastes["customer_id"] % 50 > 0, "spaceflight"))
    again = run_contest(grown, AS_OF, config, champion=champion)
    assert again.champion_metrics["ndcg_10"] < deployment.metrics["ndcg_10"]
    same = run_contest(tastes, AS_OF, config, champion=champion)
    assert same.champion_metrics == pytest.approx(deployment.metrics)
    assert same.decision().winner is None, "who only equals the champion does not replace it"
