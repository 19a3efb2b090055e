"""Headers: missing, doubled, blank, too many, and columns that hold personal data."""

from collections.abc import Iterator

from infra.ingest import SourceFormat
from tests.benchmarks.inputs.bad_input import GOOD_COUNT, HEADER, BadInput, Write, good, raw, text

NAMES = HEADER.split(";")
EMPTY = {
    "no byte": b"",
    "a line end": b"\n",
    "line ends": b"\r\n" * 50,
    "blanks": b"   ",
    "tabs and line ends": b"\t\n\t\n",
    "a byte order mark": b"\xef\xbb\xbf",
    "a mark and a line end": b"\xef\xbb\xbf\n",
}
PERSONAL_NAMES = (
    "fio", "FIO_CLIENT", "email", "E-mail", "phone", "phone_number", "mobile", "passport", "birth_date", "full_name",
    "last_name", "client_name", "card_number", "pan", "holder_name", "snils", "inn", "address", "ФИО", "телефон",
    "адрес",
)  # fmt: skip
PERSONAL = {
    "names": "Иванова Анна Сергеевна",
    "names with initials": "Иванова А. С.",
    "phones": "+7 (916) 123-45-67",
    "phones of 11 digits": "89161234567",
    "e-mails": "anna@example.org",
    "card numbers": "4111111111111111",
    "card numbers in groups": "4111 1111 1111 1111",
}


def bad_inputs() -> Iterator[BadInput]:
    for name, content in EMPTY.items():
        yield BadInput("empty", name, raw(content), ("unknown",), "empty")
    yield from _headers()
    rows = [line + ";x" for line in good()]
    for name in NAMES:
        yield BadInput("header", f"{name} twice", text(rows, f"{HEADER};{name}"), ("refused",), "twice")
        rest = ";".join(column for column in NAMES if column != name)
        kind = "unknown" if name in ("purchdate", "amount") else "refused"
        less = [
            ";".join(part for part, column in zip(line.split(";"), NAMES, strict=True) if column != name)
            for line in good()
        ]
        yield BadInput("header", f"{name} missing", text(less, rest), (kind,), name if kind == "refused" else "header")  # type: ignore[arg-type]
    yield from _wide()
    yield from _personal()


def _headers() -> Iterator[BadInput]:
    lines = "\n".join([*good(), ""])
    yield BadInput("header", "nothing else", raw(HEADER.encode() + b"\n"), ("refused",), "no rows")
    yield BadInput("header", "nothing else, not even a line end", raw(HEADER.encode()), ("refused",), "no rows")
    yield BadInput("header", "none", raw(lines.encode()), ("unknown",), "header")
    yield BadInput("header", "separators only", raw(b";;;;;\n" + lines.encode()), ("unknown",), "header")
    yield BadInput(
        "header", "a blank line before it", raw(f"\n{HEADER}\n{lines}".encode()), ("unknown",), "first line is blank"
    )
    yield BadInput(
        "header", "a title before it", raw(f"Export of 1 March\n{HEADER}\n{lines}".encode()), ("unknown",), "header"
    )
    yield BadInput("header", "twice, one below the other", text([HEADER, *good()]), ("quarantined",), "date_invalid")
    yield BadInput("header", "in capitals", text(good(), HEADER.upper()), ("loaded",), good_rows=GOOD_COUNT)
    yield BadInput(
        "header", "blanks around the names", text(good(), HEADER.replace(";", " ; ")), ("loaded",), good_rows=GOOD_COUNT
    )
    yield BadInput(
        "header",
        "no-break blanks around the names",
        text(good(), HEADER.replace(";", "\u00a0;\u00a0")),
        ("loaded",),
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "header", "a Cyrillic letter in a name", text(good(), HEADER.replace("cnum", "сnum")), ("refused",), "cnum"
    )
    yield BadInput(
        "header", "a break within a quoted name", text(good(), HEADER.replace("mcc", '"m\ncc"')), ("refused", "unknown")
    )
    yield BadInput(
        "header", "a quote that is never closed", text(good(), HEADER.replace("mcc", '"mcc')), ("refused", "unknown")
    )
    yield BadInput("header", "of another file", raw(b"a;b;c\n1;2;3\n"), ("unknown",), "header")
    yield BadInput(
        "header",
        "a renamed column, and one of its name in the contract",
        text([line + ";2025-03-05" for line in good()], HEADER + ";TRX_DATE"),
        ("loaded",),
        source=SourceFormat(columns={"purchdate": "trx_date"}),
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "header",
        "a column twice after renaming",
        text([line + ";x" for line in good()], HEADER.replace("purchdate", "TRX_DATE") + ";trx_date"),
        ("refused",),
        "twice",
        source=SourceFormat(columns={"purchdate": "trx_date"}),
    )
    yield BadInput(
        "header",
        "a renamed column missing",
        text(good(), HEADER.replace("cnum", "customer")),
        ("refused",),
        "KLIENT",
        source=SourceFormat(columns={"cnum": "KLIENT"}),
    )
    yield BadInput(
        "header",
        "an unknown column twice",
        text([line + ";x;y" for line in good()], HEADER + ";note;note"),
        ("loaded",),
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "header",
        "blank names",
        text([line + ";x;y" for line in good()], HEADER + ";;"),
        ("loaded",),
        good_rows=GOOD_COUNT,
    )


