"""Russian by default, English for those who want it: page, numbers, currency sign and dashboard copy go together."""

import time
from typing import Any

from flask import session
from flask_login import current_user

from lyra_superset.state import read_state

DEFAULT = "ru"
LANGUAGES = {"ru": {"flag": "ru", "name": "Русский"}, "en": {"flag": "us", "name": "English"}}

CURRENCY_SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€", "GBP": "£", "KZT": "₸", "BYN": "Br", "UAH": "₴", "CNY": "¥"}

NO_BREAK_SPACE = "\u00a0"
RUSSIAN_TIME = {
    "dateTime": "%A, %e %B %Y г. %X",
    "date": "%d.%m.%Y",
    "time": "%H:%M:%S",
    "periods": ["", ""],
    "days": ["воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"],
    "shortDays": ["вс", "пн", "вт", "ср", "чт", "пт", "сб"],
    "months": ["январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь",
               "декабрь"],
    "shortMonths": ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
}  # fmt: skip
ENGLISH_TIME = {
    "dateTime": "%x, %X",
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "periods": ["AM", "PM"],
    "days": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    "shortDays": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
    "months": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"],
    "shortMonths": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}  # fmt: skip


def currency_sign(code: str) -> str:
    return CURRENCY_SIGNS.get(code, code)


def number_format(language: str, currency_code: str) -> dict[str, Any]:
    """A D3 locale: the bank's currency is what `$` stands for in a number format."""
    sign = currency_sign(currency_code)
    if language == "ru":
        return {
            "decimal": ",",
            "thousands": NO_BREAK_SPACE,
            "grouping": [3],
            "currency": ["", NO_BREAK_SPACE + sign],
            "percent": NO_BREAK_SPACE + "%",
        }
    spaced = sign + NO_BREAK_SPACE if sign.isalpha() else sign
    return {"decimal": ".", "thousands": ",", "grouping": [3], "currency": [spaced, ""]}


def page_overrides(payload: dict[str, Any]) -> dict[str, Any]:
    """Number and time formats of the page's own language, instead of one for all users."""
    language = str(payload.get("locale") or DEFAULT)[:2]
    return {
        "d3_format": number_format(language, _bank_currency()),
        "d3_time_format": RUSSIAN_TIME if language == "ru" else ENGLISH_TIME,
    }


def page_language() -> str:
    chosen = session.get("locale")
    return chosen if chosen in LANGUAGES else DEFAULT


def start_in_own_language() -> None:
    """The first request of a session after login takes the user's language; a later choice of the user stays."""
    if session.get("language_of") != current_user.id:
        session["language_of"] = current_user.id
        session["locale"] = _language_of(current_user)


def _language_of(user: Any) -> str:
    """Provisioning writes the tenant's language into its group's description."""
    return next((group.description for group in user.groups if group.description in LANGUAGES), DEFAULT)


_currency: tuple[float, str] = (0.0, "")


def _bank_currency() -> str:
    """The currency code that provisioning stored, read at most once a minute."""
    global _currency
    if time.monotonic() - _currency[0] > 60 or not _currency[1]:
        _currency = (time.monotonic(), read_state("currency_code") or "")
    return _currency[1]
