"""Customers are scored in parts; only of whom it is due; the forecasts of the others carry."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pytest

from ml_assets.category_priority import ContestConfig as RankingConfig
from ml_assets.category_priority import RankingModel
from ml_assets.category_priority import run_contest as rank
from ml_assets.category_priority.calibration import Calibration
from ml_assets.contest import ScoringModel, run_contest
from ml_assets.contest.carried import CARRIED_DAYS
from ml_assets.purchasing_power import QUESTION, ContestConfig
from ml_assets.retention import QUESTION as RETURNS
from ml_assets.retention import ContestConfig as ReturnsConfig
from ml_assets.retention import units_of
from orchestration.scoring import Scored, score
from tests.ml_assets.little_bank import AS_OF, made_events

CUSTOMERS = 40


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return made_events(customers=CUSTOMERS).assign(business_date=lambda rows: rows["business_date"].dt.date)


@pytest.fixture(scope="module")
def model(events: pd.DataFrame) -> ScoringModel:
    config = ContestConfig(contenders=("linear",), threads=1, origins_at_most=3, test_origins=1)
    return run_contest(QUESTION, events, AS_OF, config).contenders[0].model.registered(3, "run")


@pytest.fixture
def house(warehouse: psycopg.Connection) -> psycopg.Connection:
    warehouse.autocommit = True
    return warehouse


def snapshot(folder: Path, events: pd.DataFrame) -> Path:
    path = folder / "events.parquet"
    events.sort_values("customer_id").to_parquet(path)
    return path


def bought(events: pd.DataFrame, customer_id: int, day: date, amount: float = 50.0) -> pd.DataFrame:
    one = events.iloc[[0]].assign(customer_id=customer_id, business_date=day, spend_amount=amount, receipt_count=1)
    return pd.concat([events, one], ignore_index=True)


def standing(house: psycopg.Connection, day: date, version: int = 3) -> pd.DataFrame:
    rows = house.execute(
        "select customer_id, horizon_days, as_of, expected_amount::float8 as amount "
        "from predictions.purchasing_power_on(%s, 'purchasing-power', %s) order by horizon_days, customer_id",
        [day, version],
    )
    return pd.DataFrame(rows.fetchall(), columns=["customer_id", "horizon_days", "as_of", "amount"])


def run(house: psycopg.Connection, model: ScoringModel, day: date, path: Path) -> Scored:
    return score(house, "purchasing_power", model, day, path)


def test_in_parts_everybody_is_forecast_as_in_one_piece(
    house: psycopg.Connection,
    model: ScoringModel,
    events: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where a part begins later than the bank's history, or few rows at a time are read."""
    monkeypatch.setattr("ml_assets.histories.batches.ROWS_READ", 7)
    monkeypatch.setattr("ml_assets.histories.batches.read_batches.__defaults__", (3,))
    scored = run(house, model, AS_OF, snapshot(tmp_path, events))
    whole = model.predict(events, AS_OF)
    found = standing(house, AS_OF)
    assert found["customer_id"].tolist() == whole["customer_id"].tolist()
    assert found["amount"].tolist() == pytest.approx(whole["expected_amount"].tolist(), abs=0.011)
    assert scored.active_count == scored.scored_count == whole["customer_id"].nunique()
    assert house.execute("select count(distinct scored_at) from predictions.purchasing_power").fetchall() == [(1,)]
    assert house.execute("select row_count from predictions.scorings").fetchall() == [(len(whole),)]


