"""What a path may be besides a file, names that hurt, and files that change while they are read."""

import gzip
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.inputs.bad_input import DAY, GOOD_COUNT, HEADER, BadInput, Write, good, raw, row, text

NAMES = {
    "bytes that are no UTF-8": b"tr\xff\xfe_\xd0.csv",
    "a name in cp1251": "выгрузка.csv".encode("cp1251"),
    "a quote": b"a'b\"c.csv",
    "a line end": b"a\nb.csv",
    "a tab and a bell": b"a\tb\x07.csv",
    "a placeholder": b"%s%(x)s%.csv",
    "an order to drop a table": b"'; drop table ingest.files; --.csv",
    "a dollar": b"$(id)`id`.csv",
    "an option": b"--help.csv",
    "a glob": b"*?[a].csv",
    "a backslash": b"a\\b.csv",
    "a blank only": b" ",
    "braces": b"{0}{name}.csv",
    "Markdown": b"|a|**b**|<b>.csv",
    "250 letters": b"x" * 246 + b".csv",
    "letters of all sorts": "Ёж-ქართული-中文-🛒.csv".encode(),
    "no ending": b"export",
    "another ending": b"export.xlsx",
    "a leading dot": b".hidden.csv",
}
DAYS = {
    "transactions_2025-02-30.csv": "2025-02-30",
    "transactions_2025-13-01.csv": "2025-13-01",
    "transactions_2025-00-00.csv": "2025-00-00",
    "transactions_0000-00-00.csv": "0000-00-00",
    "transactions_2025-03-31_2025-03-01.csv": "backwards",
    "transactions_2025-03-01_2025-02-30.csv": "2025-02-30",
    "transactions_2025-04-31.csv.gz": "2025-04-31",
    "transactions_0001-01-01_9999-12-31.csv": "2000 to 2100",
    "transactions_1999-03-01.csv": "2000 to 2100",
    "transactions_2024-05-01.csv": "none of its rows",
    "transactions_2024-05-01_2024-05-31.csv": "none of its rows",
}
HARMLESS_DAYS = (
    "transactions_2025-3-1.csv",
    "transactions_20250301.csv",
    "transactions_٢٠٢٥-٠٣-٠١.csv",
    "2025-03-01.csv",
    "x2025-03-01.csv.csv.gz",
)


def bad_inputs() -> Iterator[BadInput]:
    yield from _no_files()
    for name, file in NAMES.items():
        yield BadInput("file names", name, _named(file), ("loaded",), good_rows=GOOD_COUNT)
        yield BadInput("file names", f"{name}, of a file that is none", _named(file, b"a;b\n"), ("unknown",), "header")
    for named, says in DAYS.items():
        yield BadInput("days in the name", named, text(good(), file=named), ("refused",), says)
    for number, named in enumerate(HARMLESS_DAYS):
        yield BadInput(
            "days in the name",
            named,
            text([*good(), row(name=f"NAME {number}")], file=named),
            ("loaded",),
            good_rows=GOOD_COUNT + 1,
        )
    yield BadInput(
        "days in the name",
        "bytes that are no UTF-8, and a day that is none",
        _named(b"\xff_2025-02-30.csv"),
        ("refused",),
        "2025-02-30",
    )
    yield from _changing()


