"""«Обзор» / "Overview": how am I doing, what will sell, who buys, what may they spend."""

from lyra_superset import brand
from lyra_superset.dashboards.charts import COUNT, MONEY, SHARE, bars, number, series, table, where
from lyra_superset.dashboards.datasets import (
    ALL_CATEGORIES,
    ALL_CITIES,
    ALL_STORES,
    CUSTOMER_PORTRAIT,
    CUSTOMER_SEGMENTS,
    DEMAND_SERIES,
    FORECAST_ERRORS,
    FRESHNESS,
    LAST_30_DAYS,
    OVERVIEW_METRICS,
    PURCHASING_POWER,
    PURCHASING_POWER_BANDS,
    SEGMENT_MOVEMENTS,
)
from lyra_superset.dashboards.model import Block, Chart, Dashboard, Filter, Tab, Text
from lyra_superset.tenancy.scope import CLIENT, STAFF

NO_MODEL = ("model",)
NO_CATEGORY = ("category", *NO_MODEL)
FORECAST = ["revenue", "forecast", "range__yhat_lower", "range__yhat_upper"]

PERIOD = Filter("period", Text("Период", "Period"), OVERVIEW_METRICS, "period_*", "period_order", LAST_30_DAYS)
CATEGORY = Filter(
    "category", Text("Категория", "Category"), OVERVIEW_METRICS, "category_*", "category_order", ALL_CATEGORIES
)
CITY = Filter("city", Text("Город", "City"), OVERVIEW_METRICS, "city_*", "city_order", ALL_CITIES)
STORE = Filter(
    "store", Text("Магазин", "Store"), OVERVIEW_METRICS, "store_name_*", "store_order", ALL_STORES, parents=("city",)
)
MODEL = Filter(
    "model", Text("Модель прогноза", "Forecast model"), FORECAST_ERRORS, "model_choice_*", "model_order",
    Text("Основная модель", "Main model"),
)  # fmt: skip


def key_metric(code: str, title: Text, subtitle: Text, number_format: str) -> Chart:
    return number(
        f"metric_{code}", title, subtitle, OVERVIEW_METRICS, "metric_value", [where("metric_code", "==", code)],
        number_format,
    )  # fmt: skip


REVENUE = key_metric(
    "revenue", Text("Выручка", "Revenue"),
    Text("Оплаты картами банка за период минус возвраты", "Paid with the bank's cards in the period, less refunds"),
    MONEY,
)  # fmt: skip
RECEIPTS = key_metric(
    "receipts", Text("Чеки", "Receipts"),
    Text("Число покупок по картам банка, без возвратов", "Purchases with the bank's cards, refunds not counted"),
    COUNT,
)  # fmt: skip
AVERAGE_BILL = key_metric(
    "average_bill", Text("Средний чек", "Average bill"),
    Text("Выручка, делённая на число чеков", "Revenue divided by the number of receipts"), MONEY,
)  # fmt: skip
CUSTOMERS = key_metric(
    "customers", Text("Покупатели", "Customers"),
    Text("Разные владельцы карт с хотя бы одним чеком", "Different cardholders with at least one receipt"), COUNT,
)  # fmt: skip
NEW_CUSTOMERS = key_metric(
    "new_customers", Text("Новые покупатели", "New customers"),
    Text("Их первый чек у вас пришёлся на этот период", "Their first receipt ever with you is in this period"), COUNT,
)  # fmt: skip
RETURNING_CUSTOMERS = key_metric(
    "returning_customers", Text("Вернувшиеся покупатели", "Returning customers"),
    Text("Покупали у вас и раньше этого периода", "They bought from you before this period too"), COUNT,
)  # fmt: skip
REPEAT_RATE = key_metric(
    "repeat_rate", Text("Повторные покупатели", "Repeat rate"),
    Text("Доля покупателей с двумя чеками и больше за период", "Share of customers with two receipts or more in it"),
    SHARE,
)  # fmt: skip
REVENUE_PER_CUSTOMER = key_metric(
    "revenue_per_customer", Text("Выручка на покупателя", "Revenue per customer"),
    Text("Выручка, делённая на число покупателей", "Revenue divided by the number of customers"), MONEY,
)  # fmt: skip

DATA_LINE = table(
    "freshness", Text("Данные", "Data"),
    Text("До какого дня загружены операции и откуда они.", "Up to which day operations are loaded, and whence."),
    FRESHNESS, ["line_*"], [], [], height=6,
)  # fmt: skip

