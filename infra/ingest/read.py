"""A file in blocks of text columns, with the line of every row; memory does not grow with the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from infra.ingest.contract import Header
from infra.ingest.detect import Shape, opened

BLOCK_BYTES = 16 << 20
BLOCK_ROWS = 200_000


@dataclass(frozen=True)
class Block:
    """Rows of one stretch of a file: every column as text, and the lines that do not have the header's fields."""

    fields: list[Any]
    """One pyarrow string (or, from Parquet, typed) array per column of the file, in the file's order."""
    lines: np.ndarray[Any, np.dtype[np.int64]]
    """1-based line of each row; the header is line 1."""
    broken: list[str]
    broken_lines: np.ndarray[Any, np.dtype[np.int64]]
    position: int
    """Bytes of the unpacked text, or rows of Parquet, up to the end of this block."""
    may_be_garbled: bool
    """Somewhere in the block there is a zero byte or U+FFFD, so that its rows must be looked at one by one."""

    @property
    def row_count(self) -> int:
        return len(self.lines) + len(self.broken_lines)


def blocks(shape: Shape, header: Header) -> Iterator[Block]:
    """Read the file that `shape` describes. One line is one row: a quoted field cannot hold a line break."""
    return _parquet_blocks(shape) if shape.delimiter is None else _text_blocks(shape, header)


def _text_blocks(shape: Shape, header: Header) -> Iterator[Block]:
    with opened(shape.path) as file:
        line, rest, done = 1, b"", len(file.readline())
        while chunk := file.read(BLOCK_BYTES):
            done += len(chunk)
            cut = chunk.rfind(b"\n") + 1
            if cut == 0:
                rest += chunk
                continue
            text, rest = rest + chunk[:cut], chunk[cut:]
            block, line = _parsed(text, line, shape, header, done)
            yield block
        if rest:
            yield _parsed(rest + b"\n", line, shape, header, done)[0]


def _parsed(raw: bytes, line: int, shape: Shape, header: Header, done: int) -> tuple[Block, int]:
    """Split whole lines into columns; `line` is the number of the last line before them."""
    text = raw if shape.is_clean and shape.encoding == "utf-8-sig" else _as_utf8(raw, shape)
    assert shape.delimiter is not None
    data = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    filled = ends - starts > (data[np.maximum(ends - 1, 0)] == ord("\r"))
    numbers = line + 1 + np.arange(len(ends))
    separators = _per_line(data, ord(shape.delimiter), ends)
    strict = filled & (separators == header.width - 1)
    loose = np.zeros_like(strict)
    if b'"' in text:
        quoted = np.flatnonzero(filled & (_per_line(data, ord('"'), ends) > 0))
        well_formed = _well_formed(_lines(text, starts[quoted], ends[quoted]), shape.delimiter, header.width)
        loose[quoted] = strict[quoted] & ~well_formed
        strict[quoted] = well_formed
    parts = [
        (_columns(_kept(text, starts, ends, chosen), shape.delimiter, header.width, quote), numbers[chosen])
        for chosen, quote in ((strict, '"'), (loose, False))
        if chosen.any()
    ]
    broken = filled & ~strict & ~loose
    fields = [pa.chunked_array([part[0][place] for part in parts], pa.string()) for place in range(header.width)]
    block = Block(
        fields=[pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0) for column in fields]
        if parts
        else [pa.array([], pa.string())] * header.width,
        lines=np.concatenate([part[1] for part in parts]) if parts else np.array([], dtype=np.int64),
        broken=_lines(text, starts[broken], ends[broken]),
        broken_lines=numbers[broken],
        position=done,
        may_be_garbled=b"\x00" in text or "\ufffd".encode() in text,
    )
    return block, line + len(ends)


def _as_utf8(raw: bytes, shape: Shape) -> bytes:
    """Faulty bytes become U+FFFD, which the checks send to quarantine."""
    return raw.decode("utf-8" if shape.encoding == "utf-8-sig" else shape.encoding or "utf-8", "replace").encode()


def _per_line(data: Any, byte: int, ends: Any) -> Any:
    """How often `byte` occurs in each line."""
    until = np.searchsorted(np.flatnonzero(data == byte), ends)
    return np.diff(until, prepend=0)


def _lines(text: bytes, starts: Any, ends: Any) -> list[str]:
    return [text[start:end].decode().rstrip("\r") for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _well_formed(lines: list[str], delimiter: str, width: int) -> Any:
    """Whether each line is `width` fields of which every quote opens, doubles or closes a field (RFC 4180)."""
    other = re.escape(delimiter)
    one = f'(?:"(?:[^"]|"")*"|[^"{other}][^{other}]*|)'
    pattern = f"^{one}(?:{other}{one}){{{width - 1}}}$"
    return pc.match_substring_regex(pa.array(lines, pa.string()), pattern).to_numpy(zero_copy_only=False).astype(bool)


def _kept(text: bytes, starts: Any, ends: Any, chosen: Any) -> bytes:
    """The chosen lines as one text: whole runs are copied, so that a clean block costs nothing."""
    if chosen.all():
        return text
    edges = np.diff(np.concatenate(([0], chosen.astype(np.int8), [0])))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    runs = zip(starts[first].tolist(), (ends[last] + 1).tolist(), strict=True)
    return b"".join(text[start:end] for start, end in runs)


def _columns(text: bytes, delimiter: str, width: int, quote: str | bool) -> list[Any]:
    names = [str(place) for place in range(width)]
    table = pacsv.read_csv(
        pa.BufferReader(text),
        pacsv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
        pacsv.ParseOptions(delimiter=delimiter, quote_char=quote),
        pacsv.ConvertOptions(
            check_utf8=False, column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    return [pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0) for column in table.columns]


def _parquet_blocks(shape: Shape) -> Iterator[Block]:
    nothing = np.array([], dtype=np.int64)
    done = 0
    with pq.ParquetFile(shape.path) as file:
        for batch in file.iter_batches(BLOCK_ROWS, use_threads=False):
            numbers = done + 2 + np.arange(batch.num_rows)
            done += batch.num_rows
            yield Block(list(batch.columns), numbers, [], nothing, done, may_be_garbled=True)
