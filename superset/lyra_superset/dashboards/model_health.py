"""«Качество моделей» / "Model health": whether the models in charge can be trusted. For the bank's staff alone."""

from lyra_superset import brand
from lyra_superset.dashboards.charts import COUNT, SHARE, bars, number, series, table, where
from lyra_superset.dashboards.model import Chart, Dashboard, Tab, Text
from lyra_superset.dashboards.model_datasets import CHALLENGERS, DEPLOYMENTS, DRIFT, HEALTH, INDEX, SCORES
from lyra_superset.tenancy.scope import STAFF

ERRORS = ["error", "baseline", "deployed"]
ERROR = Text("Ошибка", "Error")
WHOLE = where("size_band", "==", "all")
OF_RECORD = where("is_of_record", "==", True)
NEWEST = where("is_newest", "==", True)
EMPTY = Text("Пусто: ещё не прошли все дни ни одного прогноза.", "Empty: no forecast's days are all in yet.")

MODELS = {
    "purchasing-power": Text("Покупательная способность", "Purchasing power"),
    "retention": Text("Возврат клиентов", "Retention"),
    "demand": Text("Спрос", "Demand"),
}
HORIZONS = {
    "30": Text("30 дней", "30 days"),
    "60": Text("60 дней", "60 days"),
    "90": Text("90 дней", "90 days"),
    "day": Text("по дням", "by day"),
    "week": Text("по неделям", "by week"),
}
WHAT = {
    "purchasing-power": Text(
        "Ошибка прежних прогнозов, доля суммы трат", "Error of past forecasts, a share of the amount spent"
    ),
    "retention": Text("Ошибка прежних вероятностей (Бриера)", "Error of past chances (Brier)"),
    "demand": Text("Ошибка прежних прогнозов, доля выручки", "Error of past forecasts, a share of the revenue"),
}


def joined(*parts: Text, by: str = " ") -> Text:
    return Text(by.join(part.ru for part in parts), by.join(part.en for part in parts))


def format_of(model: str) -> str:
    return INDEX if model == "retention" else SHARE


def count(metric: str, title: Text, subtitle: Text) -> Chart:
    return number(f"count_{metric}", title, subtitle, HEALTH, metric, [], COUNT, width=4)


COUNTS = (
    count("needing", Text("Требуют внимания", "Need attention"),
          Text("Модели, чью ошибку или чьи данные надо посмотреть сейчас",
               "Models whose errors or data are to be looked at now")),
    count("waiting", Text("Ждут факта", "Wait for the facts"),
          Text("Модели, у которых ещё не прошли все дни ни одного прогноза",
               "Models of which no forecast's days are all in yet")),
    count("in_charge", Text("В работе", "In charge"),
          Text("Модели, чьи прогнозы видят клиенты", "Models whose forecasts the merchants see")),
)  # fmt: skip

HEALTH_TABLE = table(
    "health", Text("Можно ли доверять моделям", "Can the models be trusted"),
    Text("Модели в работе; сначала те, что требуют внимания. У них посмотрите ошибки и сдвиг данных; деградировавшая "
         "идёт на новый конкурс сама.",
         "Models in charge, those that need attention first. Look at their errors and drift; a degraded one is sent to "
         "a new contest by itself."),
    HEALTH,
    ["model_*", "status_*", "reason_*", "learner_*", "model_version", "deployed_date", "as_of"],
    ["status_sort", "model_name"], [], height=34,
)  # fmt: skip

DEPLOYMENTS_TABLE = table(
    "deployments", Text("История ввода в работу", "History of deployments"),
    Text("Какая версия когда и почему стала действующей, новые сверху. Если ошибка выросла после замены, верните "
         "прежнюю версию.",
         "Which version was put in charge when and why, the newest on top. Where the error grew after a change, go "
         "back to the version before."),
    DEPLOYMENTS,
    ["deployed_date", "model_*", "model_version", "learner_*", "deployed_by_*", "reason_*"],
    ["deployment_id desc"], [], height=44,
)  # fmt: skip


def errors(model: str, horizon: str) -> Chart:
    """Error over time, beside that of the simplest forecast and the one that was promised."""
    says = Text("; выше серой линии — хуже простейшего: смотрите сдвиг.",
                "; above grey: worse than the simplest, see the drift.")  # fmt: skip
    return series(
        f"errors_{model}_{horizon}", joined(MODELS[model], HORIZONS[horizon], by=": "),
        joined(joined(WHAT[model], says, by=""), EMPTY), SCORES, ERRORS,
        [where("model_name", "==", model), where("horizon_code", "==", horizon), WHOLE, OF_RECORD],
        "P1D", axis=ERROR, number_format=format_of(model), width=6, height=40, markers=True,
    )  # fmt: skip


