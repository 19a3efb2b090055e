"""Where people live, and how terminals spell it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    name_en: str
    name_ru: str
    region_ru: str
    spelling: str
    """What most terminals send."""
    aliases: tuple[str, ...]
    """What other acquirers send for the same place."""
    misspellings: tuple[str, ...]


CITIES: tuple[City, ...] = (
    City("Moscow", "Москва", "Москва", "MOSCOW", ("MOSKVA", "Г МОСКВА", "МОСКВА", "Г. МОСКВА"), ("MOSKOW", "МАСКВА")),
    City(
        "Saint Petersburg",
        "Санкт-Петербург",
        "Санкт-Петербург",
        "SANKT-PETERBURG",
        ("САНКТ-ПЕТЕРБУРГ", "SPB", "ST PETERSBURG", "Г САНКТ-ПЕТЕРБУРГ", "S-PETERBURG"),
        ("SANKT PETERBURG", "САНКТ ПЕТЕРБУРГ"),
    ),
    City("Kazan", "Казань", "Татарстан", "KAZAN", ("KAZAN'", "КАЗАНЬ", "Г КАЗАНЬ"), ("КАЗАН", "CAZAN")),
    City(
        "Yekaterinburg",
        "Екатеринбург",
        "Свердловская область",
        "EKATERINBURG",
        ("YEKATERINBURG", "ЕКАТЕРИНБУРГ", "Г ЕКАТЕРИНБУРГ", "EKB"),
        ("EKATERENBURG", "ЕКАТЕРЕНБУРГ"),
    ),
    City(
        "Novosibirsk",
        "Новосибирск",
        "Новосибирская область",
        "NOVOSIBIRSK",
        ("НОВОСИБИРСК", "Г НОВОСИБИРСК"),
        ("NOVOSIBISK",),
    ),
    City(
        "Nizhny Novgorod",
        "Нижний Новгород",
        "Нижегородская область",
        "NIZHNIY NOVGOROD",
        ("NIZHNY NOVGOROD", "НИЖНИЙ НОВГОРОД", "N NOVGOROD", "Г НИЖНИЙ НОВГОРОД"),
        ("NIZNIY NOVGOROD",),
    ),
    City("Samara", "Самара", "Самарская область", "SAMARA", ("САМАРА", "Г САМАРА"), ("SAMARRA",)),
    City(
        "Rostov-on-Don",
        "Ростов-на-Дону",
        "Ростовская область",
        "ROSTOV-NA-DONU",
        ("РОСТОВ-НА-ДОНУ", "ROSTOV-ON-DON", "ROSTOV NA DONU"),
        ("ROSTOV NA DON",),
    ),
    City("Krasnodar", "Краснодар", "Краснодарский край", "KRASNODAR", ("КРАСНОДАР", "Г КРАСНОДАР"), ("KRASNADAR",)),
    City("Perm", "Пермь", "Пермский край", "PERM", ("PERM'", "ПЕРМЬ", "Г ПЕРМЬ"), ("ПЕРМ",)),
    City("Voronezh", "Воронеж", "Воронежская область", "VORONEZH", ("ВОРОНЕЖ", "Г ВОРОНЕЖ"), ("VORONEJ",)),
    City("Tula", "Тула", "Тульская область", "TULA", ("ТУЛА", "Г ТУЛА"), ("TULLA",)),
    City("Ufa", "Уфа", "Башкортостан", "UFA", ("УФА", "Г УФА"), ("UFFA",)),
    City(
        "Chelyabinsk", "Челябинск", "Челябинская область", "CHELYABINSK", ("ЧЕЛЯБИНСК", "Г ЧЕЛЯБИНСК"), ("CHELIABINSK",)
    ),
    City(
        "Yaroslavl",
        "Ярославль",
        "Ярославская область",
        "YAROSLAVL",
        ("YAROSLAVL'", "ЯРОСЛАВЛЬ", "Г ЯРОСЛАВЛЬ"),
        ("JAROSLAVL",),
    ),
    City("Tomsk", "Томск", "Томская область", "TOMSK", ("ТОМСК", "Г ТОМСК"), ("TOMCK",)),
)
"""Largest first: homes and shops fall as 1 / rank."""