CHANGES = table(
    "changes", Text("Что изменилось", "What changed"),
    Text("Показатели за выбранный период рядом с предыдущим таким же периодом и с тем же периодом год назад; по картам "
         "банка. Если цифра скрыта, причина в примечании.",
         "The measures of the chosen period beside the period before and the same period a year ago; from the bank's "
         "cards. Where a figure is withheld, the note says why."),
    OVERVIEW_METRICS,
    ["metric_*", "value_*", "previous_*", "change_*", "last_year_*", "last_year_change_*", "reason_*"],
    ["metric_sort"], [],
    {column: {"horizontalAlign": "right"} for column in
     ("value_*", "previous_*", "change_*", "last_year_*", "last_year_change_*")},
    width=7, height=48,
)  # fmt: skip

REVENUE_BY_DAY = series(
    "revenue_by_day", Text("Выручка по дням и прогноз", "Revenue by day, and the forecast"),
    Text("Выручка за каждый день; дальше прогноз модели, полоса покрывает 80 % исходов. Период не влияет.",
         "Revenue of each day; then the model's forecast, the band covers 80% of outcomes. Not cut by period."),
    DEMAND_SERIES, FORECAST, [where("grain_code", "==", "day")], "P1D", width=5, height=48,
)  # fmt: skip

REVENUE_BY_WEEK = series(
    "revenue_by_week", Text("Выручка по неделям и прогноз", "Revenue by week, and the forecast"),
    Text("Полные недели, с понедельника по воскресенье; дальше прогноз на четыре недели; полоса: 80 % исходов.",
         "Whole weeks, Monday to Sunday; then the forecast of four weeks, the band covers 80% of outcomes."),
    DEMAND_SERIES, FORECAST, [where("grain_code", "==", "week"), where("is_partial", "==", False)], "P1W",
)  # fmt: skip
REVENUE_BY_MONTH = series(
    "revenue_by_month", Text("Выручка по месяцам", "Revenue by month"),
    Text("Выручка полных календарных месяцев по картам банка.",
         "Revenue of whole calendar months from the bank's cards."),
    DEMAND_SERIES, ["revenue"], [where("grain_code", "==", "month"), where("is_partial", "==", False)], "P1M",
    kind="bar", width=6, without=NO_MODEL,
)  # fmt: skip
RECEIPTS_BY_WEEK = series(
    "receipts_by_week", Text("Чеки по неделям", "Receipts by week"),
    Text("Сколько покупок по картам банка сделано за каждую полную неделю.",
         "How many purchases with the bank's cards were made in each whole week."),
    DEMAND_SERIES, ["receipts"], [where("grain_code", "==", "week"), where("is_partial", "==", False)], "P1W",
    axis=Text("Чеки", "Receipts"), number_format=COUNT, width=6, without=NO_MODEL,
)  # fmt: skip
CATEGORY_BY_WEEK = series(
    "category_by_week", Text("Выручка по категориям и неделям", "Revenue by category and week"),
    Text("Из каких категорий складывается выручка полных недель. Фильтр категории не влияет.",
         "Which categories make up the revenue of whole weeks. Not cut by the category filter."),
    DEMAND_SERIES, ["revenue"],
    [where("grain_code", "==", "week"), where("is_partial", "==", False),
     where("category_*", "!=", ALL_CATEGORIES), where("revenue_amount", "IS NOT NULL", None)],
    "P1W", kind="bar", by="category_*", width=7, without=NO_CATEGORY,
)  # fmt: skip
CATEGORIES = table(
    "categories", Text("Выручка по категориям за период", "Revenue by category in the period"),
    Text("Сколько принесла каждая категория за выбранный период, наибольшие сверху. Фильтр категории не влияет.",
         "What each category brought in the chosen period, the largest on top. Not cut by the category filter."),
    OVERVIEW_METRICS, ["category_*", "value"], ["value desc"],
    [where("metric_code", "==", "revenue"), where("category_*", "!=", ALL_CATEGORIES),
     where("value", "IS NOT NULL", None)],
    {"value": {"d3NumberFormat": MONEY, "showCellBars": True}}, width=5, height=46, without=NO_CATEGORY,
    cell_bars=True,
)  # fmt: skip

