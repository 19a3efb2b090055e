"""What a file is before any row is read: its hash, packing, delimiter and header."""

import codecs
import csv
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
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
UNPACKED_LIMIT, UNPACKED_SHARE = 1 << 28, 200
"""A packed file that unpacks to more than 256 MiB and 200 times its size is no export: text packs 5 to 30 times."""

_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"


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
    """The file's name as text: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(path.name).decode("utf-8", "replace").replace("\x00", "\ufffd")


def sha256_of(path: Path) -> str:
    """The file's identity: the hash of its bytes as they lie on the disk. Raises UnknownFile for what is no file."""
    if not path.is_file():
        raise UnknownFile(f"{shown_name(path)} is no file.")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnknownFile(f"{shown_name(path)} cannot be read: {error.strerror}. Nothing was changed.") from error


def shape_of(path: Path, sha256: str, source: SourceFormat) -> Shape:
    """Detect what `source` leaves open. Raises UnknownFile for what is neither delimited text nor Parquet."""
    size, start = path.stat().st_size, _start(path)
    if start.startswith(_PARQUET):
        with _readable(path):
            metadata = pq.read_metadata(path)
            names = tuple(metadata.schema.to_arrow_schema().names)
        return Shape(path, sha256, size, names, None, None, metadata.num_rows)
    with opened(path) as file:
        head = file.read(HEADER_LIMIT)
    names, delimiter = _header(head, shown_name(path), source)
    return Shape(path, sha256, size, names, source.encoding, delimiter, _unpacked_size(path, start))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a text file, unpacked when it is gzip or zstd. Reading may raise UnknownFile: it is cut off."""
    start = _start(path)
    with _readable(path):
        if start.startswith(_GZIP):
            with gzip.open(path, "rb") as packed:
                yield cast(BinaryIO, packed)
        elif start.startswith(_ZSTD):
            with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
                yield cast(BinaryIO, stream)
        else:
            with path.open("rb") as file:
                yield file


def require_sane_unpacking(shape: Shape, position: int) -> None:
    """Raises UnknownFile where a small file unpacks to far more than an export could."""
    if position > UNPACKED_LIMIT and position > UNPACKED_SHARE * shape.byte_count:
        raise UnknownFile(
            f"{shape.name} unpacks to more than {UNPACKED_SHARE} times its {shape.byte_count} bytes: that is no export "
            "of purchases. Nothing was changed."
        )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, gzip.BadGzipFile, zlib.error, EOFError, OSError) as error:
        said = str(error).split(". Detail:")[0].strip()
        raise UnknownFile(f"{shown_name(path)} is damaged or cut off: {said}. Nothing was changed.") from error


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _unpacked_size(path: Path, start: bytes) -> int:
    """gzip writes the size, modulo 4 GiB, at its end."""
    if not start.startswith(_GZIP):
        return path.stat().st_size
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


def _header(head: bytes, name: str, source: SourceFormat) -> tuple[tuple[str, ...], str]:
    """The columns' names and the delimiter."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnknownFile(f"{name} is UTF-16: export it as UTF-8 or windows-1251.")
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise UnknownFile(f"{name} is empty: not even a header.")
    first, *rest = head.split(b"\n", 1)
    if not rest and len(head) == HEADER_LIMIT:
        raise UnknownFile(f"{name} has no header: its first {HEADER_LIMIT} bytes are one line.")
    if b"\x00" in first:
        raise UnknownFile(f"{name} is neither delimited text nor Parquet: its first line holds a zero byte.")
    line = _decoded(first, source.encoding).strip("\r\n")
    delimiter = source.delimiter or max(DELIMITERS, key=line.count)
    return tuple(next(csv.reader([line], delimiter=delimiter), [])), delimiter


def _decoded(line: bytes, encoding: str | None) -> str:
    try:
        return line.decode("utf-8-sig" if encoding in (None, "utf-8") else encoding or "")
    except UnicodeDecodeError:
        return line.decode("cp1251", "replace")
