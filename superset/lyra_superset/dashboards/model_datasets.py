"""The serving tables about models, which the bank's staff alone may read, as the dashboard sees them."""

from lyra_superset.dashboards.datasets import COUNT, IN_ORDER, SHARE
from lyra_superset.dashboards.model import Column, Dataset, Metric, Text

INDEX = ".3f"

MODEL = (
    Column("model_name", Text("Код модели", "Code of the model")),
    Column("model_*", Text("Модель", "Model")),
)
VERSION = Column("model_version", Text("Версия", "Version"), "INTEGER")
LEARNER = Column("learner_*", Text("Алгоритм", "Learner"))
SORT = Column("model_sort", Text("Порядок модели", "Order of the model"), "INTEGER")
HORIZON = (
    Column("horizon_code", Text("Код срока", "Code of the horizon")),
    Column("horizon_*", Text("Срок", "Horizon")),
)
FORECAST_MADE = Column("as_of", Text("Прогноз сделан по данным на", "Forecast made on data until"), "DATE")

HEALTH = Dataset(
    "model_health",
    (
        *MODEL,
        LEARNER,
        VERSION,
        Column("deployed_date", Text("В работе с", "In charge since"), "DATE"),
        Column("as_of", Text("Проверена", "Checked"), "DATE"),
        Column("status_*", Text("Состояние", "Status")),
        Column("status_sort", Text("Порядок состояния", "Order of the status"), "INTEGER"),
        Column("needs_attention", Text("Требует внимания", "Needs attention"), "BOOLEAN"),
        Column("reason_*", Text("Почему", "Why")),
    ),
    (
        Metric("needing", Text("Требуют внимания", "Need attention"), "sum(needs_attention::integer)", COUNT),
        Metric("waiting", Text("Ждут факта", "Wait for the facts"),
               "sum((status = 'waiting')::integer)", COUNT),
        Metric("in_charge", Text("В работе", "In charge"), "count(*)", COUNT),
    ),
)  # fmt: skip

SCORES = Dataset(
    "model_scores",
    (
        *MODEL,
        SORT,
        VERSION,
        FORECAST_MADE,
        *HORIZON,
        Column("horizon_axis", Text("Модель и срок", "Model and horizon"),
               expression=IN_ORDER.format("model_sort", "model_* || ', ' || horizon_*")),
        Column("size_band", Text("Код размера", "Code of the size")),
        Column("size_axis", Text("Размер клиента", "Size of the merchant"),
               expression=IN_ORDER.format("size_sort", "size_*")),
        Column("coverage", Text("Сдержано", "Held"), "NUMERIC", number_format=SHARE),
        Column("is_of_record", Text("В работе", "In charge"), "BOOLEAN"),
        Column("is_newest", Text("Новейший", "Newest"), "BOOLEAN"),
    ),
    (
        Metric("error", Text("Ошибка", "Error"), "max(error)", SHARE),
        Metric("baseline", Text("Простейший прогноз", "Simplest forecast"), "max(baseline_error)", SHARE),
        Metric("deployed", Text("При вводе в работу", "When put in charge"), "max(deployed_error)", SHARE),
        Metric("promised", Text("Обещано", "Promised"), "max(coverage_nominal)", SHARE),
        Metric("held", Text("Сдержано", "Held"), "max(coverage)", SHARE),
        Metric("gini", Text("Индекс Джини", "Gini"), "max(gini)", INDEX),
        Metric("ks", Text("Расстояние Колмогорова — Смирнова", "Kolmogorov-Smirnov distance"), "max(ks)", INDEX),
    ),
    time_column="as_of",
)  # fmt: skip

CHALLENGERS = Dataset(
    "model_challengers",
    (
        *MODEL,
        SORT,
        *HORIZON,
        FORECAST_MADE,
        Column("champion_version", Text("Действующая версия", "Version in charge"), "INTEGER"),
        Column("champion_error_*", Text("Её ошибка", "Its error")),
        Column("challenger_version", Text("Версия претендента", "Challenger's version"), "INTEGER"),
        Column("challenger_error_*", Text("Ошибка претендента", "Challenger's error")),
        Column("better_*", Text("Точнее", "Closer")),
    ),
)

DRIFT = Dataset(
    "model_drift",
    (
        *MODEL,
        VERSION,
        Column("as_of", Text("День", "Day"), "DATE"),
        Column("side_*", Text("Что", "What")),
        Column("name_*", Text("Величина", "Quantity")),
        Column("psi", Text("Индекс стабильности", "Stability index (PSI)"), "NUMERIC", number_format=INDEX),
        Column("ks", Text("Расстояние Колмогорова — Смирнова", "Kolmogorov-Smirnov distance"), "NUMERIC",
               number_format=INDEX),
        Column("unit_count", Text("Сравнено", "Compared"), "BIGINT", number_format=COUNT),
    ),
)  # fmt: skip

DEPLOYMENTS = Dataset(
    "model_deployments",
    (
        Column("deployment_id", Text("Номер", "Number"), "INTEGER"),
        *MODEL,
        VERSION,
        LEARNER,
        Column("deployed_date", Text("Введена в работу", "Put in charge"), "DATE"),
        Column("deployed_by_*", Text("Кем", "By whom")),
        Column("reason_*", Text("Почему", "Why")),
    ),
)
