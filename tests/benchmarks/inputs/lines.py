"""Ends of lines, separators, quotes, counts of fields, and lines without end."""

import gzip
import random
import string
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.ingest import SourceFormat
from tests.benchmarks.inputs.bad_input import GOOD_COUNT, HEADER, BadInput, Write, among_good, good, raw, row, text

MIB = 1 << 20
STRANGE_ENDS = {"vertical tab": "\v", "form feed": "\f", "U+0085": "\x85", "U+2028": "\u2028", "U+2029": "\u2029"}
SEPARATORS = {"a bar": "|", "a colon": ":", "a caret": "^", "Hive's byte 1": "\x01", "a blank": " ", "a tilde": "~"}
WIDTHS = (1, 2, 3, 4, 5, 7, 8, 20, 1_000, 100_000)


def bad_inputs() -> Iterator[BadInput]:
    yield from _ends()
    yield from _separators()
    yield from _quotes()
    for width in WIDTHS:
        line = ";".join(["x"] * width)
        yield BadInput(
            "field count",
            f"{width} fields",
            among_good(line),
            ("quarantined",),
            "wrong_field_count",
            good_rows=GOOD_COUNT,
        )
    yield BadInput("field count", "separators only", among_good(";" * 5), ("quarantined",), "date_invalid")
    yield BadInput(
        "field count",
        "one more in every line",
        text([line + ";" for line in good()]),
        ("refused",),
        "wrong_field_count",
    )
    yield BadInput(
        "field count",
        "one less in every line",
        text([line.rsplit(";", 1)[0] for line in good()]),
        ("refused",),
        "wrong_field_count",
    )
    yield BadInput(
        "field count", "one more in header and lines", text([line + ";" for line in good()], HEADER + ";"), ("loaded",)
    )
    yield BadInput(
        "field count", "a sum at the end", text([*good(), "TOTAL;1234.00"]), ("quarantined",), "wrong_field_count"
    )
    yield BadInput(
        "field count",
        "cut in the middle of the last line",
        raw("\n".join([HEADER, *good(), row()]).encode()[:-9]),
        ("quarantined",),
        "wrong_field_count",
    )
    yield BadInput(
        "field count", "the header again in the middle", among_good(HEADER), ("quarantined",), "date_invalid"
    )
    yield from _long()


def _ends() -> Iterator[BadInput]:
    lines = [HEADER, *good()]
    yield BadInput(
        "line ends", "carriage returns only", raw("\r".join([*lines, ""]).encode()), ("unknown",), "carriage return"
    )
    yield BadInput(
        "line ends",
        "doubled carriage returns",
        raw("\r\r\n".join([*lines, ""]).encode()),
        ("loaded",),
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "line ends", "LF before CR", raw("\n\r".join([*lines, ""]).encode()), ("refused", "quarantined", "loaded")
    )
    mixed = "".join(line + ("\r\n" if number % 2 else "\n") for number, line in enumerate(lines))
    yield BadInput("line ends", "both kinds", raw(mixed.encode()), ("loaded",), good_rows=GOOD_COUNT)
    yield BadInput(
        "line ends",
        "none at the end",
        raw("\n".join([*lines, row(name="LAST")]).encode()),
        ("loaded",),
        good_rows=GOOD_COUNT + 1,
    )
    yield BadInput(
        "line ends",
        "end of file as DOS wrote it",
        raw("\r\n".join([*lines, "\x1a"]).encode()),
        ("quarantined",),
        "wrong_field_count",
    )
    yield BadInput(
        "line ends",
        "a blank line after each",
        raw("\n\n".join([*lines, ""]).encode()),
        ("loaded",),
        good_rows=GOOD_COUNT,
    )
    yield BadInput("line ends", "a line of blanks", among_good("   \t "), ("quarantined",), "wrong_field_count")
    yield BadInput(
        "line ends",
        "a million blank lines",
        raw(lambda: "\n".join([*lines, row(name="X"), ""]).encode() + b"\n" * MIB),
        ("loaded",),
        good_rows=GOOD_COUNT + 1,
    )
    for place, number in (("date", 0), ("amount", 1), ("mcc", 2), ("city", 3), ("merchant", 4), ("customer", 5)):
        parts = row().split(";")
        parts[number] = parts[number][:1] + "\r" + parts[number][1:]
        yield BadInput(
            "line ends",
            f"a carriage return in the {place}",
            among_good(";".join(parts)),
            ("quarantined",),
            "stray_line_end",
            good_rows=GOOD_COUNT,
        )
    yield BadInput(
        "line ends",
        "two rows parted by a carriage return",
        among_good(row() + "\r" + row()),
        ("quarantined",),
        "stray_line_end",
    )
    for name, sign in STRANGE_ENDS.items():
        yield BadInput(
            "line ends", f"{name} in a name", among_good(row(name=f"SH{sign}OP")), ("loaded",), good_rows=GOOD_COUNT + 1
        )