def test_a_scoring_again_adds_nothing(
    house: psycopg.Connection, model: ScoringModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    path = snapshot(tmp_path, events)
    first, second = run(house, model, AS_OF, path), run(house, model, AS_OF, path)
    assert (first.rows_added > 0, second.rows_added, second.scored_count) == (True, 0, 0)
    assert second.active_count == first.active_count
    assert house.execute("select count(*) from predictions.scorings").fetchall() == [(1,)]


def test_who_bought_or_was_corrected_is_scored_again_and_nobody_else(
    house: psycopg.Connection, model: ScoringModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    run(house, model, AS_OF, snapshot(tmp_path, events))
    before, day = standing(house, AS_OF), AS_OF + timedelta(days=1)
    buyer, late, corrected = (int(number) for number in before["customer_id"].unique()[[5, 6, 7]])
    changed = bought(bought(events, buyer, day), late, AS_OF - timedelta(days=40))
    changed.loc[changed.index[changed["customer_id"] == corrected][0], "spend_amount"] += 1
    scored = run(house, model, day, snapshot(tmp_path, changed))
    found = standing(house, day)
    assert set(found.loc[found["as_of"] == day, "customer_id"]) == {buyer, late, corrected}
    assert scored.scored_count == 3
    fresh = model.predict(changed, day).set_index(["horizon_days", "customer_id"])["expected_amount"]
    for row in found.loc[found["as_of"] == day].itertuples():
        assert row.amount == pytest.approx(fresh[row.horizon_days, row.customer_id], abs=0.011)
    assert standing(house, AS_OF).equals(before), "what stood on an earlier day still does"
    counts = house.execute("select as_of, row_count from predictions.scorings order by 1").fetchall()
    assert counts == [(AS_OF, len(before)), (day, len(found))], "rows that carry are of the day's forecast"


def test_a_forecast_carries_no_longer_than_it_may(
    house: psycopg.Connection, model: ScoringModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    path = snapshot(tmp_path, events)
    scored = [run(house, model, AS_OF + timedelta(days=k), path) for k in range(CARRIED_DAYS + 2)]
    assert [found.scored_count for found in scored[1:-1]] == [0] * CARRIED_DAYS
    assert scored[-1].scored_count == scored[-1].active_count > 0
    last = AS_OF + timedelta(days=CARRIED_DAYS + 1)
    assert set(standing(house, last)["as_of"]) == {last}


def test_a_customer_who_falls_inactive_is_forecast_no_more(
    house: psycopg.Connection, model: ScoringModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    gone = 10**9
    path = snapshot(tmp_path, bought(events, gone, AS_OF - timedelta(days=88)))
    for day in (AS_OF, AS_OF + timedelta(days=1), AS_OF + timedelta(days=2)):
        run(house, model, day, path)
        assert (gone in set(standing(house, day)["customer_id"])) == (day < AS_OF + timedelta(days=2))


@pytest.mark.parametrize("days_later", [0, 1])
def test_a_correction_that_takes_the_last_receipt_away_ends_the_forecast(
    house: psycopg.Connection, model: ScoringModel, events: pd.DataFrame, tmp_path: Path, days_later: int
) -> None:
    mistaken, day = 10**9, AS_OF + timedelta(days=days_later)
    run(house, model, AS_OF, snapshot(tmp_path, bought(events, mistaken, AS_OF)))
    scored = run(house, model, day, snapshot(tmp_path, events))
    assert scored.ended_count == 1
    assert mistaken not in set(standing(house, day)["customer_id"])
    assert (mistaken in set(standing(house, AS_OF)["customer_id"])) == (days_later == 1)
    assert run(house, model, day, snapshot(tmp_path, events)).ended_count == 0


def test_another_version_scores_everybody(
    house: psycopg.Connection, model: ScoringModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    path = snapshot(tmp_path, events)
    first = run(house, model, AS_OF, path)
    other = run(house, model.registered(4, "run"), AS_OF + timedelta(days=1), path)
    assert other.scored_count == first.scored_count
    assert set(standing(house, AS_OF + timedelta(days=1), version=3)["as_of"]) == {AS_OF}


def test_who_returns_is_told_by_tenant_and_customer(
    house: psycopg.Connection, events: pd.DataFrame, tmp_path: Path
) -> None:
    visits = pd.concat([events.assign(legal_group="a"), events.iloc[::2].assign(legal_group="b")])
    units = units_of(visits)
    config = ReturnsConfig(contenders=("recency",), threads=1)
    model = run_contest(RETURNS, units.events, AS_OF, config).contenders[0].model.registered(1, "run")
    scored = score(house, "retention", model, AS_OF, snapshot(tmp_path, visits))
    whole = units.named(model.predict(units.events, AS_OF))
    found = house.execute(
        "select legal_group, customer_id, horizon_days, return_probability::float8 "
        "from predictions.retention_on(%s, 'retention', 1)",
        [AS_OF],
    ).fetchall()
    columns = ["legal_group", "customer_id", "horizon_days", "return_probability"]
    assert sorted(found) == sorted(whole[columns].itertuples(index=False, name=None))
    assert scored.rows_added == len(whole)
    less = visits.loc[~((visits["legal_group"] == "b") & (visits["customer_id"] == visits["customer_id"].iloc[0]))]
    later = score(house, "retention", model, AS_OF + timedelta(days=1), snapshot(tmp_path, less))
    assert (later.ended_count, later.scored_count) == (1, 0)


def test_a_snapshot_in_another_order_is_refused(
    house: psycopg.Connection, model: ScoringModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "by_day.parquet"
    events.sort_values("business_date").to_parquet(path)
    with pytest.raises(ValueError, match="not sorted by customer_id: materialize the snapshot again"):
        run(house, model, AS_OF, path)
    assert house.execute("select count(*) from predictions.purchasing_power").fetchall() == [(0,)]


@pytest.fixture(scope="module")
def ranker(events: pd.DataFrame) -> RankingModel:
    """As likely as a category's share of the customer's and his neighbours' days; one is kept, and others from 0.3."""
    config = RankingConfig(contenders=("neighbours",), threads=1)
    found = rank(events, AS_OF, config).contenders[0].model.registered(3, "run")
    random = np.random.default_rng(6)
    scores = random.random((3000, len(found.categories))).astype(np.float32)
    calibration = Calibration.fit(scores, (random.random(scores.shape) < scores).astype(np.float32), 1, 0.3)
    return replace(found, config=replace(config, top=1, least_probability=0.3), calibration=calibration)


def ranked(house: psycopg.Connection, day: date, version: int = 3) -> pd.DataFrame:
    """What stands on a day, the rows of nobody last."""
    rows = house.execute(
        "select customer_id, category_code, category_rank, purchase_probability::float8, as_of "
        "from predictions.category_priority_on(%s, 'category-priority', %s) order by 1, 3, 2",
        [day, version],
    )
    names = ["customer_id", "category_code", "category_rank", "purchase_probability", "as_of"]
    return pd.DataFrame(rows.fetchall(), columns=names).astype(
        {"customer_id": "Int64", "category_rank": "Int64", "category_code": object}
    )


def rank_all(house: psycopg.Connection, model: RankingModel, day: date, path: Path) -> Scored:
    return score(house, "category_priority", model, day, path)


def assert_says(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    columns = ["customer_id", "category_code", "category_rank"]
    pd.testing.assert_frame_equal(found[columns].reset_index(drop=True), expected[columns].reset_index(drop=True))
    assert found["purchase_probability"].tolist() == pytest.approx(expected["purchase_probability"].tolist(), abs=2e-4)


def test_categories_are_ranked_in_parts_as_in_one_piece(
    house: psycopg.Connection,
    ranker: RankingModel,
    events: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ml_assets.histories.batches.ROWS_READ", 7)
    monkeypatch.setattr("ml_assets.histories.batches.read_batches.__defaults__", (3,))
    scored = rank_all(house, ranker, AS_OF, snapshot(tmp_path, events))
    whole = ranker.predict(events, AS_OF)
    kept = whole.groupby("customer_id").size()
    assert kept.min() < kept.max(), "of some more than one category is kept"
    assert_says(ranked(house, AS_OF), whole)
    assert scored.active_count == scored.scored_count == len(kept)
    assert house.execute("select count(distinct scored_at) from predictions.category_priority").fetchall() == [(1,)]
    assert house.execute("select row_count from predictions.scorings").fetchall() == [(len(whole),)]


def test_nobody_is_ranked_again_for_whom_nothing_is_new(
    house: psycopg.Connection, ranker: RankingModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    """Neither on the same day nor on the next; on each day the rows of nobody stand once."""
    path = snapshot(tmp_path, events)
    days = [AS_OF + timedelta(days=k) for k in range(CARRIED_DAYS + 2)]
    scored = [rank_all(house, ranker, day, path) for day in (AS_OF, *days)]
    assert [found.rows_added for found in scored[1:-1]] == [0] * (CARRIED_DAYS + 1)
    assert scored[-1].scored_count == scored[-1].active_count > 0
    for day in days:
        stands = ranked(house, day)
        rest = stands.loc[stands["customer_id"].isna()]
        assert rest["category_code"].tolist() == list(ranker.categories)
        row_count = house.execute("select row_count from predictions.scorings where as_of = %s", [day]).fetchall()
        assert row_count == [(len(stands),)]
    assert set(stands["as_of"]) == {days[-1]}


def test_only_who_bought_or_was_corrected_is_ranked_again_and_what_is_no_longer_kept_is_gone(
    house: psycopg.Connection, ranker: RankingModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    rank_all(house, ranker, AS_OF, snapshot(tmp_path, events))
    before, day = ranked(house, AS_OF), AS_OF + timedelta(days=1)
    own = before.loc[before["category_rank"] == 1].set_index("customer_id")["category_code"]
    convert, late, corrected = (int(number) for number in own.index[[5, 6, 7]])
    other = next(name for name in ranker.categories if name != own[convert])
    changed = bought(events, late, AS_OF - timedelta(days=40))
    changed.loc[changed.index[changed["customer_id"] == corrected][0], "spend_amount"] += 1
    days = [AS_OF - timedelta(days=k) for k in range(170)] + [day]
    changed = pd.concat(
        [
            changed,
            changed.iloc[[0] * len(days)].assign(business_date=days, customer_id=convert, category_code=other),
        ]
    )
    scored = rank_all(house, ranker, day, snapshot(tmp_path, changed))
    found = ranked(house, day)
    fresh = found.loc[found["as_of"] == day]
    assert scored.scored_count == 3
    assert set(fresh["customer_id"]) == {convert, late, corrected}
    expected = ranker.predict(changed, day)
    assert_says(fresh, expected.loc[expected["customer_id"].isin([convert, late, corrected]).fillna(False)])
    assert other in set(fresh.loc[fresh["customer_id"] == convert, "category_code"])
    carried = found.loc[found["as_of"] == AS_OF].reset_index(drop=True)
    stayed = ~before["customer_id"].isin([convert, late, corrected]).fillna(False)
    pd.testing.assert_frame_equal(carried, before.loc[stayed].reset_index(drop=True))
    pd.testing.assert_frame_equal(ranked(house, AS_OF), before)
    counts = house.execute("select as_of, row_count from predictions.scorings order by 1").fetchall()
    assert counts == [(AS_OF, len(before)), (day, len(found))]


@pytest.mark.parametrize("days_later", [0, 1])
def test_a_correction_that_takes_the_last_receipt_away_ends_the_ranking(
    house: psycopg.Connection, ranker: RankingModel, events: pd.DataFrame, tmp_path: Path, days_later: int
) -> None:
    """And who buys only where training saw nothing has none, which is no reason to ask again."""
    mistaken, day = 10**9, AS_OF + timedelta(days=days_later)
    stranger = bought(events, mistaken + 1, AS_OF)
    stranger.loc[stranger["customer_id"] > mistaken, "category_code"] = "spaceflight"
    rank_all(house, ranker, AS_OF, snapshot(tmp_path, bought(stranger, mistaken, AS_OF)))
    assert set(ranked(house, AS_OF)["customer_id"].dropna()) & {mistaken, mistaken + 1} == {mistaken}
    scored = rank_all(house, ranker, day, snapshot(tmp_path, stranger))
    assert (scored.ended_count, scored.scored_count, scored.rows_added) == (1, 0, 0)
    stands = ranked(house, day)
    assert mistaken not in set(stands["customer_id"])
    row_count = "select row_count from predictions.scorings where as_of = %s order by scored_at desc limit 1"
    assert house.execute(row_count, [day]).fetchall() == [(len(stands),)]


def test_another_version_ranks_everybody_and_says_rows_of_nobody_of_its_own(
    house: psycopg.Connection, ranker: RankingModel, events: pd.DataFrame, tmp_path: Path
) -> None:
    path, day = snapshot(tmp_path, events), AS_OF + timedelta(days=1)
    first = rank_all(house, ranker, AS_OF, path)
    other = rank_all(house, ranker.registered(4, "run"), day, path)
    assert other.scored_count == first.scored_count
    assert_says(ranked(house, day, version=4), ranker.predict(events, day))
    assert set(ranked(house, day)["as_of"]) == {AS_OF}
