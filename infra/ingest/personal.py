"""Personal data that no file of the bank may hold: by the name of a column, and by what is in it."""

import re
from collections.abc import Callable, Sequence

from infra.ingest.report import Refused

BY_NAME = re.compile(
    r"(^|[^a-z])(fio|pan|inn|snils|email|phone|mobile)([^a-z]|$)|e.?mail|phone|passport|surname|patronymic|birth|address"
    r"|(first|last|full|middle|client|customer|holder)_?name|card_?(no|num|pan|holder)|^name$"
    r"|фио|фамил|отчеств|телефон|почта|паспорт|адрес|рожден|снилс|карт"
)
LOOKED_AT = 500
"""Values of a column and block that are looked at."""
SHARE = 0.2
"""So many of them must look alike: a chance number passes the check digit of a card one time in ten."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}")
_PHONE = re.compile(r"(\+?7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}|\+\d[\d\s()-]{9,15}")
_NAME = re.compile(
    r"[А-ЯЁ][а-яё-]+ ([А-ЯЁ]\. ?[А-ЯЁ]\.|[А-ЯЁ][а-яё]+ [А-ЯЁ][а-яё]+(ич|на))"  # Иванова А. С., Иванова Анна Сергеевна
    r"|[А-ЯЁ][а-яё]+ [А-ЯЁ][а-яё]+(ич|на) [А-ЯЁ][а-яё-]+"
)


class PersonalData(Refused):
    """A column of the file holds personal data; the message names it and says what to do."""

    def __init__(self, column: str, kind: str) -> None:
        super().__init__(
            f"Column {column} looks like {kind}: personal data must not be sent. Export the file without it; if that "
            f'cannot be, name the column under `drop = ["{column}"]` in the settings of the source, and it is thrown '
            "away while the file is read."
        )


class CardNumbers(Refused):
    """The customer's identifier is a card number, which nobody has allowed."""

    def __init__(self, column: str) -> None:
        super().__init__(
            f"Column {column} holds card numbers. Send the bank's own client number; if there is none, set "
            "`card_numbers_as_customers = true` in the settings of the source: they are then turned into pseudonyms "
            "like any identifier."
        )


def kind_of(values: Sequence[str]) -> str | None:
    """What the values of a column look like: names, phone numbers, e-mail addresses, card numbers, or nothing such."""
    filled = [value for value in values[:LOOKED_AT] if value]
    looks: dict[str, Callable[[str], object]] = {
        "e-mail addresses": _EMAIL.fullmatch,
        "card numbers": is_card_number,
        "phone numbers": _PHONE.fullmatch,
        "names of persons": _NAME.fullmatch,
    }
    for kind, look in looks.items():
        if filled and sum(bool(look(value)) for value in filled) >= max(1, SHARE * len(filled)):
            return kind
    return None


def are_card_numbers(values: Sequence[str]) -> bool:
    """Whether identifiers are card numbers: nearly all pass the check digit, where chance passes one in ten."""
    filled = [value for value in values[:LOOKED_AT] if value]
    return bool(filled) and sum(map(is_card_number, filled)) > 0.5 * len(filled)


def is_card_number(value: str) -> bool:
    """13 to 19 digits, perhaps in groups, whose last is the check digit by Luhn (ISO/IEC 7812-1, annex B)."""
    digits = re.sub(r"[ -]", "", value)
    if not (13 <= len(digits) <= 19 and digits.isascii() and digits.isdigit()):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0