FORECAST_ERRORS_TABLE = table(
    "forecast_errors", Text("Насколько точны были прежние прогнозы для вас", "How good were earlier forecasts for you"),
    Text("Прежние прогнозы рядом с тем, что произошло: измеряются, когда прошли все их дни. Чем больше ошибка, тем "
         "больше запас оставляйте. Фильтры не влияют.",
         "Earlier forecasts beside what came: they are measured once all their days are in. The larger the error, the "
         "more slack to leave. Not cut by any filter."),
    FORECAST_ERRORS,
    ["forecast_*", "horizon_*", "model_choice_*", "error_*", "contest_error_*", "coverage_nominal", "coverage",
     "forecast_count", "as_of"],
    ["forecast_sort", "horizon_code", "model_choice desc"], [],
    {"coverage_nominal": {"d3NumberFormat": SHARE}, "coverage": {"d3NumberFormat": SHARE},
     "forecast_count": {"d3NumberFormat": COUNT}},
    height=48, without=NO_MODEL,
)  # fmt: skip


def portrait(code: str, title: Text, subtitle: Text, axis: Text, width: int, horizontal: bool = False) -> Chart:
    """The shares of my customers beside the city's, for one trait."""
    return bars(
        f"portrait_{code}", title, subtitle, CUSTOMER_PORTRAIT, "member_axis", axis, ["own_share", "city_average"],
        [where("dimension_code", "==", code)], horizontal=horizontal, width=width,
        height=92 if horizontal else 44,
    )  # fmt: skip


CITY_NOTE = Text(
    "Серым — все покупатели банка в городе; нет столбца — меньше 30 человек.",
    "Grey: all the bank's shoppers there; no bar: fewer than 30 people.",
)


def against_city(ru: str, en: str) -> Text:
    return Text(f"{ru} {CITY_NOTE.ru}", f"{en} {CITY_NOTE.en}")


PORTRAIT = {
    "age_gender": portrait(
        "age_gender", Text("Возраст и пол", "Age and gender"),
        against_city("Как ваши покупатели за период делятся по возрасту и полу, по анкетам банка.",
                     "How your customers of the period divide by age and gender, from the bank's records."),
        Text("Группа", "Group"), 6, horizontal=True),
    "income_tier": portrait(
        "income_tier", Text("Уровень дохода", "Income tier"),
        against_city("Уровень дохода по категории обслуживания в банке.",
                     "Income tier, from the category of service at the bank."),
        Text("Уровень", "Tier"), 6),
    "marital_status": portrait(
        "marital_status", Text("Семейное положение", "Marital status"),
        against_city("По анкетам банка.", "From the bank's records."), Text("Положение", "Status"), 4),
    "residency": portrait(
        "residency", Text("Резидентство", "Residency"),
        against_city("Резиденты и нерезиденты.", "Residents and non-residents."), Text("Статус", "Status"), 4),
    "new_returning": portrait(
        "new_returning", Text("Новые и вернувшиеся", "New and returning"),
        against_city("Первый ли это период с чеком у вас.", "Whether their first receipt with you is in the period."),
        Text("Покупатели", "Customers"), 4),
    "weekday": portrait(
        "weekday", Text("Дни недели", "Days of the week"),
        against_city("В какие дни приходят ваши покупатели.", "On which days your customers come."),
        Text("День", "Day"), 6),
}  # fmt: skip

PORTRAIT_TABLE = table(
    "portrait_table", Text("Портрет в цифрах", "The portrait in figures"),
    Text("Доли и индекс: 100 — как в среднем по городу, больше — таких покупателей у вас чаще. Группы меньше 30 "
         "человек скрыты, причина в примечании.",
         "Shares and the index: 100 is the city's average, more means that you have more of them. Groups under 30 "
         "people are withheld, the note says why."),
    CUSTOMER_PORTRAIT,
    ["dimension_*", "member_*", "customer_count", "customer_share", "city_share", "index_to_city", "reason_*"],
    ["dimension_code", "member_sort"], [],
    {"customer_count": {"d3NumberFormat": COUNT}, "customer_share": {"d3NumberFormat": SHARE},
     "city_share": {"d3NumberFormat": SHARE}, "index_to_city": {"d3NumberFormat": COUNT}},
    height=56,
)  # fmt: skip