def _separators() -> Iterator[BadInput]:
    lines = "\n".join([HEADER, *good(), ""])
    for name, sign in SEPARATORS.items():
        yield BadInput(
            "separators", f"{name}, unstated", raw(lines.replace(";", sign).encode()), ("unknown",), "delimiter"
        )
    yield BadInput(
        "separators",
        "a bar, stated",
        raw(lines.replace(";", "|").encode()),
        ("loaded",),
        source=SourceFormat(delimiter="|"),
    )
    yield BadInput(
        "separators",
        "stated, and another one in the file",
        raw(lines.encode()),
        ("unknown",),
        "header",
        source=SourceFormat(delimiter="|"),
    )
    header_only = HEADER + "\n" + "\n".join(good()).replace(";", ",") + "\n"
    yield BadInput(
        "separators",
        "header with semicolons, lines with commas",
        raw(header_only.encode()),
        ("refused",),
        "wrong_field_count",
    )
    half = "\n".join([HEADER, *good(), *(line.replace(";", "\t") for line in good()), ""])
    yield BadInput("separators", "tabs from the middle on", raw(half.encode()), ("refused",), "wrong_field_count")
    yield BadInput(
        "separators", "one line with commas", among_good(row().replace(";", ",")), ("quarantined",), "wrong_field_count"
    )
    yield BadInput(
        "separators",
        "one line with half of them",
        among_good(row().replace(";", ",", 3)),
        ("quarantined",),
        "wrong_field_count",
    )
    commas = [line.replace(".", ",").replace(";", ",") for line in good()]
    yield BadInput(
        "separators",
        "decimal commas between commas",
        text(commas, HEADER.replace(";", ",")),
        ("refused",),
        "wrong_field_count",
    )
    yield BadInput(
        "separators",
        "semicolon in a name without quotes",
        among_good(row(name="A;B")),
        ("quarantined",),
        "wrong_field_count",
    )
    yield BadInput(
        "separators",
        "blanks around each",
        text([line.replace(";", " ; ") for line in good()], HEADER.replace(";", " ; ")),
        ("loaded",),
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "separators",
        "columns of fixed width",
        text([line.replace(";", "   ") for line in good()], HEADER.replace(";", "   ")),
        ("unknown",),
        "header",
    )
    yield BadInput("separators", "Excel's sep= line", raw(b"sep=;\n" + lines.encode()), ("unknown",), "header")
    yield BadInput("separators", "doubled", raw(lines.replace(";", ";;").encode()), ("loaded",), good_rows=GOOD_COUNT)


def _quotes() -> Iterator[BadInput]:
    for place, number in (("date", 0), ("amount", 1), ("mcc", 2), ("city", 3), ("merchant", 4), ("customer", 5)):
        parts = row().split(";")
        parts[number] = '"' + parts[number]
        codes = {0: "date_invalid", 1: "amount_invalid", 2: "mcc_invalid"}
        outcome, says = ("quarantined", codes[number]) if number in codes else ("loaded", "")
        yield BadInput("quotes", f"never closed in the {place}", among_good(";".join(parts)), (outcome,), says)  # type: ignore[arg-type]
    yield BadInput(
        "quotes",
        "never closed in the last line",
        text([*good(), row(name='"SHOP')]),
        ("loaded",),
        good_rows=GOOD_COUNT + 1,
    )
    yield BadInput(
        "quotes",
        "never closed in every line",
        text([row(name='"SHOP', amount=f"{number}.10") for number in range(1, 400)]),
        ("loaded", "refused", "quarantined"),
    )
    yield BadInput(
        "quotes",
        "letters behind the closing one",
        among_good(row(name='"SHOP" A')),
        ("loaded",),
        good_rows=GOOD_COUNT + 1,
    )
    yield BadInput(
        "quotes", "backslashes before them", among_good(row(name='"SH\\"OP"')), ("loaded",), good_rows=GOOD_COUNT + 1
    )
    yield BadInput(
        "quotes", "apostrophes in their place", among_good(row(name="'SHOP'")), ("loaded",), good_rows=GOOD_COUNT + 1
    )
    yield BadInput(
        "quotes",
        "every field, the header too",
        text([_quoted(line) for line in good()], _quoted(HEADER)),
        ("loaded",),
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "quotes", "a break within", among_good(row(name='"SHOP\nNORTH"')), ("loaded",), good_rows=GOOD_COUNT + 1
    )
    yield BadInput(
        "quotes",
        "90 breaks within",
        among_good(row(name='"SHOP' + "\n" * 90 + 'NORTH"')),
        ("loaded",),
        good_rows=GOOD_COUNT + 1,
    )
    yield BadInput(
        "quotes",
        "breaks without end",
        text([*good(), row(name='"SHOP'), *["a"] * 2]),
        ("quarantined",),
        "wrong_field_count",
    )
    yield BadInput("quotes", "only quotes", among_good('"' * 501), ("quarantined",), "wrong_field_count")
    yield BadInput(
        "quotes",
        "one in a million lines without",
        raw(lambda: "\n".join([HEADER, *good(), row(name='"A'), ""]).encode() + b"\n" * MIB),
        ("loaded",),
    )
    yield BadInput(
        "quotes",
        "opened before a line of 8 MiB",
        _lazily(lambda: text([*good(), row(name='"A'), "y" * 8 * MIB])),
        ("quarantined",),
        "line_too_long",
    )


