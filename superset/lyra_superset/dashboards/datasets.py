"""The serving tables as the dashboards see them: a readable name, a unit and a format for every column and metric."""

from lyra_superset.dashboards.model import Column, Dataset, Metric, Text

MONEY = "$,.0f"
COUNT = ",.0f"
SHARE = ".1%"
INDEX = ",.0f"

ALL_CITIES = Text("Все города", "All cities")
ALL_CATEGORIES = Text("Все категории", "All categories")
ALL_STORES = Text("Все магазины", "All stores")
LAST_30_DAYS = Text("Последние 30 дней", "Last 30 days")

TENANT = (
    Column("tenant_id", Text("Номер клиента", "Tenant"), "INTEGER"),
    Column("tenant_name", Text("Клиент", "Merchant")),
)
SCOPE = (
    *TENANT,
    Column("city_*", Text("Город", "City")),
    Column("category_*", Text("Категория", "Category")),
    Column("store_name_*", Text("Магазин", "Store")),
)
PERIOD = (
    Column("period_*", Text("Период", "Period")),
    Column("period_sort", Text("Порядок периода", "Order of the period"), "INTEGER"),
)
MODEL = (
    Column("model_choice", Text("Код модели", "Code of the model")),
    Column("model_choice_*", Text("Модель", "Model")),
)
OUTCOME = (
    Column("status", Text("Состояние", "Status")),
    Column("reason_*", Text("Примечание", "Note")),
)

# Sums over tenants mean nothing for a share or an average: staff, who see several, see none unless they choose one.
ONE = "case when min(tenant_id) = max(tenant_id) then max({}) end"

# A number is of one model: the one that the filter chose, and the main one where a request chooses none.
OF_ONE_MODEL = "case when bool_or(model_choice = 'main') then {0} filter (where model_choice = 'main') else {0} end"
ONE_OF_ONE_MODEL = ONE.replace("max({})", OF_ONE_MODEL.format("max({0})"))


OVERVIEW_METRICS = Dataset(
    "overview_metrics",
    (
        *SCOPE,
        *PERIOD,
        Column("metric_code", Text("Код показателя", "Code of the measure")),
        Column("metric_*", Text("Показатель", "Measure")),
        Column("metric_sort", Text("Порядок показателя", "Order of the measure"), "INTEGER"),
        Column("value", Text("Сумма", "Amount"), "NUMERIC"),
        Column("value_*", Text("Сейчас", "Now")),
        Column("previous_*", Text("Прошлый период", "Previous period")),
        Column("change_*", Text("Изменение", "Change")),
        Column("last_year_*", Text("Год назад", "A year ago")),
        Column("last_year_change_*", Text("Изменение за год", "Change in a year")),
        *OUTCOME,
    ),
    (
        Metric("metric_value", Text("Значение", "Value"), ONE.format("value")),
        Metric("revenue", Text("Выручка", "Revenue"), "sum(value)", MONEY),
        Metric("period_order", Text("Порядок", "Order"), "min(period_sort)"),
        Metric("city_order", Text("Порядок", "Order"), "min(case when city_en = 'All cities' then '' else city_* end)"),
        Metric("category_order", Text("Порядок", "Order"),
               "min(case when category_en = 'All categories' then '' else category_* end)"),
        Metric("store_order", Text("Порядок", "Order"),
               "min(case when store_name_en = 'All stores' then '' else store_name_* end)"),
    ),
)  # fmt: skip

RANGE = Text("Диапазон прогноза", "Range of the forecast")

DEMAND_SERIES = Dataset(
    "demand_series",
    (
        *SCOPE,
        *MODEL,
        Column("grain_code", Text("Код шага", "Code of the step")),
        Column("period_start", Text("Дата", "Date"), "DATE"),
        Column("revenue_amount", Text("Выручка", "Revenue"), "NUMERIC", number_format=MONEY),
        Column("receipt_count", Text("Чеки", "Receipts"), "BIGINT", number_format=COUNT),
        Column("is_partial", Text("Неполный период", "Incomplete"), "BOOLEAN"),
        Column("is_forecast", Text("Прогноз", "Forecast"), "BOOLEAN"),
        Column("forecast_amount", Text("Прогноз", "Forecast"), "NUMERIC", number_format=MONEY),
        Column("forecast_low_amount", Text("Нижняя граница", "Low"), "NUMERIC", number_format=MONEY),
        Column("forecast_high_amount", Text("Верхняя граница", "High"), "NUMERIC", number_format=MONEY),
    ),
    (
        Metric("revenue", Text("Выручка", "Revenue"), OF_ONE_MODEL.format("sum(revenue_amount)"), MONEY),
        Metric("receipts", Text("Чеки", "Receipts"), OF_ONE_MODEL.format("sum(receipt_count)"), COUNT),
        Metric("forecast", Text("Прогноз", "Forecast"), OF_ONE_MODEL.format("sum(forecast_amount)"), MONEY),
        # Superset draws a band between two series whose names end so; their name comes from the metric `range`.
        Metric("range", RANGE, OF_ONE_MODEL.format("sum(forecast_amount)"), MONEY),
        Metric(
            "range__yhat_lower",
            Text("Прогноз: низ", "Forecast: low"),
            OF_ONE_MODEL.format("sum(forecast_low_amount)"),
            MONEY,
        ),
        Metric(
            "range__yhat_upper",
            Text("Прогноз: верх", "Forecast: high"),
            OF_ONE_MODEL.format("sum(forecast_high_amount)"),
            MONEY,
        ),
    ),
    time_column="period_start",
)

