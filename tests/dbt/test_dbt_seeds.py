"""Seeds that repeat what another part of the product ships."""

import csv

from infra.sample_bank.cities import CITIES
from infra.settings import REPOSITORY

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