def _wide() -> Iterator[BadInput]:
    for count in (100, 900):
        names = ";".join([HEADER, *(f"c{number}" for number in range(count))])
        rows = [line + ";x" * count for line in good()]
        yield BadInput("header", f"{count} columns too many", text(rows, names), ("loaded",), good_rows=GOOD_COUNT)
        quoted = [line + ';"x;y"' * count for line in good()]
        yield BadInput(
            "header", f"{count} quoted columns too many", text(quoted, names), ("loaded",), good_rows=GOOD_COUNT
        )
    for count in (2_000, 9_000):
        names = ";".join([HEADER, *(f"c{number}" for number in range(count))])
        yield BadInput(
            "header",
            f"{count} columns too many",
            text([line + ';"x"' * count for line in good()], names),
            ("unknown",),
            "columns",
        )


def _personal() -> Iterator[BadInput]:
    for name in PERSONAL_NAMES:
        yield BadInput(
            "personal data",
            f"column {name}",
            text([line + ";x" for line in good()], f"{HEADER};{name}"),
            ("refused",),
            name,
        )
    for name, value in PERSONAL.items():
        rows = [f"{line};{value}" for line in good()]
        yield BadInput(
            "personal data", f"{name} in a column", text(rows, HEADER + ";note"), ("refused",), "personal data"
        )
        yield BadInput(
            "personal data",
            f"{name} dropped knowingly",
            text([*rows, f"{good()[0]};x"], HEADER + ";note"),
            ("loaded",),
            source=SourceFormat(drop=("note",)),
        )
        late = [*(f"{line};" for line in good(700)), *(f"{line};{value}" for line in good(300))]
        yield BadInput(
            "personal data", f"{name} behind many blanks", text(late, HEADER + ";note"), ("refused",), "personal data"
        )
    cards = [line.replace(";C1", ";4111111111111111") for line in good()]
    yield BadInput("personal data", "card numbers as customers", text(cards), ("refused",), "card_numbers_as_customers")
    yield BadInput(
        "personal data",
        "card numbers as customers, allowed",
        text(cards),
        ("loaded",),
        source=SourceFormat(card_numbers_as_customers=True),
    )
    yield BadInput(
        "personal data",
        "a card number in place of the amount",
        _card_for_amount(),
        ("quarantined",),
        "amount_too_large",
    )


def _card_for_amount() -> Write:
    return text([*good(), good()[0].replace("1.50", "4111111111111111")])
