"""A file in blocks of text columns, with the line of every row; memory does not grow with the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from infra.ingest.detect import (
    HEADER_LIMIT,
    Shape,
    Unpacked,
    opened,
    opened_parquet,
    readable_parquet,
    require_sane_unpacking,
)
from infra.ingest.encoding import Encoding
from infra.ingest.parse import valid

FIRST_BLOCK_BYTES, BLOCK_BYTES = 1 << 20, 8 << 20
"""The first blocks are small, so that PostgreSQL need not wait for long."""
BLOCK_ROWS = 200_000
LINE_LIMIT = 1 << 20
"""Bytes: a longer line is broken, whatever it holds."""
RECORD_LINES = 100
"""Lines that one row may be spread over by line breaks within quotes."""
PORTION_BYTES, PORTION_LINES = 1 << 20, 1_000_000
"""A block of more lines is split in portions: so many bytes of blank lines took 2 GB."""

_TEXT = pa.dictionary(pa.int32(), pa.string())

# pyarrow's own allocator gives the memory of every block back to the system and asks for it again.
pa.set_memory_pool(pa.system_memory_pool())


@dataclass(frozen=True)
class Block:
    """Rows of one stretch of a file: every column as text, and the lines that do not have the header's fields."""

    fields: list[Any]
    """One pyarrow array per column of the file, in its order: text, dictionary-encoded text, or typed from Parquet."""
    lines: np.ndarray[Any, np.dtype[np.int64]]
    """1-based line on which each row begins; the header is line 1."""
    broken: list[str]
    broken_lines: np.ndarray[Any, np.dtype[np.int64]]
    position: int
    """Bytes of the unpacked text, or rows of Parquet, up to the end of this block."""

    @property
    def row_count(self) -> int:
        return len(self.lines) + len(self.broken_lines)


@dataclass(frozen=True)
class Reader:
    """Reads one file; `encoding` is known for certain once all of it was read."""

    shape: Shape
    plain: frozenset[int] = frozenset()
    """Columns whose values hardly repeat: read as they are, the others as dictionaries."""
    encoding: Encoding = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoding", Encoding.of(self.shape.encoding, self.shape.name))

    def blocks(self) -> Iterator[Block]:
        """Raises UnknownFile where the file is cut off or unpacks without end."""
        return self._parquet() if self.shape.delimiter is None else self._text()

    def _text(self) -> Iterator[Block]:
        width, delimiter = len(self.shape.names), self.shape.delimiter or ";"
        splitter = Splitter(width, delimiter, self.plain, self.encoding)
        with opened(self.shape.path) as file:
            line, rest, done = 1, _behind_header(file), 0
            done = len(rest)
            size = FIRST_BLOCK_BYTES
            while chunk := file.read(size):
                size = min(2 * size, BLOCK_BYTES)
                done += len(chunk)
                require_sane_unpacking(self.shape, done)
                whole, rest = _whole_lines(rest, chunk)
                unfinished = b""
                for raw, count in _portions(whole):
                    known = None if unfinished else count
                    block, line, unfinished = splitter.split(unfinished + raw, line, done, is_last=False, lines=known)
                    yield block
                rest = unfinished + rest
            if rest:
                yield splitter.split(rest if rest.endswith(b"\n") else rest + b"\n", line, done, is_last=True)[0]

    def _parquet(self) -> Iterator[Block]:
        nothing = np.array([], dtype=np.int64)
        done = 0
        with opened_parquet(self.shape.path) as file:
            batches = file.iter_batches(BLOCK_ROWS, use_threads=False)
            while batch := self._next(batches):
                numbers = done + 2 + np.arange(batch.num_rows)
                done += batch.num_rows
                yield Block([valid(column) for column in batch.columns], numbers, [], nothing, done)

    def _next(self, batches: Iterator[Any]) -> Any:
        with readable_parquet(self.shape.path):
            return next(batches, None)


def _behind_header(file: Unpacked) -> bytes:
    start = b""
    while b"\n" not in start and (chunk := file.read(min(BLOCK_BYTES, HEADER_LIMIT))):
        start += chunk
    return start.split(b"\n", 1)[1] if b"\n" in start else b""