def power_number(key: str, title: Text, subtitle: Text, metric: str, spending: str, number_format: str) -> Chart:
    return number(
        key, title, subtitle, PURCHASING_POWER, metric,
        [where("horizon_days", "==", 30), where("spending", "==", spending)], number_format, width=4,
    )  # fmt: skip


POWER_EXPECTED = power_number(
    "power_expected", Text("Ваши покупатели потратят за 30 дней", "Your customers will spend in 30 days"),
    Text("Прогноз модели: все их траты по картам банка, у вас и у других",
         "The model's forecast of all they spend with the bank's cards, with you and elsewhere"),
    "expected", "all", MONEY,
)  # fmt: skip
POWER_SHARE = power_number(
    "power_share", Text("Доля кошелька в ваших категориях", "Share of wallet in your categories"),
    Text("Какую часть их трат в ваших категориях за 30 дней получили вы",
         "The part of their spending in your categories that you got in 30 days"),
    "share", "my_categories", SHARE,
)  # fmt: skip
POWER_HEADROOM = power_number(
    "power_headroom", Text("Запас роста в ваших категориях", "Head-room in your categories"),
    Text("Что они, по прогнозу, потратят в ваших категориях у других за 30 дней",
         "What they are expected to spend elsewhere in your categories in 30 days"),
    "headroom", "my_categories", MONEY,
)  # fmt: skip


def power_bars(horizon: int) -> Chart:
    return bars(
        f"power_{horizon}", Text(f"Траты за {horizon} дней", f"Spending in {horizon} days"),
        Text(f"Прогноз трат ваших покупателей на {horizon} дней рядом с тратами за такой же срок до сегодня и с вашей "
             "частью; во всех категориях и в ваших.",
             f"Forecast of your customers' spending in {horizon} days beside as many days until now and your part; "
             "in all categories and in yours."),
        PURCHASING_POWER, "spending_*", Text("Траты", "Spending"), ["current", "tenant", "expected"],
        [where("horizon_days", "==", horizon)], value_axis=Text("Сумма", "Amount"), number_format=MONEY,
    )  # fmt: skip


def power_bands(horizon: int) -> Chart:
    return bars(
        f"power_bands_{horizon}",
        Text(f"Сколько потратит покупатель за {horizon} дней", f"What a customer will spend in {horizon} days"),
        Text("Как ваши покупатели делятся по ожидаемым тратам; прогноз модели по каждому, показаны только группы от "
             "30 человек.",
             "How your customers divide by expected spending; the model's forecast of each, only groups of 30 people "
             "or more are shown."),
        PURCHASING_POWER_BANDS, "band_axis", Text("Ожидаемые траты", "Expected spending"), ["customer_share"],
        [where("horizon_days", "==", horizon)], horizontal=True,
    )  # fmt: skip


POWER_TABLE = table(
    "power_table", Text("Покупательная способность в цифрах", "Purchasing power in figures"),
    Text("Ваши покупатели — те, у кого есть чек у вас за последние 90 дней. Ошибка прогноза измерена на днях, которых "
         "модель не видела.",
         "Your customers are those with a receipt in the last 90 days. The error of the forecast was measured on days "
         "that the model had not seen."),
    PURCHASING_POWER,
    ["model_choice_*", "horizon_days", "spending_*", "customer_count", "expected_amount", "current_amount",
     "tenant_amount", "share_of_wallet", "headroom_amount", "wape", "reason_*"],
    ["horizon_days", "spending"], [],
    {"share_of_wallet": {"d3NumberFormat": SHARE}, "wape": {"d3NumberFormat": SHARE},
     "customer_count": {"d3NumberFormat": COUNT}, "expected_amount": {"d3NumberFormat": MONEY},
     "current_amount": {"d3NumberFormat": MONEY}, "tenant_amount": {"d3NumberFormat": MONEY},
     "headroom_amount": {"d3NumberFormat": MONEY}},
    height=36,
)  # fmt: skip

OF_A_YEAR = [where("period_days", "==", 365)]