# Charts sort their axis by text: an invisible mark repeated `member_sort` times keeps Monday before Friday.
IN_ORDER = "repeat(chr(8203), {}::integer) || {}"

CUSTOMER_PORTRAIT = Dataset(
    "customer_portrait",
    (
        *SCOPE,
        *PERIOD,
        Column("dimension_code", Text("Код признака", "Code of the trait")),
        Column("dimension_*", Text("Признак", "Trait")),
        Column("member_*", Text("Группа", "Group")),
        Column("member_sort", Text("Порядок группы", "Order of the group"), "INTEGER"),
        Column("member_axis", Text("Группа", "Group"), expression=IN_ORDER.format("member_sort", "member_*")),
        Column("customer_count", Text("Покупатели", "Customers"), "BIGINT", number_format=COUNT),
        Column("customer_share", Text("Доля у вас", "Your share"), "NUMERIC", number_format=SHARE),
        Column("city_share", Text("Доля в городе", "Share in the city"), "NUMERIC", number_format=SHARE),
        Column("index_to_city", Text("Индекс к городу", "Index to the city"), "NUMERIC", number_format=INDEX),
        *OUTCOME,
    ),
    (
        Metric("own_share", Text("Ваши покупатели", "Your customers"), ONE.format("customer_share"), SHARE),
        Metric("city_average", Text("В среднем по городу", "City average"), ONE.format("city_share"), SHARE),
    ),
)

PURCHASING_POWER = Dataset(
    "purchasing_power",
    (
        *TENANT,
        *MODEL,
        Column("horizon_days", Text("Дней вперёд", "Days ahead"), "INTEGER", number_format=COUNT),
        Column("spending", Text("Код трат", "Code of the spending")),
        Column("spending_*", Text("Траты", "Spending")),
        Column("horizon_axis", Text("Срок и траты", "Horizon and spending"),
               expression="horizon_days::text || ': ' || spending_*"),
        Column("customer_count", Text("Покупатели", "Customers"), "BIGINT", number_format=COUNT),
        Column("expected_amount", Text("Ожидаемые траты", "Expected spending"), "NUMERIC", number_format=MONEY),
        Column("current_amount", Text("Траты сейчас", "Spending now"), "NUMERIC", number_format=MONEY),
        Column("tenant_amount", Text("Из них у вас", "Of it with you"), "NUMERIC", number_format=MONEY),
        Column("share_of_wallet", Text("Доля кошелька", "Share of wallet"), "NUMERIC", number_format=SHARE),
        Column("headroom_amount", Text("Запас роста", "Head-room"), "NUMERIC", number_format=MONEY),
        Column("wape", Text("Ошибка прогноза", "Forecast error"), "NUMERIC", number_format=SHARE),
        *OUTCOME,
    ),
    (
        Metric("expected", Text("Ожидаются", "Expected"), ONE_OF_ONE_MODEL.format("expected_amount"), MONEY),
        Metric("current", Text("За такой же срок до сегодня", "Over as many days until now"),
               ONE_OF_ONE_MODEL.format("current_amount"), MONEY),
        Metric("tenant", Text("Из них у вас", "Of it with you"), ONE_OF_ONE_MODEL.format("tenant_amount"), MONEY),
        Metric("share", Text("Доля кошелька", "Share of wallet"), ONE_OF_ONE_MODEL.format("share_of_wallet"), SHARE),
        Metric("headroom", Text("Запас роста", "Head-room"), ONE_OF_ONE_MODEL.format("headroom_amount"), MONEY),
    ),
)  # fmt: skip

