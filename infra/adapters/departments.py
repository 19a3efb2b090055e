"""The departments of the Complete Journey's stores, as categories of the input contract."""

from typing import NamedTuple


class Department(NamedTuple):
    """A department: a private four-digit code, and the category of the same meaning."""

    mcc: int
    category_code: str
    name_en: str
    name_ru: str
    group: str


DEPARTMENTS = {
    "GROCERY": Department(9001, "grocery", "Grocery", "Бакалея", "food"),
    "PRODUCE": Department(9002, "produce", "Fruit and vegetables", "Овощи и фрукты", "food"),
    "MEAT": Department(9003, "meat", "Meat", "Мясо", "food"),
    "MEAT-PCKGD": Department(9004, "packaged_meat", "Packaged meat", "Мясные изделия в упаковке", "food"),
    "SEAFOOD": Department(9005, "seafood", "Fish and seafood", "Рыба и морепродукты", "food"),
    "SEAFOOD-PCKGD": Department(9006, "packaged_seafood", "Packaged seafood", "Рыба в упаковке", "food"),
    "FROZEN GROCERY": Department(9007, "frozen_grocery", "Frozen food", "Замороженные продукты", "food"),
    "NUTRITION": Department(9008, "nutrition", "Healthy food and nutrition", "Здоровое питание", "food"),
    "PASTRY": Department(9009, "pastry", "Bread and pastry", "Хлеб и выпечка", "food"),
    "SPIRITS": Department(9010, "spirits", "Wine and spirits", "Вино и крепкие напитки", "food"),
    "DELI": Department(9011, "deli", "Delicatessen", "Кулинария и деликатесы", "ready_meals"),
    "SALAD BAR": Department(9012, "salad_bar", "Salad bar", "Салат-бар", "ready_meals"),
    "CHEF SHOPPE": Department(9013, "chef_shop", "Chef's ready meals", "Готовые блюда от шефа", "ready_meals"),
    "RESTAURANT": Department(9014, "restaurant", "In-store restaurant", "Кафе в магазине", "ready_meals"),
    "DRUG GM": Department(9015, "drugstore", "Drugstore and household", "Бытовая химия и аптека", "household"),
    "COSMETICS": Department(9016, "cosmetics", "Cosmetics", "Косметика", "household"),
    "HOUSEWARES": Department(9017, "housewares", "Housewares", "Посуда и хозтовары", "household"),
    "ELECT &PLUMBING": Department(9018, "electric", "Electrical and plumbing", "Электрика и сантехника", "household"),
    "TOYS": Department(9019, "toys", "Toys", "Игрушки", "household"),
    "GM MERCH EXP": Department(9020, "merchandise", "General merchandise", "Прочие товары магазина", "household"),
    "FLORAL": Department(9021, "floral", "Flowers", "Цветы", "garden"),
    "GARDEN CENTER": Department(9022, "garden", "Garden centre", "Садовый центр", "garden"),
    "FUEL": Department(9023, "fuel", "Fuel", "Топливо", "auto"),
    "AUTOMOTIVE": Department(9024, "automotive", "Car goods", "Автотовары", "auto"),
    "TRAVEL & LEISURE": Department(9025, "leisure", "Travel and leisure", "Поездки и досуг", "services"),
    "PHOTO & VIDEO": Department(9026, "photo_video", "Photo and video", "Фото и видео", "services"),
    "POSTAL CENTER": Department(9027, "postal", "Postal services", "Почтовые услуги", "services"),
    "CHARITABLE CONT": Department(9028, "charity", "Charitable gifts", "Пожертвования", "services"),
    "COUPON": Department(9029, "coupon", "Coupon items", "Товары по купонам", "store"),
    "CNTRL/STORE SUP": Department(9030, "store_supplies", "Store supplies", "Расходные материалы", "store"),
    "PROD-WHS SALES": Department(9031, "warehouse_sales", "Warehouse sales", "Продажи со склада", "store"),
    "MISCELLANEOUS": Department(9032, "miscellaneous", "Miscellaneous", "Разное", "store"),
}

UNKNOWN = Department(9099, "not_in_catalogue", "Not in the catalogue", "Нет в каталоге", "store")
"""4,836 lines name products that the package's catalogue does not have."""
