"""Text in an encoding that nobody stated, in two at once, or cut within a letter; zero bytes."""

import codecs
from collections.abc import Iterator

from infra.ingest import SourceFormat
from tests.benchmarks.inputs.bad_input import (
    GOOD_COUNT,
    HEADER,
    RUSSIAN,
    BadInput,
    Outcome,
    Write,
    among_good,
    good,
    raw,
    row,
    text,
)

WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
BOMS = dict(
    zip(WIDE, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), strict=True)
)
CYRILLIC = {"koi8-r": "koi8-r", "cp866": "cp866", "mac-cyrillic": "mac-cyrillic", "iso8859-5": "iso8859-5"}
WESTERN = [row(amount=f"{number}.00", city="Genève", name="Café Zürich Müller") for number in range(1, 41)]
ASIAN = {
    "gb18030": [row(amount=f"{number}.00", city="北京", name="超市食品商店") for number in range(1, 41)],
    "shift_jis": [row(amount=f"{number}.00", city="東京", name="コンビニエンス") for number in range(1, 41)],
    "euc-kr": [row(amount=f"{number}.00", city="서울", name="편의점 커피") for number in range(1, 41)],
    "cp1253": [
        row(amount=f"{number}.00", city="Αθήνα", name=name)
        for number in range(1, 11)
        for name in ("Φαρμακείο Κεντρικό", "Υπεραγορά τροφίμων", "Εστιατόριο Η Θάλασσα", "Βιβλιοπωλείο Γνώση")
    ],
}
BROKEN = {
    "cut letter": b"\xd0",
    "lone continuation": b"\x85\xb2\x81",
    "overlong slash": b"\xc0\xaf",
    "surrogate": b"\xed\xa0\x80",
    "beyond unicode": b"\xf5\x90\x80\x80",
    "byte ff": b"\xff\xfe",
}
PLACES = {"date": 0, "amount": 1, "mcc": 2, "city": 3, "merchant": 4, "customer": 5}
# One letter at a word's end may be windows-1251, too: then it is the value that is wrong, or nothing.
FAULTS = {"date": "bad_encoding|date_invalid", "amount": "amount_invalid", "mcc": "bad_encoding|mcc_invalid"}


def bad_inputs() -> Iterator[BadInput]:
    plain = "\n".join([HEADER, *RUSSIAN, ""])
    for encoding in WIDE:
        for name, start in (("with", BOMS[encoding]), ("without", b"")):
            says = "UTF-16" if "16" in encoding else "UTF-32"
            content = start + plain.encode(encoding)
            yield BadInput("encoding", f"{encoding} {name} byte order mark", raw(content), ("unknown",), says)
    for encoding in CYRILLIC:
        yield BadInput(
            "encoding", f"{encoding} unstated", text(_small_signs(RUSSIAN), encoding=encoding), ("unknown",), encoding
        )
        yield BadInput(
            "encoding",
            f"{encoding} stated",
            text(_small_signs(RUSSIAN), encoding=encoding),
            ("loaded",),
            source=SourceFormat(encoding=encoding),
            good_rows=len(RUSSIAN),
        )
    yield BadInput("encoding", "latin-1 unstated", text(WESTERN, encoding="latin-1"), ("unknown",), "windows-1252")
    yield BadInput(
        "encoding",
        "latin-1 stated",
        text(WESTERN, encoding="latin-1"),
        ("loaded",),
        source=SourceFormat(encoding="latin-1"),
    )
    for encoding, rows in ASIAN.items():
        yield BadInput("encoding", f"{encoding} unstated", text(rows, encoding=encoding), ("unknown",), "encoding")
        yield BadInput(
            "encoding",
            f"{encoding} stated",
            text(rows, encoding=encoding),
            ("loaded",),
            source=SourceFormat(encoding=encoding),
        )
    yield BadInput(
        "encoding",
        "cp1251 stated for UTF-8",
        text(RUSSIAN),
        ("refused",),
        "bad_encoding",
        source=SourceFormat(encoding="cp1251"),
    )
    yield BadInput(
        "encoding",
        "UTF-8 stated for cp1251",
        text(RUSSIAN, encoding="cp1251"),
        ("refused",),
        "bad_encoding",
        source=SourceFormat(encoding="utf-8"),
    )
    yield from _mixtures()
    yield from _marks()
    for place, position in PLACES.items():
        for name, bad in BROKEN.items():
            says = FAULTS.get(place, "bad_encoding")
            outcomes: tuple[Outcome, ...] = ("quarantined",)
            if place == "customer" and name in ("cut letter", "overlong slash"):
                outcomes = ("quarantined", "loaded")
            says = "" if "loaded" in outcomes else says
            yield BadInput("encoding", f"{name} in the {place}", _spoilt(position, bad), outcomes, says)
        says = "amount_invalid" if place == "amount" else "bad_encoding"
        yield BadInput(
            "zero bytes", f"in the {place}", _spoilt(position, b"\x00"), ("quarantined",), says, good_rows=GOOD_COUNT
        )
    yield from _zero_bytes()


