"""A person puts another version in charge, and goes back; what is asked wrongly is named."""

import pytest

from ml_assets import deployments
from ml_assets.contest.registry import challenger_of, load_champion, log_contest, promote
from ml_assets.deployments import NoSuchModel
from ml_assets.purchasing_power import QUESTION

NAME = QUESTION.name


def test_another_version_is_put_in_charge_and_the_old_one_comes_back(contest, tracking):
    runs = log_contest(contest, {})
    deployed = promote(contest, runs, deployed_by="test")
    listed = deployments.versions(NAME)
    assert [one.model_version for one in listed] == sorted((run.model_version for run in runs), reverse=True)
    assert {one.model_version: one.learner for one in listed} == {run.model_version: run.learner for run in runs}
    champion = next(one for one in listed if "champion" in one.aliases)
    assert champion.model_version == deployed.model_version
    assert champion.metrics["mae_30"] == pytest.approx(deployed.metrics["mae_30"])

    challenger = challenger_of(contest, runs, deployed)
    assert challenger is not None
    assert challenger.alias == "challenger"
    assert "challenger" in deployments.version(NAME, challenger.model_version).aliases
    assert challenger.metrics["mae_30"] != champion.metrics["mae_30"]
    assert set(challenger.as_row()) == set(deployed.as_row())

    other = next(one for one in listed if one is not champion)
    chosen = deployments.candidate(NAME, other.model_version)
    deployments.put_in_charge(chosen)
    assert "champion" in deployments.version(NAME, other.model_version).aliases
    assert load_champion(QUESTION).learner == other.learner
    row = chosen.as_row("the bank asked for it", "anna")
    assert set(row) == set(deployed.as_row())
    assert (row["reason"], row["deployed_by"], row["as_of"]) == ("the bank asked for it", "anna", contest.as_of)

    back = deployments.candidate(NAME, None)
    assert back.model_version == champion.model_version
    deployments.put_in_charge(back)
    assert deployments.candidate(NAME, None).model_version == other.model_version, "the two change places"


def test_what_is_not_there_is_named(contest, tracking):
    with pytest.raises(NoSuchModel, match="none yet"):
        deployments.versions("horoscope")
    runs = log_contest(contest, {})
    promote(contest, runs, deployed_by="test")
    with pytest.raises(NoSuchModel, match=f"There are: {NAME}"):
        deployments.versions("horoscope")
    with pytest.raises(NoSuchModel, match="no version 99"):
        deployments.candidate(NAME, 99)
    with pytest.raises(NoSuchModel, match="none to go back to"):
        deployments.candidate(NAME, None)
    champion = next(one for one in deployments.versions(NAME) if "champion" in one.aliases)
    with pytest.raises(NoSuchModel, match="champion already"):
        deployments.candidate(NAME, champion.model_version)