def sizes(model: str, horizon: str) -> Chart:
    """The newest error by the size of the merchants."""
    return bars(
        f"sizes_{model}", joined(MODELS[model], Text("по размеру", "by size"), by=": "),
        Text("Ошибка новейшего прогноза. Велика у малых — не опирайтесь на него там. Пусто: его дни ещё не прошли.",
             "Error of the newest forecast. Large for the small: do not lean on it there. Empty: its days are not in."),
        SCORES, "size_axis", Text("Размер клиента", "Size of the merchant"), ["error", "baseline"],
        [where("model_name", "==", model), where("horizon_code", "==", horizon), where("size_band", "!=", "all"),
         NEWEST],
        value_axis=ERROR, number_format=format_of(model), width=4, height=40,
    )  # fmt: skip


COVERAGE = bars(
    "coverage", Text("Диапазоны: обещано и сдержано", "Ranges: promised and held"),
    joined(Text("Доля исходов в диапазоне новейшего измеренного прогноза. Сдержано меньше — диапазоны узки, запасы "
                "малы.",
                "Share of outcomes within the range of the newest measured forecast. Less held than promised: the "
                "ranges are too narrow."), EMPTY),
    SCORES, "horizon_axis", Text("Модель и срок", "Model and horizon"), ["promised", "held"],
    [WHOLE, NEWEST, where("coverage", "IS NOT NULL", None)],
    value_axis=Text("Доля исходов", "Share of outcomes"), horizontal=True, width=12, height=46,
)  # fmt: skip

RANKING = series(
    "ranking", Text("Возврат клиентов: различает ли модель", "Retention: does the model tell them apart"),
    joined(Text("Насколько ушедшие отделены от вернувшихся за 30 дней: 1 — полностью, 0 — наугад. Падает — готовьте "
                "замену.",
                "How far those who left stand from those who returned in 30 days: 1 wholly, 0 by chance. Falling: "
                "prepare a successor."), EMPTY),
    SCORES, ["gini", "ks"],
    [where("model_name", "==", "retention"), where("horizon_code", "==", "30"), WHOLE, OF_RECORD], "P1D",
    axis=Text("Индекс", "Index"), number_format=INDEX, width=6, height=40, markers=True,
)  # fmt: skip

CHALLENGERS_TABLE = table(
    "challengers", Text("Претендент рядом с действующей моделью", "Challenger beside champion"),
    Text("Новейший прогноз, который сделали и измерены оба. Претендент точнее раз за разом — проведите конкурс. Пусто, "
         "пока претенденты не считаются или не прошли все дни их прогнозов.",
         "The newest forecast that both made and that is measured. Challenger closer time after time: hold a contest. "
         "Empty while challengers are not scored, or no day of theirs is all in yet."),
    CHALLENGERS,
    ["model_*", "horizon_*", "as_of", "champion_version", "champion_error_*", "challenger_version",
     "challenger_error_*", "better_*"],
    ["model_sort", "horizon_code"], [], height=40,
)  # fmt: skip

DRIFT_TABLE = table(
    "drift", Text("Сдвиг входов и прогнозов", "Drift of inputs and forecasts"),
    Text("Насколько распределения новейшего дня ушли от тех, на которых модель измерена; сильнее всего сдвинутые "
         "сверху. Индекс до 0,1 — стабильно, больше 0,25 — сдвиг: проверьте загрузку. Пусто до первого дня после "
         "конкурса.",
         "How far the newest day's distributions are from those the model was measured on, the most moved on top. "
         "Index under 0.1: stable, above 0.25: moved, check the load. Empty until the first day after a contest."),
    DRIFT, ["model_*", "side_*", "name_*", "psi", "ks", "unit_count", "as_of"], ["psi desc"], [],
    {"psi": {"d3NumberFormat": INDEX, "showCellBars": True}, "ks": {"d3NumberFormat": INDEX, "showCellBars": True},
     "unit_count": {"d3NumberFormat": COUNT, "showCellBars": False}},
    height=70, cell_bars=True,
)  # fmt: skip

MODEL_HEALTH = Dashboard(
    slug="model-health",
    title=Text("Качество моделей", "Model health"),
    description=Text("Прежние прогнозы рядом с фактом, для сотрудников банка",
                     "Past forecasts beside what came, for the bank's staff"),
    readers=(STAFF,),
    filters=(),
    tabs=(
        Tab("state", Text("Состояние", "State"), (COUNTS, (HEALTH_TABLE,), (DEPLOYMENTS_TABLE,))),
        Tab("errors", Text("Ошибки", "Errors"), (
            (errors("purchasing-power", "30"), errors("purchasing-power", "90")),
            (errors("retention", "30"), errors("retention", "60")),
            (errors("retention", "90"), RANKING),
            (errors("demand", "day"), errors("demand", "week")),
            (sizes("purchasing-power", "30"), sizes("retention", "30"), sizes("demand", "day")),
        )),
        Tab("promises", Text("Обещания", "Promises"), ((COVERAGE,), (CHALLENGERS_TABLE,))),
        Tab("drift", Text("Сдвиг данных", "Drift"), ((DRIFT_TABLE,),)),
    ),
    colours={
        brand.ME: ("error", "held", "gini"),
        brand.MARKET: ("baseline", "promised"),
        brand.FORECAST: ("deployed", "ks"),
    },
)  # fmt: skip