def _mixtures() -> Iterator[BadInput]:
    head, rows = HEADER + "\n", RUSSIAN
    utf8, cp1251 = ("\n".join([*rows, ""]).encode(encoding) for encoding in ("utf-8", "cp1251"))
    one_utf8, one_cp1251 = (rows[0] + "\n").encode(), (rows[0] + "\n").encode("cp1251")
    start = head.encode()
    yield BadInput("encoding", "UTF-8, then cp1251", raw(start + utf8 + cp1251), ("refused",), "bad_encoding")
    yield BadInput("encoding", "cp1251, then UTF-8", raw(start + cp1251 + utf8), ("refused",), "bad_encoding")
    yield BadInput(
        "encoding", "one line of cp1251 in UTF-8", raw(start + utf8 + one_cp1251), ("quarantined",), "bad_encoding"
    )
    yield BadInput(
        "encoding", "one line of UTF-8 in cp1251", raw(start + cp1251 + one_utf8), ("quarantined",), "bad_encoding"
    )
    yield BadInput(
        "encoding",
        "cp1251 with the one byte that it does not have",
        raw(start + cp1251 + one_cp1251.replace(b"\xcc", b"\x98")),
        ("quarantined",),
        "bad_encoding",
    )
    yield BadInput(
        "encoding", "UTF-8 cut within the last letter", raw(start + utf8 + rows[0].encode()[:-14]), ("quarantined",)
    )
    yield BadInput("encoding", "cp1251 without an end of line", raw(start + cp1251.rstrip(b"\n")), ("loaded",))


def _marks() -> Iterator[BadInput]:
    mark = codecs.BOM_UTF8
    rows = "\n".join([*good(), ""]).encode()
    yield BadInput(
        "encoding",
        "byte order mark at a line's start",
        among_good(mark + row().encode()),
        ("quarantined",),
        "date_invalid",
    )
    yield BadInput("encoding", "byte order mark within a name", among_good(row(name="SH\ufeffOP")), ("loaded",))
    yield BadInput(
        "encoding",
        "two files joined, each with a mark and a header",
        raw((mark + HEADER.encode() + b"\n" + rows) * 2),
        ("quarantined",),
        "date_invalid",
    )
    yield BadInput(
        "encoding", "byte order mark twice", raw(mark * 2 + HEADER.encode() + b"\n" + rows), ("unknown",), "header"
    )
    yield BadInput(
        "encoding",
        "UTF-16 mark before UTF-8",
        raw(codecs.BOM_UTF16_LE + HEADER.encode() + b"\n" + rows),
        ("unknown",),
        "UTF-16",
    )
    yield BadInput("encoding", "letters put together from two signs", among_good(row(name="И\u0306од")), ("loaded",))
    yield BadInput("encoding", "signs beyond the basic plane", among_good(row(name="SHOP 🛒")), ("loaded",))
    yield BadInput("encoding", "text from right to left", among_good(row(name="\u202ePOHS\u202c")), ("loaded",))


def _zero_bytes() -> Iterator[BadInput]:
    head, rows = HEADER.encode() + b"\n", "\n".join([*good(), ""]).encode()
    yield BadInput(
        "zero bytes", "in the header", raw(head.replace(b"mcc", b"m\x00cc") + rows), ("unknown",), "zero byte"
    )
    yield BadInput("zero bytes", "before the header", raw(b"\x00" * 512 + head + rows), ("unknown",), "zero byte")
    yield BadInput(
        "zero bytes",
        "a block behind the last line",
        raw(head + rows + bytes(4096)),
        ("quarantined",),
        "wrong_field_count",
    )
    yield BadInput("zero bytes", "a line of them", among_good(bytes(100)), ("quarantined",), "wrong_field_count")
    yield BadInput("zero bytes", "as separator", raw((head + rows).replace(b";", b"\x00")), ("unknown",), "zero byte")
    yield BadInput(
        "zero bytes", "as end of line", raw((head + rows).replace(b"\n", b"\x00")), ("unknown",), "zero byte"
    )
    yield BadInput("zero bytes", "nothing else", raw(bytes(10_000)), ("unknown",), "zero byte")
    yield BadInput(
        "zero bytes", "in every line", raw(head + rows.replace(b"SHOP", b"SH\x00P")), ("refused",), "bad_encoding"
    )


def _spoilt(position: int, bad: bytes) -> Write:
    parts = row().encode().split(b";")
    parts[position] = parts[position][:2] + bad + parts[position][2:]
    return among_good(b";".join(parts))


def _small_signs(rows: list[str]) -> list[str]:
    """Without the signs that only some of the encodings have."""
    return [entry.replace("«", "").replace("»", "").replace("№", "N") for entry in rows]