def _no_files() -> Iterator[BadInput]:
    yield BadInput("no files", "not there", lambda folder: folder / "bad.csv", ("unknown",), "does not exist")
    yield BadInput(
        "no files",
        "in a folder that is not there",
        lambda folder: folder / "no" / "bad.csv",
        ("unknown",),
        "does not exist",
    )
    yield BadInput("no files", "below a file", _below_a_file, ("unknown",), "does not exist")
    yield BadInput(
        "no files", "a name too long for a disk", lambda folder: folder / ("x" * 5000), ("unknown",), "cannot be read"
    )
    yield BadInput(
        "no files", "a zero byte in the name", lambda folder: folder / "a\x00b.csv", ("unknown",), "does not exist"
    )
    yield BadInput("no files", "an empty folder", _made(lambda path: path.mkdir()), ("unknown",), "_SUCCESS")
    yield BadInput("no files", "a pipe", _made(os.mkfifo), ("unknown",), "no file")
    yield BadInput("no files", "a link to a pipe", _linked_pipe, ("unknown",), "no file")
    yield BadInput("no files", "a device without end", lambda folder: Path("/dev/zero"), ("unknown",), "no file")
    yield BadInput("no files", "a terminal", lambda folder: Path("/dev/tty"), ("unknown",), "no file")
    yield BadInput("links", "to a file", _linked, ("loaded",), good_rows=GOOD_COUNT)
    yield BadInput(
        "links", "to nothing", _made(lambda path: path.symlink_to("nothing")), ("unknown",), "does not exist"
    )
    yield BadInput("links", "to itself", _made(lambda path: path.symlink_to(path.name)), ("unknown",), "does not exist")
    yield BadInput("links", "to a folder", _made(lambda path: path.symlink_to(path.parent)), ("unknown",), "_SUCCESS")
    if Path("/proc/self/mem").exists():  # open to root, but not to be read: no right of a file stops root
        yield BadInput(
            "no files",
            "unreadable, even for root",
            _made(lambda path: path.symlink_to("/proc/self/mem")),
            ("unknown",),
            "cannot be read",
        )
    if os.geteuid() != 0:
        yield BadInput("no files", "unreadable", _forbidden, ("unknown",), "cannot be read")


def _changing() -> Iterator[BadInput]:
    for packing in ("plain", "gz"):
        big = _big(packing)
        yield BadInput(
            "changing files",
            f"cut while it is read, {packing}",
            big,
            ("unknown",),
            "changed while",
            while_read=_cut,
            is_slow=True,
        )
        yield BadInput(
            "changing files",
            f"gone while it is read, {packing}",
            big,
            ("unknown",),
            "changed while",
            while_read=os.unlink,
            is_slow=True,
        )
        yield BadInput(
            "changing files",
            f"longer while it is read, {packing}",
            big,
            ("unknown",),
            "changed while",
            while_read=_lengthened,
            is_slow=True,
        )
        yield BadInput(
            "changing files",
            f"another one while it is read, {packing}",
            big,
            ("unknown",),
            "changed while",
            while_read=_replaced,
            is_slow=True,
        )
    small = text([*good(), row(name="CHANGES")])
    yield BadInput(
        "changing files", "a small one that is gone", small, ("unknown",), "changed while", while_read=os.unlink
    )
    yield BadInput(
        "changing files", "a small one that grows", small, ("unknown",), "changed while", while_read=_lengthened
    )


def _named(file: bytes, content: bytes = b"") -> Write:
    rows = [*good()[1:], row(name=f"NAMED {file.hex()[:100]}")]
    lines = "\n".join([HEADER, *rows, ""]).encode()

    def write(folder: Path) -> Path:
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), file)))
        path.write_bytes(content or lines)
        return path

    return write


def _made(make: Callable[[Path], object]) -> Write:
    def write(folder: Path) -> Path:
        path = folder / "bad.csv"
        make(path)
        return path

    return write


def _below_a_file(folder: Path) -> Path:
    return raw(b"x")(folder) / "bad.csv"


def _linked(folder: Path) -> Path:
    link = folder / "link.csv"
    link.symlink_to(text([*good()[1:], row(name="LINKED")])(folder))
    return link


def _linked_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    link = folder / "link.csv"
    link.symlink_to(folder / "pipe")
    return link


def _forbidden(folder: Path) -> Path:
    path = text(good())(folder)
    path.chmod(0)
    return path


def _big(packing: str) -> Write:
    """Two blocks of the loader."""

    def write(folder: Path) -> Path:
        lines = HEADER + "\n" + "\n".join([row(DAY, amount=f"{number}.11") for number in range(1, 500_001)]) + "\n"
        path = folder / ("bad.csv.gz" if packing == "gz" else "bad.csv")
        path.write_bytes(gzip.compress(lines.encode(), 1) if packing == "gz" else lines.encode())
        return path

    return write


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _lengthened(path: Path) -> None:
    with path.open("ab") as file:
        file.write(row(name="LATER").encode() + b"\n")


def _replaced(path: Path) -> None:
    """As a program does that writes a new file and renames it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(HEADER.encode())
    os.replace(file.name, path)
