"""Age band and gender are features where a bank switches them on, and nowhere else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml_assets.contest import Contest, ScoringModel, run_contest
from ml_assets.contest.card import card, inputs_of
from ml_assets.errors import BadInput
from ml_assets.histories import check_events
from ml_assets.histories.panel import panel_of
from ml_assets.histories.people import PEOPLE_COLUMNS
from ml_assets.purchasing_power import QUESTION as POWER
from ml_assets.purchasing_power import ContestConfig as PowerConfig
from ml_assets.purchasing_power.config import BoostingConfig as PowerBoosting
from ml_assets.retention import QUESTION as RETURNS
from ml_assets.retention import ContestConfig as ReturnsConfig
from ml_assets.retention.config import BoostingConfig as ReturnsBoosting
from tests.ml_assets.little_bank import AS_OF, made_events

FEW = {"horizons": (30,), "origins_at_most": 4, "test_origins": 1, "threads": 1}
CONFIGS = {
    "purchasing-power": PowerConfig(
        contenders=("linear", "lightgbm"), boosting=PowerBoosting(trees=20, rows_per_leaf=5), **FEW
    ),
    "retention": ReturnsConfig(
        contenders=("logistic", "lightgbm", "blend"), boosting=ReturnsBoosting(trees=20, rows_per_leaf=5), **FEW
    ),
}  # fmt: skip
QUESTIONS = {question.name: question for question in (POWER, RETURNS)}


def told(events: pd.DataFrame, shift: int = 0) -> pd.DataFrame:
    """With age and gender, by which amounts and visits differ; of a customer in seven no age is known."""
    number = pd.factorize(events["customer_id"], sort=True)[0] + shift
    age = pd.Series(np.array(["18_24", "25_34", None], dtype=object)[np.minimum(number % 7, 2)], index=events.index)
    return events.assign(age_band=age.where(number % 7 != 3, "65_plus"), gender=np.where(number % 2, "F", "M"))


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    events = told(made_events(customers=80, days=200))
    kept = (events["gender"] == "F") | (np.arange(len(events)) % 4 == 0)
    return events.loc[kept].assign(spend_amount=events["spend_amount"] * np.where(events["gender"] == "F", 9, 1))


@pytest.fixture(scope="module", params=CONFIGS)
def contests(request: pytest.FixtureRequest, people: pd.DataFrame) -> tuple[Contest, Contest]:
    """Of one question: with age and gender switched off, and on."""
    question, config = QUESTIONS[request.param], CONFIGS[request.param]
    off = run_contest(question, people, AS_OF, config)
    return off, run_contest(question, people, AS_OF, replace(config, demographics=True))


def forecasts(model: ScoringModel, events: pd.DataFrame) -> np.ndarray:
    """The learner's own, before a calibration that may level few customers."""
    panel = panel_of(check_events(events), AS_OF, model.categories, model.levels)
    return model.fitted.forecasts(panel, panel.days - 1, panel.active(panel.days - 1, 90))[30]


def features(model: ScoringModel) -> set[str]:
    """Names that the fitted learners themselves know."""
    fitted = model.fitted
    parts = [fitted.first, fitted.second] if model.learner == "blend" else [fitted]  # type: ignore[attr-defined]
    names: set[str] = set()
    for part in parts:
        names |= {name for b in getattr(part, "boosters", {}).values() for name in b.feature_name()}
        names |= {name for p in getattr(part, "pipelines", {}).values() for name in p.feature_names_in_}
    return names


def of_people(model: ScoringModel) -> set[str]:
    return {name for name in features(model) if name.startswith(PEOPLE_COLUMNS)}


def test_off_no_forecast_depends_on_them(contests: tuple[Contest, Contest], people: pd.DataFrame) -> None:
    off, _ = contests
    without = people.drop(columns=list(PEOPLE_COLUMNS))
    for found in off.contenders:
        assert features(found.model)
        assert not of_people(found.model)
        here = forecasts(found.model, people)
        assert (here == forecasts(found.model, told(people, shift=1))).all()
        assert (here == forecasts(found.model, without)).all()
        pd.testing.assert_frame_equal(found.model.predict(people, AS_OF), found.model.predict(without, AS_OF))


def test_off_what_is_learnt_does_not_depend_on_them(people: pd.DataFrame) -> None:
    config = replace(CONFIGS["purchasing-power"], contenders=("linear",))
    one, two = (run_contest(POWER, events, AS_OF, config) for events in (people, told(people, shift=1)))
    assert one.digest == two.digest
    assert one.contenders[0].metrics == two.contenders[0].metrics


def test_on_forecasts_depend_on_them(contests: tuple[Contest, Contest], people: pd.DataFrame) -> None:
    _, on = contests
    for found in on.contenders:
        levels = {"age_band_18_24", "age_band_25_34", "age_band_65_plus", "age_band_unknown"}
        assert of_people(found.model) == levels | {"gender_f", "gender_m", "gender_unknown"}
        assert (forecasts(found.model, people) != forecasts(found.model, told(people, shift=1))).any()
        strange = forecasts(found.model, people.assign(age_band="never seen"))
        assert (strange == forecasts(found.model, people.assign(age_band=None))).all(), "a level of its own"


def test_on_a_saved_model_keeps_them_and_refuses_events_without(
    contests: tuple[Contest, Contest], people: pd.DataFrame, tmp_path
) -> None:
    _, on = contests
    for found in on.contenders:
        found.model.save(tmp_path / found.learner)
        loaded = ScoringModel.load(tmp_path / found.learner)
        np.testing.assert_allclose(forecasts(loaded, people), forecasts(found.model, people), atol=0.011)
        with pytest.raises(BadInput, match="lack gender: set LYRA_DEMOGRAPHIC_FEATURES=true"):
            loaded.predict(people.drop(columns="gender"), AS_OF)


def test_the_card_and_the_signature_say_whether_they_are_used(contests: tuple[Contest, Contest]) -> None:
    for contest, is_on in zip(contests, (False, True), strict=True):
        text = card(contest, contest.contenders[0], "passed")
        assert ("**Age and gender**: not used" in text) != is_on
        assert ("**Age and gender**: features of its table learners" in text) == is_on
        assert (set(PEOPLE_COLUMNS) <= inputs_of(contest).keys()) == is_on


def test_switched_off_a_champion_that_needs_them_is_replaced(
    contests: tuple[Contest, Contest], people: pd.DataFrame
) -> None:
    off, on = contests
    needing, config = on.contenders[0].model, replace(off.config, contenders=off.config.contenders[:1])
    again = run_contest(off.question, people.drop(columns=list(PEOPLE_COLUMNS)), AS_OF, config, champion=needing)
    assert (again.champion, again.champion_metrics) == (None, None)
    with pytest.raises(BadInput, match="lack age_band, gender"):
        run_contest(off.question, people.drop(columns=list(PEOPLE_COLUMNS)), AS_OF, on.config)
