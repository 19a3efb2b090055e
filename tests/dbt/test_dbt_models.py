"""What the pages say about models: their health in words, and past errors of a tenant's own forecasts."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from psycopg.types.json import Jsonb

from infra.settings import Settings
from ml_assets.quality import LIMITS, Health, health_of
from tests.dbt.conftest import new_database, run_dbt
from tests.dbt.recounted import read
from tests.dbt.tiny_bank import TENANTS

DEPLOYED = {"wape_30": 0.2, "brier_30": 0.17, "wape_day": 0.3}
SPEND, RETURNS, DEMAND = LIMITS["purchasing-power"], LIMITS["retention"], LIMITS["demand"]
GOOD, BAD = {"wape": 0.2, "baseline_wape": 0.4}, {"wape": 0.31, "baseline_wape": 0.4}
NARROW = GOOD | {"coverage": 0.6, "coverage_nominal": 0.8}
SAID: dict[str, tuple[Health, str, str]] = {
    "case_waits": (health_of(DEMAND, DEPLOYED, [], {}), "No forecast's days", "Ещё не прошли все дни"),
    "case_stable": (health_of(SPEND, DEPLOYED, [GOOD], {}), "erred by 20.0%; it was", "— 20,0 %; при вводе"),
    "case_one_bad": (health_of(SPEND, DEPLOYED, [GOOD, GOOD, BAD], {}), "erred by 31.0%", "— 31,0 %; при"),
    "case_all_bad": (health_of(SPEND, DEPLOYED, [BAD, BAD], {}), "number: 2) erred by 31.0%", "число: 2) — 31,0 %"),
    "case_ranges": (health_of(SPEND, DEPLOYED, [NARROW], {}), "held 60.0% of", "попало 60,0 % исходов"),
    "case_chances": (health_of(RETURNS, DEPLOYED, [{"brier": 0.16, "ece": 0.09}], {}), "off by 9.0%", "на 9,0 %"),
    "case_unpromised": (health_of(RETURNS, {}, [{"brier": 0.16}], {}), "erred by 0.160.", "— 0,160."),
    "case_moved": (
        health_of(DEMAND, DEPLOYED, [], {"input mean_day": 0.4}),
        "Revenue of an average day, stability index 0.40", "Выручка среднего дня, индекс стабильности 0,40",
    ),
}  # fmt: skip
REASONS = {"no_truth_yet", "errors_as_deployed", "last_error_grew", "errors_grew", "interval_misses",
           "probability_misses", "distribution_moved"}  # fmt: skip
EARLY, LATE = date(2025, 1, 1), date(2025, 2, 1)
ME, OTHER = TENANTS
FIGURES = [
    # model, version, as_of, horizon, legal group, metric, value, units; version 1 was in charge, 2 is, 3 never was
    ("demand", 2, EARLY, "day", ME, "wape", 0.9, 500),
    ("demand", 2, LATE, "day", ME, "wape", 0.25, 500),
    ("demand", 2, LATE, "day", ME, "coverage", 0.7, 500),
    ("demand", 2, LATE, "day", ME, "coverage_nominal", 0.8, 500),
    ("demand", 1, LATE, "day", ME, "wape", 0.1, 500),
    ("demand", 3, LATE, "day", ME, "wape", 0.05, 500),
    ("demand", 2, LATE, "day", OTHER, "wape", 0.77, 500),
    ("demand", 1, LATE, "week", ME, "wape", 0.12, 500),
    ("retention", 2, LATE, "30", ME, "brier", 0.15, 40),
    ("retention", 2, LATE, "30", ME, "baseline_brier", 0.2, 40),
    ("retention", 2, LATE, "60", ME, "brier", 0.25, 40),
    ("retention", 2, LATE, "60", ME, "baseline_brier", 0.2, 40),
    ("retention", 2, LATE, "90", ME, "brier", 0.11, 29),
    ("retention", 2, LATE, "90", ME, "baseline_brier", 0.2, 29),
    ("demand", 1, EARLY, "day", "*", "wape", 0.4, 900),
    ("demand", 1, LATE, "day", "*", "wape", 0.35, 900),
    ("demand", 2, LATE, "day", "*", "wape", 0.3, 900),
    ("demand", 3, LATE, "day", "*", "wape", 0.2, 900),
]


@pytest.fixture(scope="module")
def pages(cluster: Settings, built: str, target_folder: Path) -> Iterator[Callable[[str], pd.DataFrame]]:
    """Read a serving table of a bank whose models were deployed, judged and measured as above."""

    def fill(url: str) -> None:
        with psycopg.connect(url) as owner:
            versions = [(name, 1) for name in SAID] + [(name, n) for name in ("demand", "retention") for n in (1, 2)]
            for name, version in versions:
                owner.execute(
                    "insert into predictions.deployments (model_name, model_version, learner, alias, run_id, as_of, "
                    "metrics, reason, deployed_by) values (%s, %s, 'lightgbm', 'champion', 'r', %s, %s, 'as said', %s)",
                    [name, version, EARLY, Jsonb(DEPLOYED), "dagster" if version == 1 else "anna"],
                )
            for name, (health, _, _) in SAID.items():
                owner.execute(
                    "insert into predictions.model_health (model_name, as_of, model_version, status, reason_code, "
                    "figures) values (%s, %s, 1, %s, %s, %s)",
                    [name, LATE, health.status, health.reason_code, Jsonb(dict(health.figures))],
                )
            with owner.cursor() as cursor:
                cursor.executemany(
                    "insert into predictions.forecast_scores (model_name, model_version, as_of, horizon_code, "
                    "legal_group, size_band, metric, value, unit_count) values (%s, %s, %s, %s, %s, 'all', %s, %s, %s)",
                    FIGURES,
                )
        run_dbt(url, target_folder, "build", "--select", "agg_forecast_scores", "path:models/serving/staff",
                "forecast_errors", "--exclude-resource-type", "unit_test")  # fmt: skip

    for url in new_database(cluster, built.rsplit("/", 1)[1], fill):
        yield lambda table, url=url: read(url, f"select * from serving_candidate.{table}")


def test_every_reason_is_a_sentence_with_its_figures_in_both_languages(
    pages: Callable[[str], pd.DataFrame],
) -> None:
    assert {health.reason_code for health, _, _ in SAID.values()} == REASONS
    rows = pages("model_health").set_index("model_name")
    for name, (health, english, russian) in SAID.items():
        row = {column: str(value).replace("\u00a0", " ") for column, value in rows.loc[name].items()}
        assert english in row["reason_en"], row["reason_en"]
        assert russian in row["reason_ru"], row["reason_ru"]
        assert not re.search("[А-Яа-яЁё]", row["reason_en"] + row["status_en"] + row["learner_en"])
        assert not re.search("[A-Za-z]", row["reason_ru"] + row["status_ru"] + row["learner_ru"])
        assert row["status"] == health.status


def test_a_new_version_waits_for_its_own_facts(pages: Callable[[str], pd.DataFrame]) -> None:
    row = pages("model_health").set_index("model_name").loc["demand"]
    assert (row["model_version"], row["status"], row["reason_en"]) == (
        2,
        "waiting",
        "No forecast's days are all in yet.",
    )


def test_the_worst_stand_first(pages: Callable[[str], pd.DataFrame]) -> None:
    order = pages("model_health").sort_values("status_sort")["status"].unique().tolist()
    assert order == ["degraded", "attention", "waiting", "stable"]


def test_the_line_of_errors_is_of_the_version_put_in_charge_last(pages: Callable[[str], pd.DataFrame]) -> None:
    scores = pages("model_scores")
    line = scores[scores["is_of_record"]].sort_values("as_of")
    assert line["model_version"].tolist() == [1, 2]
    assert line["is_newest"].tolist() == [False, True]
    assert line["deployed_error"].astype(float).tolist() == [0.3, 0.3]
    assert scores.loc[scores["model_version"] == 3, "deployed_error"].isna().all()


def test_a_challenger_stands_beside_the_champion(pages: Callable[[str], pd.DataFrame]) -> None:
    (row,) = pages("model_challengers").to_dict("records")
    assert (row["champion_version"], row["challenger_version"], row["as_of"]) == (2, 3, LATE)
    assert (row["champion_error_en"], row["challenger_error_en"], row["better_en"]) == ("30.0%", "20.0%", "challenger")


def test_the_history_says_why_in_both_languages(pages: Callable[[str], pd.DataFrame]) -> None:
    history = pages("model_deployments").set_index(["model_name", "model_version"])
    contest, by_hand = history.loc[("demand", 1)], history.loc[("demand", 2)]
    assert contest["reason_en"] == "Outcome of the contest: error 30.0% on days that it had not seen."
    assert contest["reason_ru"].startswith("Итог конкурса: ошибка 30,0")
    assert (by_hand["reason_en"], by_hand["reason_ru"], by_hand["deployed_by_ru"]) == ("as said", "as said", "anna")
    assert history["is_in_charge"].groupby("model_name").sum().eq(1).all()


def test_a_tenant_reads_the_newest_error_of_the_version_in_charge(pages: Callable[[str], pd.DataFrame]) -> None:
    errors = pages("forecast_errors").set_index(["tenant_name", "forecast_code", "horizon_code"]).sort_index()
    assert len(errors) == len(TENANTS) * 7
    mine = errors.loc[(ME, "demand", "day")]
    assert mine["error_en"] == "25.0% of the amount"
    assert (float(mine["coverage_nominal"]), float(mine["coverage"]), mine["forecast_count"]) == (0.8, 0.7, 2)
    assert errors.loc[(OTHER, "demand", "day"), "error_en"] == "77.0% of the amount"
    assert errors.loc[(ME, "demand", "week"), "error_en"] == "12.0% of the amount", "the version before had it"
    assert errors.loc[(OTHER, "retention", "30"), "error_ru"] == "пока неизвестно"


def test_chances_are_judged_in_words_and_few_customers_withheld(pages: Callable[[str], pd.DataFrame]) -> None:
    errors = pages("forecast_errors").set_index(["tenant_name", "forecast_code", "horizon_code"]).sort_index()
    said = errors.loc[(ME, "retention"), "error_en"].to_dict()
    assert said == {
        "30": "25.0% closer than one chance for all",
        "60": "no closer than one chance for all",
        "90": "fewer than 30 customers",
    }
    assert pd.isna(errors.loc[(ME, "retention", "90"), "error"])
    assert errors.loc[(ME, "retention", "90"), "status"] == "withheld"
