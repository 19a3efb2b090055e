"""The dashboard as a merchant sees it, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import SupersetPage, browser
from tests.superset.stack import ANALYST_PASSWORD, TENANTS, Stack

RUSSIAN, ENGLISH, _ = TENANTS
ALLOWED_LATIN = {"Lyra", "Apache", "Superset"}
TABS = {
    "ru": ["Главное", "Спрос", "Покупатели", "Покупательная способность"],
    "en": ["Summary", "Demand", "Customers", "Purchasing power"],
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def words(text: str, letters: str) -> set[str]:
    return set(re.findall(f"[{letters}]{{2,}}", text))


def test_a_russian_merchant_gets_every_chart_drawn_and_in_russian(stack: Stack, chromium: Browser) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login(RUSSIAN.login, RUSSIAN.password)
    page.wait_until_drawn()
    assert "/superset/dashboard/overview-ru/" in page.page.url
    assert "7 310 417 ₽" in page.chart("Выручка").replace("\u00a0", " ")
    page.screenshot("overview_ru_1")
    text = page.text()
    for number, tab in enumerate(TABS["ru"][1:], start=2):
        page.open_tab(tab)
        page.screenshot(f"overview_ru_{number}", full=True)
        text += page.text()
    assert page.errors() == []
    assert words(text, "A-Za-z") <= ALLOWED_LATIN
    page.close()


def test_an_english_merchant_gets_english_words_and_formats(stack: Stack, chromium: Browser) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login(ENGLISH.login, ENGLISH.password)
    page.wait_until_drawn()
    assert "/superset/dashboard/overview-en/" in page.page.url
    assert "₽9,620,851" in page.chart("Revenue")
    page.screenshot("overview_en_1")
    text = page.text()
    for tab in TABS["en"][1:]:
        page.open_tab(tab)
        text += page.text()
    assert page.errors() == []
    assert words(text, "А-Яа-яЁё") == set()
    page.close()


def test_choosing_a_city_changes_the_numbers(stack: Stack, chromium: Browser) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login(RUSSIAN.login, RUSSIAN.password)
    page.wait_until_drawn()
    page.choose("Город", "Казань")
    assert "2 193 125 ₽" in page.chart("Выручка").replace("\u00a0", " ")
    page.choose("Магазин", "Баумана, 3")
    assert "Меньше 30 покупателей" in page.chart("Что изменилось")
    assert page.errors() == []
    page.screenshot("overview_ru_city")
    page.close()


def test_choosing_a_model_changes_the_forecast(stack: Stack, chromium: Browser) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login(RUSSIAN.login, RUSSIAN.password)
    page.wait_until_drawn()
    page.open_tab("Покупательная способность")
    title = "Ваши покупатели потратят за 30 дней"
    assert "65 793 753 ₽" in page.chart(title).replace("\u00a0", " ")
    page.choose("Модель прогноза", "Альтернативная модель")
    assert "32 896 877 ₽" in page.chart(title).replace("\u00a0", " ")
    page.screenshot("overview_ru_model", full=True)
    assert page.errors() == []
    page.close()


def test_the_language_picker_brings_the_other_copy(stack: Stack, chromium: Browser) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login(RUSSIAN.login, RUSSIAN.password)
    page.page.goto(f"{stack.url}/lang/en", wait_until="domcontentloaded")
    page.open_dashboard("overview-ru")
    page.wait_until_drawn()
    assert "/superset/dashboard/overview-en/" in page.page.url
    assert page.errors() == []
    page.close()


def test_the_analyst_chooses_whose_overview_it_is(stack: Stack, chromium: Browser) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login("analyst", ANALYST_PASSWORD)
    page.wait_until_drawn()
    assert "/superset/dashboard/overview-bank-ru/" in page.page.url
    assert "9 620 851 ₽" in page.chart("Выручка").replace("\u00a0", " ")
    page.screenshot("overview_bank_ru_1")
    page.choose("Клиент", "Пекарня «Рожь»")
    assert "7 310 417 ₽" in page.chart("Выручка").replace("\u00a0", " ")
    for number, tab in enumerate(TABS["ru"][1:], start=2):
        page.open_tab(tab)
        page.screenshot(f"overview_bank_ru_{number}", full=True)
    page.page.goto(f"{stack.url}/lang/en", wait_until="domcontentloaded")
    page.open_dashboard("overview-ru")
    page.wait_until_drawn()
    assert "/superset/dashboard/overview-bank-en/" in page.page.url
    assert "₽9,620,851" in page.chart("Revenue")
    assert page.errors() == []
    page.close()


MODELS = {
    "ru": {"Состояние": "деградировала", "Ошибки": "Возврат клиентов: 30 дней", "Обещания": "претендент",
           "Сдвиг данных": "Траты за 30 дней"},
    "en": {"State": "degraded", "Errors": "Retention: 30 days", "Promises": "challenger",
           "Drift": "Spending in 30 days"},
}  # fmt: skip
OTHER_LETTERS = {"ru": "A-Za-z", "en": "А-Яа-яЁё"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_analyst_sees_whether_models_can_be_trusted(stack: Stack, chromium: Browser, language: str) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login("analyst", ANALYST_PASSWORD)
    page.page.goto(f"{stack.url}/lang/{language}", wait_until="domcontentloaded")
    page.open_dashboard("model-health-ru")
    page.wait_until_drawn()
    assert f"/superset/dashboard/model-health-{language}/" in page.page.url
    for number, (tab, said) in enumerate(MODELS[language].items(), start=1):
        page.open_tab(tab)
        page.screenshot(f"model_health_{language}_{number}", full=True)
        text = page.text()
        assert said in text
        assert words(text, OTHER_LETTERS[language]) <= ALLOWED_LATIN
    assert page.errors() == []
    page.close()


def test_menus_that_a_merchant_can_not_use_are_absent(stack: Stack, chromium: Browser) -> None:
    page = SupersetPage(chromium, stack.url)
    page.login(RUSSIAN.login, RUSSIAN.password)
    page.wait_until_drawn()
    menu = page.page.locator('[data-test="navbar-top"]').first.inner_text()
    assert set(menu.split()) <= {"Настройки"}
    page.close()