PURCHASING_POWER_BANDS = Dataset(
    "purchasing_power_bands",
    (
        *TENANT,
        *MODEL,
        Column("horizon_days", Text("Дней вперёд", "Days ahead"), "INTEGER"),
        Column("band_*", Text("Ожидаемые траты", "Expected spending")),
        Column("band_sort", Text("Порядок", "Order"), "INTEGER"),
        Column("band_axis", Text("Ожидаемые траты", "Expected spending"),
               expression=IN_ORDER.format("band_sort", "band_*")),
        Column("customer_count", Text("Покупатели", "Customers"), "BIGINT", number_format=COUNT),
        Column("customer_share", Text("Доля покупателей", "Share of customers"), "NUMERIC", number_format=SHARE),
        *OUTCOME,
    ),
    (
        Metric("customer_share", Text("Доля покупателей", "Share of customers"),
               ONE_OF_ONE_MODEL.format("customer_share"), SHARE),
    ),
)  # fmt: skip

FORECAST_ERRORS = Dataset(
    "forecast_errors",
    (
        *TENANT,
        *MODEL,
        Column("forecast_*", Text("Прогноз", "Forecast")),
        Column("forecast_sort", Text("Порядок", "Order"), "INTEGER"),
        Column("horizon_*", Text("Срок", "Horizon")),
        Column("horizon_code", Text("Код срока", "Code of the horizon")),
        Column(
            "error_*", Text("Ошибка последнего проверенного прогноза", "Error of the last forecast that was checked")
        ),
        Column("contest_error_*", Text("Ошибка на конкурсе, по всем клиентам", "Error in the contest, all merchants")),
        Column("coverage_nominal", Text("Диапазон обещал", "Range promised"), "NUMERIC", number_format=SHARE),
        Column("coverage", Text("Диапазон сдержал", "Range held"), "NUMERIC", number_format=SHARE),
        Column("forecast_count", Text("Проверено прогнозов", "Forecasts checked"), "BIGINT", number_format=COUNT),
        Column("as_of", Text("Прогноз сделан по данным на", "Forecast made on data until"), "DATE"),
    ),
    (Metric("model_order", Text("Порядок", "Order"), "min(case model_choice when 'main' then 1 else 2 end)"),),
)

CUSTOMER_SEGMENTS = Dataset(
    "customer_segments",
    (
        *TENANT,
        Column("period_days", Text("Дней", "Days"), "INTEGER"),
        Column("segment_number", Text("Номер сегмента", "Number of the segment"), "INTEGER"),
        Column("segment_*", Text("Сегмент", "Segment")),
        Column("segment_axis", Text("Сегмент", "Segment"), expression=IN_ORDER.format("segment_number", "segment_*")),
        Column("advice_*", Text("Что делать", "What to do")),
        Column("customer_count", Text("Покупатели", "Customers"), "BIGINT", number_format=COUNT),
        Column("customer_share", Text("Доля покупателей", "Share of customers"), "NUMERIC", number_format=SHARE),
        Column("revenue_amount", Text("Выручка", "Revenue"), "NUMERIC", number_format=MONEY),
        Column("revenue_share", Text("Доля выручки", "Share of revenue"), "NUMERIC", number_format=SHARE),
        Column("average_bill_amount", Text("Средний чек", "Average bill"), "NUMERIC", number_format=MONEY),
        Column("bank_share", Text("Доля у банка", "Share at the bank"), "NUMERIC", number_format=SHARE),
        *OUTCOME,
    ),
    (
        Metric("own_share", Text("Ваши покупатели", "Your customers"), ONE.format("customer_share"), SHARE),
        Metric("bank_average", Text("Все покупатели банка", "All the bank's customers"), ONE.format("bank_share"),
               SHARE),
        Metric("of_revenue", Text("Ваша выручка", "Your revenue"), ONE.format("revenue_share"), SHARE),
    ),
)  # fmt: skip

SEGMENT_MOVEMENTS = Dataset(
    "segment_movements",
    (
        *TENANT,
        Column("month_start", Text("Месяц с", "Month from"), "DATE"),
        Column("from_*", Text("Были", "Were")),
        Column("to_*", Text("Стали", "Became")),
        Column("from_number", Text("Номер прежнего сегмента", "Number of the segment before"), "INTEGER"),
        Column("to_number", Text("Номер сегмента", "Number of the segment"), "INTEGER"),
        Column("customer_count", Text("Покупатели", "Customers"), "BIGINT", number_format=COUNT),
        *OUTCOME,
    ),
)

FRESHNESS = Dataset(
    "freshness",
    (
        *TENANT,
        Column("source_*", Text("Источник", "Source")),
        Column("line_*", Text("Данные", "Data")),
    ),
)
