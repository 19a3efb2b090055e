"""One bad value in a line that is else good, and text that would hurt whoever executes it."""

from collections.abc import Iterator

from tests.benchmarks.inputs.bad_input import DAY, GOOD_COUNT, BadInput, among_good, good, row, text

DATES = {
    "date_invalid": (
        "", " ", "x", "2025-02-29", "2025-02-30", "2025-13-01", "2025-00-10", "2025-01-00", "2025-1-1",
        "25-01-31", "31.02.2025",
        "31.13.2025", "1.1.2025", "31.01.25", "01/31/2025", "31/01/2025", "2025/01/31", "20250131",
        "31-01-2025", "31-Jan-2025",
        "Jan 31, 2025", "31 января 2025", "1738281600", "1738281600000", "45688", "45688.5", "2025-01-31T10:00:00Z",
        "2025-01-31T10:00:00+03:00", "2025-01-31 24:00", "2025-01-31 23:60", "2025-01-31 23:59:60", "2025-01-31 1:05",
        "2025-01-31 10", "2025-01-31  10:00", "2025-01-31 10:00 PM", "2025-W05-5", "2025-031", "0000-00-00",
        "-2025-01-31",
        "+2025-01-31", "2025-01-31x", "NULL", "NaT", "today", "٢٠٢٥-٠١-٣١", "２０２５-０１-３１", "2025-01-31 ١٠:٠٠",
        "2025‑01‑31",
        "2025-01-31 10:00:00.1234567890",
    ),
    "date_out_of_range": ("1999-12-31", "2101-01-01", "01.01.1970", "1900-01-01", "9999-12-31", "0001-01-01"),
}  # fmt: skip
AMOUNTS = {
    "amount_invalid": (
        "", " ", "x", "NaN", "nan", "inf", "-Infinity", "1e5", "1E-2", "0x10", "1,234.56", "1.234,56",
        "1 23", "12 34.5", "1'23",
        "1_000", "1.2.3", "1,2,3", "--5", "+-5", "5-", "(5.00)", "5 RUB", "$5", "₽5", "5%", ".", ",", "-",
        "+", "1/2", "²", "٥", "５",
        "NULL", "None", "#REF!", "=1+1", "-.",
    ),
    "amount_too_large": (
        "1000000000000", "-1000000000000", "9" * 15, "9" * 30, "-" + "9" * 400, "999999999999999999999.99",
    ),
    "amount_precision": ("1.005", "-0.001", "0.0000001", "10,999", "999999999999.999", "1.00001"),
    "amount_zero": ("0", "0.00", "-0", "+0,00", "0."),
}  # fmt: skip
CODES = (
    "", " ", "x", "12345", "-1", "+1", "1.0", "5411.0", "5 411", "5,411", "0x15", "1e3", "NULL", "54a1", "²",
    "٥٤١١", "５４１１", "5411\u200b",
)  # fmt: skip
HARMLESS_AMOUNTS = (
    "0.01",
    "-0.01",
    "999999999999.99",
    "-999999999999.99",
    "1 234,50",
    "1\u00a0234.5",
    "1'234.5",
    "+7",
    ".5",
    "007",
)
INJECTIONS = (
    "'; drop table raw.transactions; --", '"; drop schema raw cascade; --', "\\.", "\\N", "\\x00",
    "$$;select 1;$$", "%s", "%(x)s", "%",
    "{0}", "{{ 7*7 }}", "{% raw %}", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)",
    "<script>alert(1)</script>", "../../etc/passwd",
    "null", "NULL", "true", "\x07\x1b[31m", "\u200b\u200d", "NaN", "--", "/* */", "`id`", "$(id)", "''",
    "\\", "\\\\", "COPY x FROM STDIN",
)  # fmt: skip


def bad_inputs() -> Iterator[BadInput]:
    for code, values in DATES.items():
        for value in values:
            codes = code if code == "date_invalid" else "date_out_of_range|date_invalid"
            yield _one("dates", value, row(day=value), codes)
    yield BadInput("dates", "the leap day", among_good(row(day="2024-02-29")), ("loaded",), good_rows=GOOD_COUNT + 1)
    yield BadInput(
        "dates",
        "the last moment of a day",
        among_good(row(day=f"{DAY} 23:59:59.999999999")),
        ("loaded",),
        good_rows=GOOD_COUNT + 1,
    )
    yield BadInput(
        "dates",
        "months before days in every line",
        text([line.replace(DAY, "01.31.2025") for line in good()]),
        ("refused",),
        "date_invalid",
    )
    for code, values in AMOUNTS.items():
        for value in values:
            codes = "amount_precision|amount_too_large" if len(value) > 12 else code
            yield _one("amounts", value, row(amount=value), codes)
    for value in HARMLESS_AMOUNTS:
        yield BadInput(
            "amounts", f"{value!r}, which is one", among_good(row(amount=value)), ("loaded",), good_rows=GOOD_COUNT + 1
        )
    yield BadInput(
        "amounts",
        "a sum beyond the warehouse's numbers",
        text([row(amount="999999999999.99")] * 10_001),
        ("refused",),
        "add up",
    )
    yield BadInput(
        "amounts",
        "a sum beyond 64 bits",
        lambda folder: text([row(amount="-999999999999.99")] * 95_000)(folder),
        ("refused",),
        "add up",
        is_slow=True,
    )
    for value in CODES:
        yield _one("category codes", value, row(mcc=value), "mcc_invalid")
    for value in ("0", "0000", "9999", "0742"):
        yield BadInput(
            "category codes",
            f"{value}, which is one",
            among_good(row(mcc=value)),
            ("loaded",),
            good_rows=GOOD_COUNT + 1,
        )
    for sign in ("", " ", "\u00a0", "\u3000", "\t"):
        yield _one("blanks", f"{sign!r} as city", row(city=sign), "city_blank")
        yield _one("blanks", f"{sign!r} as merchant", row(name=sign), "merchant_blank")
        yield _one("blanks", f"{sign!r} as customer", row()[:-2] + sign, "customer_blank")
    for value in INJECTIONS:
        yield BadInput(
            "injection",
            f"{value!r} as merchant",
            among_good(row(name=_field(value))),
            ("loaded",),
            good_rows=GOOD_COUNT + 1,
        )
        yield BadInput(
            "injection",
            f"{value!r} as city",
            among_good(row(city=_field(value))),
            ("loaded",),
            good_rows=GOOD_COUNT + 1,
        )
    yield BadInput(
        "injection",
        "in every field of a bad line",
        among_good(";".join(map(_field, INJECTIONS[:6]))),
        ("quarantined",),
        "date_invalid",
    )


def _field(value: str) -> str:
    return f'"{value.replace(chr(34), chr(34) * 2)}"' if ";" in value or '"' in value else value


def _one(group: str, value: str, line: str, code: str) -> BadInput:
    return BadInput(
        group,
        f"{value[:40]!r}" if group != "blanks" else value,
        among_good(line),
        ("quarantined",),
        code,
        good_rows=GOOD_COUNT,
    )
