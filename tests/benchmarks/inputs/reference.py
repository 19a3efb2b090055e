"""Clients, stores, category codes and categories."""

import random
from collections.abc import Iterator

from tests.benchmarks.inputs.bad_input import GOOD_COUNT, BadInput, raw, text

CLIENTS = "cnum_;categorycode;gender;age;married_;residenttype"
STORES = "MerchantName;StoreName;legal_group;city"
MCC = "mcc;description;category_code"
CATEGORIES = "category_code;name_en;name_ru;category_group"
BAD_CLIENTS = {
    ";01;F;30;Y;R": "customer_blank",
    "C1;01;F;131;Y;R": "age_invalid",
    "C1;01;F;-1;Y;R": "age_invalid",
    "C1;01;F;thirty;Y;R": "age_invalid",
    "C1;01;F;30.5;Y;R": "age_invalid",
    "C1;01;F;٣٠;Y;R": "age_invalid",
    "C1;01;F;²;Y;R": "age_invalid",
    "C1;01;F;30;Y": "wrong_field_count",
    "C1;0\x001;F;30;Y;R": "bad_encoding",
    "C1;0\ufffd1;F;30;Y;R": "bad_encoding",
    f"C1;{'0' * 5000};F;30;Y;R": "text_too_long",
}
PERSONAL = {
    "fio": "x",
    "phone": "x",
    "note": "anna@example.org",
    "remark": "+7 916 123-45-67",
    "text": "Иванова Анна Сергеевна",
    "code": "4111111111111111",
}


def bad_inputs() -> Iterator[BadInput]:
    clients = [f"C{number};01;F;30;Y;R" for number in range(GOOD_COUNT)]
    for line, says in BAD_CLIENTS.items():
        yield BadInput("clients", f"{line[:40]!r}", text([*clients, line], CLIENTS), ("quarantined",), says)
    for name, value in PERSONAL.items():
        yield BadInput(
            "clients",
            f"personal data in {name}",
            text([f"{line};{value}" for line in clients], f"{CLIENTS};{name}"),
            ("refused",),
            "personal data",
        )
    cards = [line.replace(f"C{number};", "4111111111111111;") for number, line in enumerate(clients)]
    yield BadInput("clients", "card numbers", text(cards, CLIENTS), ("refused",), "card_numbers_as_customers")
    for name in ("categorycode", "gender", "age"):
        yield BadInput("clients", f"{name} missing", text(clients, CLIENTS.replace(name, "x")), ("refused",), name)
    yield BadInput("clients", "header only", raw(CLIENTS.encode() + b"\n"), ("refused",), "no rows")
    yield BadInput(
        "clients", "a column twice", text([line + ";1" for line in clients], CLIENTS + ";age"), ("refused",), "twice"
    )
    yield BadInput(
        "clients",
        "more bad ones than allowed",
        text([*clients, *["x"] * 5], CLIENTS),
        ("refused",),
        "wrong_field_count",
    )
    yield BadInput("clients", "the same one twice", text([*clients, clients[0]], CLIENTS), ("loaded",))
    stores = [f"SHOP {number};Shop {number};Group;" for number in range(GOOD_COUNT)]
    yield BadInput("stores", "a blank name", text([*stores, ";Shop;Group;"], STORES), ("quarantined",), "key_blank")
    yield BadInput(
        "stores",
        "a name of 9,000 letters",
        text([*stores, _noise(9000) + ";Shop;Group;"], STORES),
        ("quarantined",),
        "text_too_long",
    )
    yield BadInput(
        "stores",
        "a city of 9,000 letters",
        text([*stores, f"SHOP;Shop;Group;{_noise(9000)}"], STORES),
        ("quarantined",),
        "text_too_long",
    )
    yield BadInput(
        "stores", "SQL as a name", text([*stores, '"\'; drop table raw.stores; --";Shop;%s;'], STORES), ("loaded",)
    )
    codes = [f"{number};Code;food" for number in range(1, GOOD_COUNT + 1)]
    yield _codes("a blank description", [*codes, "99;;food"], "key_blank")
    yield _codes("a code of five digits", [*codes, "54111;Code;food"], "mcc_invalid")
    yield _codes("a code of other digits", [*codes, "٥٤;Code;food"], "mcc_invalid")
    yield _codes("no category", [*codes, "99;Code;"], "key_blank")
    categories = [f"c{number};Name;Имя;goods" for number in range(GOOD_COUNT)]
    yield BadInput(
        "codes",
        "a category without a name",
        text([*categories, "x;Name;;goods"], CATEGORIES),
        ("quarantined",),
        "key_blank",
    )
    yield BadInput(
        "codes",
        "a category of 9,000 letters",
        text([*categories, f"{_noise(9000)};Name;Имя;goods"], CATEGORIES),
        ("quarantined",),
        "text_too_long",
    )
    yield BadInput(
        "codes",
        "categories without a group",
        text(["x;Name;Имя"], CATEGORIES.rsplit(";", 1)[0]),
        ("refused",),
        "category_group",
    )


def _codes(name: str, rows: list[str], says: str) -> BadInput:
    return BadInput("codes", name, text(rows, MCC), ("quarantined",), says)


def _noise(length: int) -> str:
    """Letters that an index cannot press into little room."""
    return "".join(random.Random(3).choices("абвгдежзиклмнопрстуфхцчшщыэюя0123456789", k=length))