def _long() -> Iterator[BadInput]:
    yield BadInput(
        "long", "a line of one byte more than a MiB", among_good("x" * (MIB + 1)), ("quarantined",), "line_too_long"
    )
    yield BadInput(
        "long", "a line of 5 MiB", _lazily(lambda: among_good("x" * 5 * MIB)), ("quarantined",), "line_too_long"
    )
    yield BadInput(
        "long",
        "a line of 40 MiB",
        _lazily(lambda: among_good(b"x" * 40 * MIB)),
        ("quarantined",),
        "line_too_long",
        is_slow=True,
    )
    yield BadInput(
        "long",
        "a last line of 20 MiB",
        raw(lambda: "\n".join([HEADER, *good(), "x" * 20 * MIB]).encode()),
        ("quarantined",),
        "line_too_long",
    )
    for place, number in (("city", 3), ("merchant", 4)):
        parts = row().split(";")
        parts[number] = "X" * 900_000
        yield BadInput(
            "long", f"900,000 letters in the {place}", among_good(";".join(parts)), ("quarantined",), "text_too_long"
        )
    yield BadInput(
        "long",
        "900,000 digits in the amount",
        among_good(row(amount="1" * 900_000)),
        ("quarantined",),
        "amount_too_large",
    )
    yield BadInput("long", "900,000 letters in the date", among_good(row(day="2" * 900_000)), ("quarantined",))
    yield BadInput(
        "long",
        "900,000 letters in the customer",
        among_good(row()[:-2] + "C" * 900_000),
        ("quarantined",),
        "text_too_long",
    )
    yield BadInput("long", "a header of 100 KB", text(good(), HEADER + ";" + "x" * 100_000), ("unknown",), "one line")
    yield BadInput("long", "a header of 1 GB", _sparse(b""), ("unknown",), "one line", is_slow=True)
    yield BadInput(
        "long",
        "a line of 1 GB",
        _sparse("\n".join([HEADER, *good(), ""]).encode()),
        ("quarantined",),
        "line_too_long",
        is_slow=True,
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "long",
        "a line of 1 GB behind an open quote",
        _sparse("\n".join([HEADER, *good(), row(name='"A'), ""]).encode()),
        ("quarantined",),
        "line_too_long",
        is_slow=True,
    )
    yield BadInput(
        "long",
        "a line of 1 GB in gzip",
        _long_in_gzip,
        ("quarantined",),
        "line_too_long",
        is_slow=True,
        good_rows=GOOD_COUNT,
    )
    yield BadInput(
        "long",
        "two million lines of one letter",
        raw(lambda: HEADER.encode() + b"\n" + b"x\n" * 2 * MIB),
        ("refused",),
        "wrong_field_count",
        is_slow=True,
    )
    yield BadInput(
        "long",
        "sixteen million blank lines",
        raw(lambda: "\n".join([HEADER, *good(), ""]).encode() + b"\n" * 16 * MIB),
        ("loaded",),
        is_slow=True,
    )


def _lazily(made: Callable[[], Write]) -> Write:
    return lambda folder: made()(folder)


def _sparse(start: bytes) -> Write:
    """A file whose last line is a gigabyte that takes no room on the disk."""

    def write(folder: Path) -> Path:
        path = folder / "bad.csv"
        with path.open("wb") as file:
            file.write(start or b"x" * MIB)
            file.truncate(1 << 30)
        return path

    return write


def _long_in_gzip(folder: Path) -> Path:
    """Packed 60 to 1, as text may be: a member of one MiB, a thousand times."""
    noise = "".join(random.Random(1).choices(string.ascii_letters, k=24 << 10)).encode()
    piece = gzip.compress(noise + b"x" * (MIB - len(noise)))
    path = folder / "bad.csv.gz"
    with path.open("wb") as file:
        file.write(gzip.compress("\n".join([HEADER, *good(), ""]).encode()))
        for _ in range(1024):
            file.write(piece)
    return path


def _quoted(line: str) -> str:
    return ";".join(f'"{part}"' for part in line.split(";"))
