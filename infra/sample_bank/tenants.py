"""The merchants that get a login, from a corner shop to a chain."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class StorePlan:
    """Stores of one category: `count` in each of the first `cities` cities, fewer the smaller the city."""

    category: str
    count: int
    cities: int = 1
    first_city: int = 0
    rank: int = 2
    """Place among the category's stores of the city by attractiveness; 0 is the strongest."""


@dataclass(frozen=True)
class Tenant:
    name: str
    legal_group: str
    login: str
    stores: tuple[StorePlan, ...]
    language: Literal["ru", "en"] = "ru"


TENANTS: tuple[Tenant, ...] = (
    Tenant("Кофейня на углу", "ИП Ветрова А. С.", "kofeinya", (StorePlan("cafes", 1, rank=1),)),
    Tenant(
        "Семейный стол",
        "ООО «Семейный стол»",
        "semeiny-stol",
        (StorePlan("restaurants", 4, cities=2, rank=1), StorePlan("food_shops", 2, rank=2)),
    ),
    Tenant(
        "Берёзка",
        "АО «Торговый дом Берёзка»",
        "berezka",
        (StorePlan("groceries", 8, cities=12, rank=1), StorePlan("discount_stores", 2, cities=3, rank=1)),
    ),
    Tenant(
        "Northern Light", "ООО «Северный свет»", "northern-light", (StorePlan("clothing", 3, cities=2, rank=1),), "en"
    ),
    Tenant("Доктор рядом", "ООО «Доктор рядом»", "doktor-ryadom", (StorePlan("pharmacies", 3, cities=2),)),
    Tenant(
        "Магистраль",
        "ООО «Магистраль-Нефть»",
        "magistral",
        (StorePlan("fuel", 3, cities=4, rank=1), StorePlan("cafes", 1, rank=6)),
    ),
    Tenant("Тёплый хлеб", "ООО «Тёплый хлеб»", "teply-hleb", (StorePlan("food_shops", 4, cities=2, rank=3),)),
    Tenant("Хвост и усы", "ИП Котова М. И.", "hvost", (StorePlan("pets", 2, rank=1),)),
    Tenant("Пион", "ИП Садовников П. П.", "pion", (StorePlan("flowers", 2, rank=1),)),
    Tenant("Лаванда", "ООО «Лаванда Косметик»", "lavanda", (StorePlan("cosmetics", 3, cities=4, rank=1),)),
    Tenant("Электрон", "ООО «Электрон-Центр»", "elektron", (StorePlan("electronics", 2, cities=3, rank=1),)),
    Tenant("Молоток", "ООО «Молоток»", "molotok", (StorePlan("home_improvement", 2, cities=3, first_city=1, rank=1),)),
    Tenant("Карусель игрушек", "ООО «Карусель»", "karusel", (StorePlan("children", 2, cities=2, rank=1),)),
    Tenant("Вершина", "ООО «Вершина Спорт»", "vershina", (StorePlan("sports_goods", 2, cities=2, rank=1),)),
    Tenant("Локон", "ИП Мастерова Е. В.", "lokon", (StorePlan("beauty_salons", 2, rank=1),)),
    Tenant(
        "Волжский причал",
        "ООО «Волжский причал»",
        "prichal",
        (StorePlan("restaurants", 2, first_city=2, rank=1), StorePlan("bars", 1, first_city=2, rank=1)),
    ),
    Tenant("Читай-ка", "ООО «Читайка»", "chitaika", (StorePlan("books", 2, cities=2, rank=1),)),
    Tenant("Гараж 21", "ИП Моторин К. Л.", "garazh", (StorePlan("auto_service", 2, first_city=1, rank=1),)),
    Tenant("Энергия", "ООО «Фитнес Энергия»", "energiya", (StorePlan("fitness", 2, rank=0),)),
    Tenant("Винный двор", "ООО «Винный двор»", "vinny-dvor", (StorePlan("alcohol", 3, cities=3, rank=1),)),
)
"""The first three: one store, a mid-size group, a chain in many cities."""
