"""The choice of a forecast's model: what a chart answers for one, for the other, and where a request chooses none."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.superset.client import Client
from tests.superset.stack import TENANTS, Stack
from tests.superset.test_superset_isolation import Board

MODELS = {"ru": ("Основная модель", "Альтернативная модель"), "en": ("Main model", "Alternative model")}
EXPECTED = {"ru": "Ваши покупатели потратят за 30 дней", "en": "Your customers will spend in 30 days"}
BY_WEEK = {"ru": "Выручка по неделям и прогноз", "en": "Revenue by week, and the forecast"}
BY_MONTH = {"ru": "Выручка по месяцам", "en": "Revenue by month"}
PAST_ERRORS = {"ru": "Насколько точны были прежние прогнозы для вас", "en": "How good were earlier forecasts for you"}
SEGMENTS = {"ru": "Сегменты в цифрах и что с ними делать", "en": "Segments in figures, and what to do with them"}
Ask = Callable[[str, str | None], list[dict[str, Any]]]


@pytest.fixture(scope="module", params=["ru", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def board(stack: Stack, language: str) -> Board:
    tenant = next(one for one in TENANTS if one.language == language)
    return Board(Client(stack.url).login(tenant.login, tenant.password), f"overview-{language}")


@pytest.fixture(scope="module")
def ask(board: Board, language: str) -> Ask:
    """Rows of a chart for a model's name; None: a request without the choice."""

    def rows(chart: str, model: str | None) -> list[dict[str, Any]]:
        body = board.request(chart)
        (query,) = body["queries"]
        column = f"model_choice_{language}"
        query["filters"] = [one for one in query["filters"] if one["col"] != column]
        query["filters"] += [{"col": column, "op": "IN", "val": [model]}] if model else []
        answer = board.ask(body)
        assert answer.status == 200, answer.text[:300]
        return list(answer.json["result"][0]["data"])

    return rows


@pytest.mark.parametrize("chart", [EXPECTED, BY_WEEK])
def test_each_model_has_its_own_forecast_and_none_chosen_is_the_main_one(
    ask: Ask, language: str, chart: dict[str, str]
) -> None:
    name, (main, alternative) = chart[language], MODELS[language]
    (first,), (second,), (unchosen,) = ask(name, main), ask(name, alternative), ask(name, None)
    assert unchosen == first
    for figure in {"expected", "forecast", "range__yhat_lower"} & set(first):
        assert second[figure] == pytest.approx(first[figure] / 2)
    assert second.get("revenue") == first.get("revenue"), "what was sold depends on no forecast"


def test_what_is_no_forecast_does_not_depend_on_the_model(board: Board, language: str, ask: Ask) -> None:
    column = f"model_choice_{language}"
    for chart in (BY_MONTH, PAST_ERRORS, SEGMENTS):
        assert column not in {one["col"] for one in board.request(chart[language])["queries"][0]["filters"]}
    assert ask(BY_MONTH[language], None)[0]["revenue"] > 0
    assert {row[column] for row in ask(PAST_ERRORS[language], None)} == set(MODELS[language])


def test_the_page_opens_with_the_main_model(board: Board, language: str) -> None:
    chosen = {one["col"]: one["val"] for one in board.request(EXPECTED[language])["queries"][0]["filters"]}
    assert chosen[f"model_choice_{language}"] == [MODELS[language][0]]


def test_a_withheld_segment_says_why_in_the_page_s_language(ask: Ask, language: str) -> None:
    rows = ask(SEGMENTS[language], None)
    reason = {"ru": "Меньше 30 покупателей", "en": "Fewer than 30 customers"}[language]
    assert [row[f"reason_{language}"] for row in rows if row["customer_count"] is None] == [reason, reason]
    assert all(row[f"advice_{language}"] for row in rows)
