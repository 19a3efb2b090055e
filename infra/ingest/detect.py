"""What a file is before any row is read: its hash, encoding, delimiter and header."""

import codecs
import csv
import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from infra.ingest.report import UnknownFile
from infra.ingest.source_format import SourceFormat

CHUNK = 4 << 20
DELIMITERS = (";", ",", "\t")
FAULTY_UTF8_SHARE = 0.05
"""Windows-1251 text read as UTF-8 is nearly all faults; UTF-8 with a few broken bytes has fewer than this."""


@dataclass(frozen=True)
class Shape:
    """How to read one file. `encoding` and `delimiter` are None for Parquet."""

    path: Path
    sha256: str
    byte_count: int
    names: tuple[str, ...]
    encoding: str | None
    delimiter: str | None
    is_clean: bool
    """Every byte is valid in the encoding."""
    length: int
    """Bytes of the unpacked text, or rows of Parquet."""


def sha256_of(path: Path) -> str:
    """The file's identity: the hash of its bytes as they lie on the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shape_of(path: Path, sha256: str, source: SourceFormat) -> Shape:
    """Detect what `source` leaves open. Raises UnknownFile for what is neither delimited text nor Parquet."""
    size = path.stat().st_size
    if _starts_with(path, b"PAR1"):
        try:
            metadata = pq.read_metadata(path)
        except (pa.ArrowException, OSError) as error:
            raise UnknownFile(f"{path.name} begins like Parquet but cannot be read: {error}") from error
        names = tuple(metadata.schema.to_arrow_schema().names)
        return Shape(path, sha256, size, names, None, None, is_clean=True, length=metadata.num_rows)
    first = _first_line(path)
    encoding, is_clean = _encoding_of(path, source.encoding)
    line = first.decode(encoding, "replace").strip("\r\n")
    delimiter = source.delimiter or max(DELIMITERS, key=line.count)
    names = tuple(next(csv.reader([line], delimiter=delimiter), []))
    return Shape(path, sha256, size, names, encoding, delimiter, is_clean, _unpacked_size(path))


def opened(path: Path) -> BinaryIO:
    """The bytes of a text file, unpacked when it is gzip."""
    if _starts_with(path, b"\x1f\x8b"):
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _unpacked_size(path: Path) -> int:
    """gzip writes the size, modulo 4 GiB, at its end."""
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return path.stat().st_size
        file.seek(-4, 2)
        return int.from_bytes(file.read(4), "little")


def _first_line(path: Path) -> bytes:
    with opened(path) as file:
        start = file.read(1 << 16)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnknownFile(f"{path.name} is UTF-16: export it as UTF-8 or windows-1251.")
    if not start.strip():
        raise UnknownFile(f"{path.name} is empty: not even a header.")
    return start.split(b"\n", 1)[0]


def _encoding_of(path: Path, stated: str | None) -> tuple[str, bool]:
    """Encoding, and whether all bytes are valid in it. The whole file is looked at: the first letter may come late."""
    if stated and codecs.lookup(stated).name not in ("utf-8", "utf-8-sig"):
        return stated, codecs.lookup(stated).name != "cp1251" or not _has(path, b"\x98")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    for chunk in _chunks(path):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            text = chunk.decode("utf-8", "replace")
            if stated or text.count("\ufffd") < FAULTY_UTF8_SHARE * (len(text.encode()) - len(text)):
                return "utf-8-sig", False
            return "cp1251", not _has(path, b"\x98")  # the one byte that windows-1251 does not define
    return "utf-8-sig", True


def _has(path: Path, byte: bytes) -> bool:
    return any(byte in chunk for chunk in _chunks(path))


def _chunks(path: Path) -> Iterator[bytes]:
    with opened(path) as file:
        while chunk := file.read(CHUNK):
            yield chunk
