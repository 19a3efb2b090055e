"""Each merchant in a real browser, on what the pipeline really published."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser

from tests.browser import SupersetPage, browser
from tests.end_to_end.conftest import Stack

TABS = {
    "ru": ("Спрос", "Покупатели", "Покупательная способность"),
    "en": ("Demand", "Customers", "Purchasing power"),
}
TITLES = {"ru": ("Выручка", "Все магазины"), "en": ("Revenue", "All stores")}
ALLOWED_LATIN = {"Lyra"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def own_revenue(stack: Stack, login: str, period: str, city: str | None = None) -> Decimal:
    """The merchant's revenue of a period in roubles, from the facts and not from what is published."""
    return stack.query(
        "select coalesce(sum(f.amount), 0) from marts.fct_transactions f join marts.dim_stores s using (store_id) "
        "join marts.dim_cities c using (city_code) "
        "join security.tenants t on t.legal_group = s.legal_group where t.login = %s "
        "and f.business_date > (select max(business_date) from marts.fct_transactions) - %s::int "
        "and (%s::text is null or c.name_ru = %s)",
        login, period, city, city,
    )[0][0]  # fmt: skip


def shown_amount(card: str) -> int:
    """The number of a card such as «Выручка 3 482 630 ₽»."""
    found = re.search(r"[\d\s,\u00a0]{3,}", card)
    assert found, card
    return int(re.sub(r"\D", "", found.group()))


@pytest.mark.parametrize(
    ("login", "language"), [("kofeinya", "ru"), ("semeiny-stol", "ru"), ("berezka", "ru"), ("northern-light", "en")]
)
def test_a_merchant_sees_every_chart_filled_and_its_own_revenue(
    stack: Stack, chromium: Browser, login: str, language: str
) -> None:
    page = SupersetPage(chromium, stack.url("superset"))
    try:
        page.login(login, stack.settings.secrets[f"login_{login}"])
        page.wait_until_drawn()
        card, _ = TITLES[language]
        assert shown_amount(page.chart(card)) == round(own_revenue(stack, login, "30"))
        page.screenshot(f"{login}_overview", full=True)
        for number, tab in enumerate(TABS[language], 1):
            page.open_tab(tab)
            page.screenshot(f"{login}_tab_{number}", full=True)
            if language == "ru":
                data = {word for (name,) in stack.query("select name from security.tenants") for word in latin(name)}
                assert latin(page.text()) - data <= ALLOWED_LATIN
        assert page.errors() == []
    finally:
        page.close()


def latin(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", text))


def test_a_filter_changes_the_figures_to_those_of_the_choice(stack: Stack, chromium: Browser) -> None:
    city = stack.query(
        "select c.name_ru from marts.dim_stores s join marts.dim_cities c using (city_code) "
        "join security.tenants t on t.legal_group = s.legal_group where t.login = 'berezka' "
        "group by 1 order by count(*) desc limit 1"
    )[0][0]
    page = SupersetPage(chromium, stack.url("superset"))
    try:
        page.login("berezka", stack.settings.secrets["login_berezka"])
        page.wait_until_drawn()
        page.choose("Период", "Последние 90 дней")
        assert shown_amount(page.chart("Выручка")) == round(own_revenue(stack, "berezka", "90"))
        page.choose("Город", city)
        assert shown_amount(page.chart("Выручка")) == round(own_revenue(stack, "berezka", "90", city))
        assert page.errors() == []
    finally:
        page.close()
