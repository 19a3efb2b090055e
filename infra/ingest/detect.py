"""What a file is before any row is read: its hash, packing, delimiter and header."""

import codecs
import csv
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from infra.ingest.report import UnknownFile
from infra.ingest.source_format import SourceFormat

DELIMITERS = (";", ",", "\t")
HEADER_LIMIT = 1 << 16
"""Bytes: a first line that is longer is no header."""
COLUMN_LIMIT = 1000
UNPACKED_LIMIT, UNPACKED_SHARE = 1 << 28, 200
"""A packed file that unpacks to more than 256 MiB and 200 times its size is no export: text packs 5 to 30 times."""
ROWS_LIMIT, ROWS_PER_BYTE = 10_000_000, 5
"""The same of Parquet, whose equal values take no room: a purchase takes 5 bytes or more, not a fifth of one."""

_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_OTHERS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x7fELF": "a program",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"SQLite format 3": "an SQLite database",
    b"Obj\x01": "an Avro file",
    b"ORC": "an ORC file",
    b"ARROW1": "a Feather file",
    b"<": "XML or HTML",
    b"{": "JSON",
    b"[": "JSON",
    _GZIP: "packed twice",
    _ZSTD: "packed twice",
    _PARQUET: "Parquet, packed again",
}


@dataclass(frozen=True)
class Shape:
    """How to read one file. `delimiter` is None for Parquet, `encoding` where it is not stated."""

    path: Path
    sha256: str
    byte_count: int
    names: tuple[str, ...]
    encoding: str | None
    delimiter: str | None
    length: int
    """Bytes of the unpacked text as far as they are known beforehand, or rows of Parquet: for progress only."""

    @property
    def name(self) -> str:
        return shown_name(self.path)


def shown_name(path: Path) -> str:
    """The file's name as text that can be shown: bytes that are not UTF-8, line ends and the like become U+FFFD."""
    return shown(os.fsencode(path.name).decode("utf-8", "replace"))


def shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def sha256_of(path: Path) -> str:
    """The file's identity: the hash of its bytes as they lie on the disk. Raises UnknownFile for what is no file."""
    with _readable(path, "hashing it"):
        require_file(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def require_file(path: Path) -> None:
    """Raises UnknownFile for a folder, a pipe, a device, a link to nothing, and where nothing is."""
    if path.is_file():
        return
    if path.exists():
        raise UnknownFile(f"{shown_name(path)} is no file, but a folder, a pipe or a device: name a file.")
    raise UnknownFile(f"{shown_name(path)} does not exist, or is a link to nothing: look at the path.")


@contextmanager
def unchanging(paths: Sequence[Path]) -> Iterator[None]:
    """Raises UnknownFile where a file changes meanwhile: its hash would not be that of the rows that were read."""
    stamps = [_stamp(path) for path in paths]

    def require_unchanged() -> None:
        for path, stamp in zip(paths, stamps, strict=True):
            if _stamp(path) != stamp:
                raise UnknownFile(f"{shown_name(path)} changed while it was read: load it again when it is whole.")

    try:
        yield
    except UnknownFile:
        require_unchanged()
        raise
    require_unchanged()


def shape_of(path: Path, sha256: str, source: SourceFormat) -> Shape:
    """Detect what `source` leaves open. Raises UnknownFile for what is neither delimited text nor Parquet."""
    name, start = shown_name(path), _start(path)
    size = path.stat().st_size
    if start.startswith(_PARQUET):
        return _parquet_shape(path, sha256, size)
    with opened(path) as file:
        head = b""
        while len(head) < HEADER_LIMIT and (more := file.read(HEADER_LIMIT - len(head))):
            head += more
    names, delimiter = _header(head, name, source)
    _require_few(name, names)
    return Shape(path, sha256, size, names, source.encoding, delimiter, _unpacked_size(path, start))


@dataclass(frozen=True)
class Unpacked:
    """The bytes of a text file, unpacked when it is gzip or zstd."""

    path: Path
    file: BinaryIO

    def read(self, count: int) -> bytes:
        """Raises UnknownFile where the file is cut off or damaged."""
        with _readable(self.path, "it cannot be unpacked to its end"):
            return self.file.read(count)


@contextmanager
def opened(path: Path) -> Iterator[Unpacked]:
    start = _start(path)
    with _readable(path, "it cannot be unpacked"):
        if start.startswith(_GZIP):
            file = cast(BinaryIO, gzip.open(path, "rb"))  # noqa: SIM115
        elif start.startswith(_ZSTD):
            file = cast(BinaryIO, pa.CompressedInputStream(pa.OSFile(os.fsencode(path)), "zstd"))
        else:
            file = path.open("rb")
    with file:
        yield Unpacked(path, file)


@contextmanager
def opened_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    with readable_parquet(path):
        file = pq.ParquetFile(path, page_checksum_verification=True)
    with file:
        yield file


def readable_parquet(path: Path) -> AbstractContextManager[None]:
    return _readable(path, "what Parquet has at its end or in its pages does not fit together")


def require_sane_unpacking(shape: Shape, position: int) -> None:
    """Raises UnknownFile where a small file unpacks to far more than an export could."""
    if position > UNPACKED_LIMIT and position > UNPACKED_SHARE * shape.byte_count:
        raise _bomb(shape.name, shape.byte_count)


def _bomb(name: str, byte_count: int) -> UnknownFile:
    return UnknownFile(
        f"{name} unpacks to more than an export of its {byte_count} bytes could hold. Look at what is in it."
    )


@contextmanager
def _readable(path: Path, what: str) -> Iterator[None]:
    """What reading may raise, as UnknownFile; `what` says what cannot be done with a damaged file."""
    try:
        yield
    except UnknownFile:
        raise
    except (pa.ArrowException, OSError, zlib.error, EOFError, UnicodeDecodeError) as error:
        said = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else None
        wrong = f"cannot be read: {said}." if said else f"is damaged or cut off: {what}. Send it again."
        raise UnknownFile(f"{shown_name(path)} {wrong}") from error


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _start(path: Path) -> bytes:
    with _readable(path, "its first bytes"), path.open("rb") as file:
        return file.read(4)


def _parquet_shape(path: Path, sha256: str, size: int) -> Shape:
    name = shown_name(path)
    with readable_parquet(path):
        metadata = pq.read_metadata(path)
        names = tuple(metadata.schema.to_arrow_schema().names)
        unpacked = sum(metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups))
    _require_few(name, names)
    shape = Shape(path, sha256, size, names, None, None, metadata.num_rows)
    require_sane_unpacking(shape, unpacked)
    if metadata.num_rows > ROWS_LIMIT and metadata.num_rows > ROWS_PER_BYTE * size:
        raise _bomb(name, size)
    return shape