def _whole_lines(rest: bytes, chunk: bytes) -> tuple[bytes, bytes]:
    """(lines that end in the chunk, with what was left before it; what is left behind them)."""
    cut = chunk.rfind(b"\n") + 1
    if cut:
        return b"".join((rest, memoryview(chunk)[:cut])), _shortened(chunk[cut:])
    rest += chunk
    cut = rest.rfind(b"\n") + 1
    return rest[:cut], _shortened(rest[cut:])


def _shortened(rest: bytes) -> bytes:
    """A line without end keeps its beginning, enough to be seen as too long: memory does not grow with it."""
    return rest if len(rest) < 4 * LINE_LIMIT else rest[: 2 * LINE_LIMIT]


def _portions(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Whole lines of a text and their count, at once or, where it has very many, a MiB at a time."""
    count = line_count(text)
    if count <= PORTION_LINES:
        yield from [(text, count)] if text else []
        return
    start = 0
    while start < len(text):
        end = text.find(b"\n", min(start + PORTION_BYTES, len(text) - 1)) + 1
        yield text[start:end], line_count(text[start:end])
        start = end


@dataclass(frozen=True)
class Splitter:
    """Splits whole lines into columns."""

    width: int
    delimiter: str
    plain: frozenset[int]
    encoding: Encoding

    def split(
        self, raw: bytes, line: int, position: int, *, is_last: bool, lines: int | None = None
    ) -> tuple[Block, int, bytes]:
        """(block, last line of it, bytes of a row that goes on in what was not read yet).

        `line` is the number of the last line before `raw`, `lines` their count where it is known. Most blocks have
        neither quotes nor broken nor blank lines, and go to the parser as they are.
        """
        is_plain = b'"' not in raw and self.encoding.name == "utf-8" and not _has_stray_return(raw)
        if is_plain and (columns := self._parsed(raw, is_plain=True)):
            count = len(columns[0])
            if count == (line_count(raw) if lines is None else lines):
                self.encoding.is_settled = self.encoding.is_settled or not raw.isascii()
                numbers = line + 1 + np.arange(count)
                return Block(columns, numbers, [], np.array([], dtype=np.int64), position), line + count, b""
        text = self.encoding.utf8(raw)
        records = _Records.of(text, self.delimiter, self.width, is_last=is_last)
        parts = [
            (self._parsed(records.kept(chosen), quote=quote), records.numbers[chosen])
            for chosen, quote in ((records.is_strict, '"'), (records.is_loose, False))
            if chosen.any()
        ]
        fields = [pa.chunked_array([part[0][place] for part in parts], pa.string()) for place in range(self.width)]
        block = Block(
            fields=[_whole(column) for column in fields] if parts else [pa.array([], pa.string())] * self.width,
            lines=line + np.concatenate([part[1] for part in parts]) if parts else np.array([], dtype=np.int64),
            broken=records.texts(records.is_broken),
            broken_lines=line + records.numbers[records.is_broken],
            position=position,
        )
        return block, line + records.line_count, _behind_lines(raw, records.line_count)

    def _parsed(self, text: bytes, *, quote: str | bool = False, is_plain: bool = False) -> list[Any]:
        """The columns, repeating values as dictionaries.

        is_plain: none where the text is no UTF-8 or a line has another number of fields.
        """
        names = [str(place) for place in range(self.width)]
        kinds = {name: _TEXT if is_plain and int(name) not in self.plain else pa.string() for name in names}
        try:
            table = pacsv.read_csv(
                pa.BufferReader(text),
                pacsv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
                pacsv.ParseOptions(delimiter=self.delimiter, quote_char=quote, newlines_in_values=quote is not False),
                pacsv.ConvertOptions(check_utf8=is_plain, column_types=kinds, strings_can_be_null=False),
            )
        except pa.ArrowInvalid:
            if not is_plain:
                raise
            return []
        return [_whole(column) for column in table.columns]


def line_count(text: bytes) -> int:
    """Line feeds of a text; bytes.count takes five times as long."""
    return int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n")))


def _behind_lines(raw: bytes, count: int) -> bytes:
    """What follows the first `count` lines, in the file's own encoding."""
    if count == line_count(raw):
        return b""
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n"))
    return raw[int(ends[count - 1]) + 1 if count else 0 :]


def _has_stray_return(raw: bytes) -> bool:
    """Whether a carriage return stands elsewhere than before a line feed: the parser would take it for a line's end."""
    return b"\r" in raw and raw.count(b"\r") != raw.count(b"\r\n")


def _whole(column: Any) -> Any:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


@dataclass(frozen=True)
class _Records:
    """The rows of a text with quotes, blank or broken lines: where each begins and ends, and what it is."""

    text: bytes
    starts: Any
    ends: Any
    numbers: Any
    """1-based line within the text on which each row begins."""
    is_strict: Any
    """Fields as RFC 4180 has them."""
    is_loose: Any
    """Quotes are letters like any other: one is never closed, or stands within a field."""
    is_broken: Any
    line_count: int
    """Lines of the rows that end in this text; the others are a row that goes on in the next."""

    @classmethod
    def of(cls, text: bytes, delimiter: str, width: int, *, is_last: bool) -> "_Records":
        data = np.frombuffer(text, dtype=np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        starts = np.concatenate(([0], ends[:-1] + 1))
        numbers = 1 + np.arange(len(ends))
        is_fit = _per_line(data, ord(delimiter), ends) == width - 1
        has_quote = _per_line(data, ord('"'), ends) > 0
        returns = _returns(data, starts, ends)
        is_stray = _per_line(data, ord("\r"), ends) > returns
        line_count = len(ends)
        is_whole = np.zeros_like(is_fit)
        if has_quote.any():
            quoted = np.flatnonzero(has_quote)
            is_whole[quoted] = _match(_lines(text, starts[quoted], ends[quoted]), delimiter, width)
            opens = quoted[~is_whole[quoted]]
            spread, unfinished_line = _spread(text, starts, ends, opens, delimiter, width, is_last=is_last)
            if unfinished_line is not None:
                line_count = unfinished_line
            keep = np.ones(len(ends), dtype=bool)
            keep[line_count:] = False
            for first, last in spread.items():
                keep[first + 1 : last + 1] = False
                ends[first], is_whole[first] = ends[last], True
            starts, ends, numbers = starts[keep], ends[keep], numbers[keep]
            is_fit, has_quote, is_whole = is_fit[keep], has_quote[keep], is_whole[keep]
            returns, is_stray = returns[keep], is_stray[keep]
        is_filled = ends - starts > returns
        is_fit &= ~is_stray
        is_short = ends - starts <= LINE_LIMIT
        is_strict = is_filled & is_short & np.where(has_quote, is_whole, is_fit)
        is_loose = is_filled & is_short & has_quote & ~is_whole & is_fit
        is_broken = is_filled & ~is_strict & ~is_loose
        return cls(text, starts, ends, numbers, is_strict, is_loose, is_broken, line_count)

    def kept(self, chosen: Any) -> bytes:
        """The chosen rows as one text: whole runs are copied."""
        edges = np.diff(np.concatenate(([0], chosen.astype(np.int8), [0])))
        first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
        runs = zip(self.starts[first].tolist(), (self.ends[last] + 1).tolist(), strict=True)
        return b"".join(self.text[start:end] for start, end in runs)

    def texts(self, chosen: Any) -> list[str]:
        return _lines(self.text, self.starts[chosen], np.minimum(self.ends, self.starts + LINE_LIMIT)[chosen])


def _returns(data: Any, starts: Any, ends: Any) -> Any:
    """How many carriage returns stand before each line feed; a second one comes of writing one text twice."""
    one = (data[np.maximum(ends - 1, 0)] == ord("\r")) & (ends > starts)
    two = one & (data[np.maximum(ends - 2, 0)] == ord("\r")) & (ends > starts + 1)
    return one.astype(np.int64) + two


def _per_line(data: Any, byte: int, ends: Any) -> Any:
    """How often `byte` occurs in each line."""
    until = np.searchsorted(np.flatnonzero(data == byte), ends)
    return np.diff(until, prepend=0)


def _lines(text: bytes, starts: Any, ends: Any) -> list[str]:
    pieces = zip(starts.tolist(), ends.tolist(), strict=True)
    return [text[start:end].decode("utf-8", "replace").rstrip("\r") for start, end in pieces]


def _field(delimiter: str) -> str:
    """A field of RFC 4180: every quote opens, doubles or closes it."""
    other = re.escape(delimiter)
    return f'(?:"(?:[^"]|"")*"|[^"\\r{other}][^"\\r{other}]*|)'


def _match(lines: list[str], delimiter: str, width: int) -> Any:
    """Whether each line is `width` well-formed fields."""
    one, other = _field(delimiter), re.escape(delimiter)
    pattern = f"(?s)^{one}(?:{other}{one}){{{width - 1}}}$"
    return pc.match_substring_regex(pa.array(lines, pa.string()), pattern).to_numpy(zero_copy_only=False).astype(bool)


def _spread(
    text: bytes, starts: Any, ends: Any, opens: Any, delimiter: str, width: int, *, is_last: bool
) -> tuple[dict[int, int], int | None]:
    """Rows spread over lines by breaks within quotes: first line -> last line; and the first line of a row that may go
    on in the next block. Only lines that open a quote without closing it are looked at, each once from there on."""
    row = _OpenRow.patterns(delimiter, width)
    spread: dict[int, int] = {}
    beyond = 0
    for first in opens.tolist():
        if first < beyond or (count := row.opened(_piece(text, starts[first], ends[first]))) is None:
            continue
        for last in range(first + 1, first + RECORD_LINES):
            if last >= len(ends):
                return (spread, None) if is_last else (spread, first)
            if ends[last] - starts[first] > LINE_LIMIT:
                break
            count = row.goes_on(_piece(text, starts[last], ends[last]), count)
            if count == width:
                spread[first], beyond = last, last + 1
                break
            if count is None:
                break
    return spread, None


@dataclass(frozen=True)
class _OpenRow:
    """Follows a row line by line while a quote is open."""

    width: int
    begins: re.Pattern[str]
    inside: re.Pattern[str]
    closes: re.Pattern[str]
    fields: re.Pattern[str]
    other: str

    @classmethod
    def patterns(cls, delimiter: str, width: int) -> "_OpenRow":
        other = re.escape(delimiter)
        inside = '(?:[^"]++|"")*+'
        one = f'(?:"{inside}"|[^"\\r{other}]++|)'
        return cls(
            width,
            begins=re.compile(f'((?:{one}{other})*+)"{inside}', re.DOTALL),
            inside=re.compile(inside, re.DOTALL),
            closes=re.compile(f'{inside}"', re.DOTALL),
            fields=re.compile(f"{other}{one}(?={other}|\\Z)", re.DOTALL),
            other=delimiter,
        )

    def opened(self, line: str) -> int | None:
        """How many fields are complete where a line ends within quotes; None where it does not."""
        found = self.begins.fullmatch(line)
        if found is None:
            return None
        count = len(self.fields.findall(self.other + found[1][:-1])) if found[1] else 0
        return count if count < self.width else None

    def goes_on(self, line: str, count: int) -> int | None:
        """The same of a next line, `width` where it completes the row, None where it spoils it."""
        if self.inside.fullmatch(line):
            return count
        closing = self.closes.match(line)
        if closing is None:
            return None
        rest = line[closing.end() :]
        count, place = count + 1, 0
        while found := self.fields.match(rest, place):
            count, place = count + 1, found.end()
        if place == len(rest):
            return count if count == self.width else None
        is_open = rest.startswith(f'{self.other}"', place) and self.inside.fullmatch(rest, place + 2)
        return count if is_open and count < self.width else None


def _piece(text: bytes, start: int, end: int) -> str:
    return text[start:end].decode("utf-8", "replace").rstrip("\r")
