"""Seeds that repeat what another part of the product ships."""

import csv

from infra.sample_bank.cities import CITIES
from infra.settings import REPOSITORY
from ml_assets.quality import LIMITS

SEEDS = REPOSITORY / "dbt_project" / "seeds"


def test_bank_categories_are_those_of_the_loader() -> None:
    with open(REPOSITORY / "infra/ingest/reference/bank_categories.csv", encoding="utf-8") as shipped:
        expected = list(csv.reader(shipped, delimiter=";"))
    with open(SEEDS / "bank_categories.csv", encoding="utf-8") as seed:
        assert list(csv.reader(seed)) == expected


def test_every_city_of_the_sample_bank_is_known() -> None:
    with open(SEEDS / "cities.csv", encoding="utf-8") as seed:
        known = {(row["name_en"], row["name_ru"]) for row in csv.DictReader(seed)}
    assert {(city.name_en, city.name_ru) for city in CITIES} <= known


def test_models_have_the_error_that_decides_their_health() -> None:
    with open(SEEDS / "models.csv", encoding="utf-8") as seed:
        said = {row["model_name"]: (row["metric"], row["horizon_code"]) for row in csv.DictReader(seed)}
    assert said == {name: (limits.metric, limits.horizon_code) for name, limits in LIMITS.items()}


def test_everything_that_a_page_about_models_names_has_words() -> None:
    from ml_assets.category_priority import LEARNERS as RANKERS
    from ml_assets.demand import DemandConfig
    from ml_assets.purchasing_power import ContestConfig as Spend
    from ml_assets.retention import ContestConfig as Returns
    from ml_assets.segments.registry import LEARNER, NAME
    from orchestration.quality import WATCHED

    with open(SEEDS / "model_words.csv", encoding="utf-8") as seed:
        known = {(row["kind"], row["code"]) for row in csv.DictReader(seed) if row["name_en"] and row["name_ru"]}
    contenders = {name for config in (Spend(), Returns(), DemandConfig()) for name in config.contenders}
    assert {("learner", name) for name in (*contenders, *RANKERS, LEARNER)} <= known
    assert ("model", NAME) in known
    assert {("distribution", f"input {name}") for name in WATCHED} <= known