def _unpacked_size(path: Path, start: bytes) -> int:
    """gzip writes the size, modulo 4 GiB, at its end."""
    if not start.startswith(_GZIP):
        return path.stat().st_size
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


def _header(head: bytes, name: str, source: SourceFormat) -> tuple[tuple[str, ...], str]:
    """The columns' names and the delimiter."""
    if wide := _wide_encoding(head):
        raise UnknownFile(f"{name} is {wide}: export it as UTF-8 or windows-1251.")
    for start, what in _OTHERS.items():
        if head.startswith(start):
            raise UnknownFile(f"{name} is {what}: export it as CSV or Parquet, packed once or not at all.")
    if head[257:262] == b"ustar":
        raise UnknownFile(f"{name} is a tar archive: take the files out of it.")
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise UnknownFile(f"{name} is empty: not even a header. Export it again.")
    first, *rest = head.split(b"\n", 1)
    if not rest and len(head) == HEADER_LIMIT:
        raise UnknownFile(
            f"{name} has no header: its first {HEADER_LIMIT} bytes are one line"
            f"{' and hold a zero byte' if bytes(1) in head else ''}. Export it as CSV with a header."
        )
    if b"\x00" in first:
        raise UnknownFile(
            f"{name} is neither delimited text nor Parquet: its first line holds a zero byte. Export it as CSV."
        )
    line = _decoded(first, source.encoding).strip("\r\n")
    if not line.strip():
        raise UnknownFile(f"{name}: the first line is blank; it must be the header.")
    if "\r" in line:
        raise UnknownFile(f"{name} ends its lines with a carriage return alone: export it with line feeds.")
    delimiter = source.delimiter or max(DELIMITERS, key=line.count)
    return tuple(next(csv.reader([line], delimiter=delimiter), [])), delimiter


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by its mark, or by the zero bytes that Latin letters of a header have in it."""
    start = head[:64]
    zeros = [start[place::4].count(0) > 0.8 * len(start[place::4]) for place in range(4)] if len(start) > 8 else []
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or sum(zeros) == 3:
        return "UTF-32"
    is_utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return "UTF-16" if is_utf16 or zeros in ([True, False] * 2, [False, True] * 2) else None


def _decoded(line: bytes, encoding: str | None) -> str:
    try:
        return line.decode("utf-8-sig" if encoding in (None, "utf-8") else encoding or "")
    except UnicodeDecodeError:
        return line.decode("cp1251", "replace")


def _require_few(name: str, names: tuple[str, ...]) -> None:
    if len(names) > COLUMN_LIMIT:
        raise UnknownFile(
            f"{name} has {len(names)} columns, and at most {COLUMN_LIMIT} are read: export those of the contract."
        )
