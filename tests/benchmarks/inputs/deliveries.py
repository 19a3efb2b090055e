"""Control files, deliveries that are folders, and a disk of the database that is full."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

from infra.ingest import SourceFormat
from tests.benchmarks.inputs.bad_input import DAY, GOOD_COUNT, HEADER, BadInput, Write, good, row, text

SMALL_TABLESPACE = "lyra_small"
"""A tablespace on a disk of a few MiB, where `trial.prepared` could make one."""
AMOUNT = sum(number + 0.5 for number in range(1, GOOD_COUNT + 1))
WRONG = {
    "one row too many": ("rows=41", "41 rows"),
    "one row too few": ("rows=39", "39 rows"),
    "no rows": ("rows=0", "0 rows"),
    "another sum": ("amount=840.01", "840.01"),
    "a sum of the other sign": (f"amount=-{AMOUNT:.2f}", "sum"),
    "right rows and another sum": ("rows=40\namount=1.00", "sum"),
    "another number of rows and the right sum": (f"rows=4\namount={AMOUNT:.2f}", "4 rows"),
}
GARBAGE = {
    "nothing": b"",
    "words": b"all is well\n",
    "a word for a number": b"rows=forty\n",
    "half a row": b"rows=40.5\n",
    "rows below zero": b"rows=-40\n",
    "a number and a word": b"rows=40 pieces\n",
    "a number without end": b"rows=" + b"4" * 6000 + b"\n",
    "a sum without end": b"amount=" + b"4" * 6000 + b"\n",
    "not a number": b"amount=NaN\n",
    "rows twice": b"rows=40\nrows=41\n",
    "UTF-16": "rows=40\n".encode("utf-16"),
    "zero bytes": bytes(100),
    "bytes": bytes(range(256)),
    "a right line and a wrong one": b"rows=40\namount=a lot\n",
    "a row count of other digits": "rows=٤٠\n".encode(),
}
RIGHT = {
    "rows and sum": f"rows=40\namount={AMOUNT:.2f}\n",
    "other words about them": f"file: bad.csv\nROWS : 40\namount;{AMOUNT:.2f}\n",
    "decimal comma": f"rows = 40\r\namount = {AMOUNT:.2f}".replace(".", ","),
    "a byte order mark": "\ufeffrows=40\n",
}


def bad_inputs() -> Iterator[BadInput]:
    for name, (content, says) in WRONG.items():
        yield BadInput("control files", name, _controlled(content.encode()), ("refused",), says)
    for name, garbage in GARBAGE.items():
        yield BadInput("control files", name, _controlled(garbage), ("unknown",), "control")
    for number, (name, content) in enumerate(RIGHT.items()):
        yield BadInput(
            "control files",
            f"right: {name}",
            _controlled(content.encode(), name=f"RIGHT {number}"),
            ("loaded",),
            good_rows=GOOD_COUNT,
        )
    yield BadInput("control files", "a folder in its place", _control_folder, ("unknown",), "control")
    yield BadInput(
        "control files",
        "missing where the source needs it",
        text(good()),
        ("refused",),
        "control file",
        source=SourceFormat(control="required"),
    )
    yield BadInput("control files", "of 8 MiB", _controlled(b"rows=40\n" * (1 << 20)), ("unknown",), "control")
    cut = _controlled(b"rows=40\n", rows=good()[:30])
    yield BadInput("control files", "right, of a file that was cut", cut, ("refused",), "40 rows")
    yield from _folders()
    yield BadInput(
        "full disk",
        "of the database",
        _many,
        ("failed",),
        "No space left on device",
        options=f"-c default_tablespace={SMALL_TABLESPACE}",
        is_slow=True,
    )
    yield BadInput(
        "full disk",
        "of the database, packed file",
        _packed_many,
        ("failed",),
        "No space left on device",
        options=f"-c default_tablespace={SMALL_TABLESPACE}",
        is_slow=True,
    )


def _folders() -> Iterator[BadInput]:
    one, two = _part(range(1, 41)), _part(range(41, 81))
    other = {"a.csv": one, "b.csv": _part(range(100, 140)), "_SUCCESS": b""}
    whole = {"a.csv": one, "b.csv": two, "_SUCCESS": b""}
    yield BadInput("folders", "without _SUCCESS", _folder({"a.csv": one, "b.csv": two}), ("unknown",), "_SUCCESS")
    yield BadInput("folders", "_SUCCESS and nothing else", _folder({"_SUCCESS": b""}), ("unknown",), "no file")
    yield BadInput(
        "folders",
        "hidden files only",
        _folder({"_SUCCESS": b"", ".a.csv": one, "_b.csv": two}),
        ("unknown",),
        "no file",
    )
    yield BadInput("folders", "whole", _folder(whole), ("loaded",), good_rows=80)
    yield BadInput(
        "folders",
        "one part with bad rows",
        _folder({**whole, "c.csv": _part(range(1, 20), day="no day")}),
        ("refused",),
        "date_invalid",
    )
    yield BadInput("folders", "one empty part", _folder({**whole, "c.csv": b""}), ("unknown",), "empty")
    yield BadInput(
        "folders",
        "one part with a header only",
        _folder({**whole, "c.csv": HEADER.encode() + b"\n"}),
        ("refused",),
        "no rows",
    )
    yield BadInput(
        "folders", "one part of another kind", _folder({**whole, "c.csv": b"cnum_;age\n1;2\n"}), ("refused", "unknown")
    )
    yield BadInput(
        "folders",
        "one part that is cut off",
        _folder({**whole, "c.csv.gz": gzip.compress(one)[:-20]}),
        ("unknown",),
        "c.csv.gz",
    )
    yield BadInput(
        "folders", "one part of another program", _folder({**whole, "c.csv": b"%PDF-1.7\n"}), ("unknown",), "c.csv"
    )
    yield BadInput(
        "folders", "two equal parts", _folder({"a.csv": one, "b.csv": one, "_SUCCESS": b""}), ("unknown",), "same bytes"
    )
    yield BadInput("folders", "a folder within", _folder({**whole, "more/c.csv": two}), ("unknown",), "more")
    yield BadInput("folders", "a dangling link within", _with_link(whole, "nowhere"), ("unknown",), "link.csv")
    yield BadInput("folders", "a pipe within", _with_pipe(whole), ("unknown",), "pipe.csv")
    yield BadInput(
        "folders",
        "a control file without its file",
        _folder({**whole, "c.csv.control": b"rows=40"}),
        ("unknown",),
        "c.csv",
    )
    yield BadInput(
        "folders",
        "a control file that is not met",
        _folder({**other, "b.csv.control": b"rows=41"}),
        ("refused",),
        "41 rows",
    )
    yield BadInput(
        "folders", "days in the name that are none", _folder(other, name="day=2025-02-30"), ("unknown",), "2025-02-30"
    )
    yield BadInput(
        "folders",
        "clients in two files",
        _folder(
            {
                "a.csv": b"cnum_;categorycode;gender;age;married_;residenttype\n1;;;;;\n",
                "b.csv": b"cnum_;categorycode;gender;age;married_;residenttype\n2;;;;;\n",
                "_SUCCESS": b"",
            }
        ),
        ("unknown",),
        "only transactions",
    )
    yield BadInput(
        "folders", "a part that is unreadable", _with_link(whole, "/proc/self/mem"), ("unknown",), "cannot be read"
    )


def _part(numbers: range, day: str = DAY) -> bytes:
    return "\n".join([HEADER, *(row(day, amount=f"{number}.35") for number in numbers), ""]).encode()


def _controlled(control: bytes, rows: list[str] | None = None, name: str = "SHOP") -> Write:
    def write(folder: Path) -> Path:
        lines = [line.replace("SHOP", name) for line in rows or good()]
        path = text(lines)(folder)
        (folder / "bad.csv.control").write_bytes(control)
        return path

    return write


def _control_folder(folder: Path) -> Path:
    (folder / "bad.csv.control").mkdir()
    return text(good())(folder)


def _folder(files: dict[str, bytes], name: str = "delivery") -> Write:
    def write(folder: Path) -> Path:
        for file, content in files.items():
            path = folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / name

    return write


def _with_link(files: dict[str, bytes], target: str) -> Write:
    def write(folder: Path) -> Path:
        made = _folder(files)(folder)
        (made / "link.csv").symlink_to(target)
        return made

    return write


def _with_pipe(files: dict[str, bytes]) -> Write:
    def write(folder: Path) -> Path:
        made = _folder(files)(folder)
        os.mkfifo(made / "pipe.csv")
        return made

    return write


def _many(folder: Path) -> Path:
    """A month that no other input has, so that its table is made on the small disk."""
    path = folder / "bad.csv"
    path.write_bytes(_part(range(1, 300_000), "2025-09-01"))
    return path


def _packed_many(folder: Path) -> Path:
    path = folder / "bad.csv.gz"
    path.write_bytes(gzip.compress(_part(range(1, 300_000), "2025-10-01"), 1))
    return path