SEGMENTS = bars(
    "segments", Text("Сегменты покупателей", "Segments of customers"),
    Text("Как ваши покупатели за 365 дней и ваша выручка делятся по поведению: как давно, часто и на сколько покупают "
         "по картам банка. Серым — все покупатели банка; нет столбца — меньше 30 человек. Фильтры не влияют.",
         "How your customers of 365 days and your revenue divide by behaviour: how lately, often and for how much they "
         "buy with the bank's cards. Grey: all its customers; no bar: fewer than 30 people. Not cut by filters."),
    CUSTOMER_SEGMENTS, "segment_axis", Text("Сегмент", "Segment"), ["own_share", "of_revenue", "bank_average"],
    OF_A_YEAR, value_axis=Text("Доля", "Share"), width=12,
)  # fmt: skip
SEGMENTS_TABLE = table(
    "segments_table", Text("Сегменты в цифрах и что с ними делать", "Segments in figures, and what to do with them"),
    Text("Размер, выручка и средний чек каждого сегмента за 365 дней по картам банка и совет; сегменты меньше 30 "
         "человек скрыты, причина в примечании. Фильтры не влияют.",
         "Size, revenue and average bill of each segment in 365 days from the bank's cards, and advice; segments "
         "under 30 people are withheld, the note says why. Not cut by filters."),
    CUSTOMER_SEGMENTS,
    ["segment_*", "customer_count", "customer_share", "bank_share", "revenue_amount", "revenue_share",
     "average_bill_amount", "advice_*", "reason_*"],
    ["segment_number"], OF_A_YEAR,
    {"customer_count": {"d3NumberFormat": COUNT}, "customer_share": {"d3NumberFormat": SHARE},
     "bank_share": {"d3NumberFormat": SHARE}, "revenue_amount": {"d3NumberFormat": MONEY},
     "revenue_share": {"d3NumberFormat": SHARE}, "average_bill_amount": {"d3NumberFormat": MONEY}},
    height=40,
)  # fmt: skip
MOVEMENTS = table(
    "segment_movements", Text("Переходы между сегментами", "Movement between segments"),
    Text("Сколько ваших покупателей за месяц сменили сегмент, с точностью до 5; меньше 30 человек не показываем, "
         "причина в примечании. Фильтры не влияют.",
         "How many of your customers changed the segment within a month, to the nearest 5; fewer than 30 people are "
         "not shown, the note says why. Not cut by filters."),
    SEGMENT_MOVEMENTS, ["month_start", "from_*", "to_*", "customer_count", "reason_*"],
    ["month_start desc", "from_number", "to_number"], [],
    {"customer_count": {"d3NumberFormat": COUNT}},
    height=44,
)  # fmt: skip

OVERVIEW = Dashboard(
    slug="overview",
    title=Text("Обзор", "Overview"),
    description=Text("Показатели, спрос, покупатели и их возможности", "Measures, demand, customers and their means"),
    readers=(CLIENT, STAFF),
    filters=(PERIOD, CATEGORY, CITY, STORE, MODEL),
    tabs=(
        Tab("summary", Text("Главное", "Summary"), (
            (DATA_LINE,),
            (REVENUE, RECEIPTS, AVERAGE_BILL, CUSTOMERS),
            (NEW_CUSTOMERS, RETURNING_CUSTOMERS, REPEAT_RATE, REVENUE_PER_CUSTOMER),
            (CHANGES, REVENUE_BY_DAY),
        )),
        Tab("demand", Text("Спрос", "Demand"), (
            (REVENUE_BY_WEEK,),
            (CATEGORY_BY_WEEK, CATEGORIES),
            (REVENUE_BY_MONTH, RECEIPTS_BY_WEEK),
            (FORECAST_ERRORS_TABLE,),
        )),
        Tab("customers", Text("Покупатели", "Customers"), (
            (PORTRAIT["age_gender"], Block(6, ((PORTRAIT["income_tier"],), (PORTRAIT["weekday"],)))),
            (PORTRAIT["new_returning"], PORTRAIT["marital_status"], PORTRAIT["residency"]),
            (PORTRAIT_TABLE,),
            (SEGMENTS,),
            (SEGMENTS_TABLE,),
            (MOVEMENTS,),
        )),
        Tab("power", Text("Покупательная способность", "Purchasing power"), (
            (POWER_EXPECTED, POWER_SHARE, POWER_HEADROOM),
            (power_bars(30), power_bars(90)),
            (power_bands(30), power_bands(90)),
            (POWER_TABLE,),
        )),
    ),
    colours={
        brand.ME: ("revenue", "receipts", "own_share", "tenant"),
        brand.MARKET: ("city_average", "bank_average", "current"),
        brand.FORECAST: ("forecast", "range", "customer_share", "expected"),
        brand.CATEGORICAL[3]: ("of_revenue",),
    },
)  # fmt: skip
