"""Reading: the rows of RFC 4180 and their lines, whatever the size of a block."""

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.ingest import read
from infra.ingest.detect import Shape
from infra.ingest.read import Reader

LETTERS = 'ab1 яЖ№;,\t"\n\r'
Row = list[tuple[str, bool]]


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, list[Row]]:
    """(width, rows of (field, whether it is quoted)); what must be quoted is."""
    width = draw(st.integers(2, 4))
    field = st.tuples(st.text(LETTERS, max_size=6), st.booleans())
    return width, draw(st.lists(st.lists(field, min_size=width, max_size=width), min_size=1, max_size=12))


@settings(deadline=None, max_examples=150)
@given(
    table=tables(),
    delimiter=st.sampled_from(";,\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "cp1251"]),
    block=st.integers(1, 300),
    has_end=st.booleans(),
)
def test_the_rows_of_well_formed_text_are_those_of_pythons_csv(
    table: tuple[int, list[Row]], delimiter: str, end: str, encoding: str, block: int, has_end: bool
) -> None:
    width, rows = table
    lines = [delimiter.join(_written(field, delimiter, quoted) for field, quoted in row) for row in rows]
    text = end.join(lines) + (end if has_end else "")
    numbers, line = [], 2
    for written in lines:
        numbers.append(line)
        line += written.count("\n") + 1
    found, broken = _read(text, width, delimiter, encoding, block)
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert expected == [[field for field, _ in row] for row in rows]
    assert found == list(zip(numbers, expected, strict=True))
    assert broken == []


@settings(deadline=None, max_examples=150)
@given(text=st.text('a1я;"\n\r', max_size=120), block=st.integers(1, 60), width=st.integers(2, 3))
def test_the_size_of_a_block_changes_nothing(text: str, block: int, width: int) -> None:
    assert _read(text, width, ";", "utf-8", block) == _read(text, width, ";", "utf-8", 1 << 20)


@settings(deadline=None, max_examples=150)
@given(text=st.text('a1я;"\n\r', max_size=120), block=st.integers(1, 60))
def test_no_line_is_lost_or_read_twice(text: str, block: int) -> None:
    found, broken = _read(text, 2, ";", "utf-8", block)
    lines = [number for number, _ in found] + [number for number, _ in broken]
    assert len(lines) == len(set(lines))
    spread = {
        number + more for number, fields in found for more in range(1 + sum(field.count("\n") for field in fields))
    }
    filled = {number for number, line in enumerate(text.split("\n"), start=2) if line.rstrip("\r")}
    assert filled <= spread | set(lines)


def test_many_blank_lines_are_read_in_portions() -> None:
    with patch.object(read, "PORTION_LINES", 3), patch.object(read, "PORTION_BYTES", 4):
        text = "a;b\n" + "\n" * 20 + '"a\n' + "\n" * 5 + '";b\n'
        assert _read(text, 2, ";", "utf-8", 1000) == ([(2, ["a", "b"]), (23, ["a" + "\n" * 6, "b"])], [])


@pytest.mark.parametrize("lines", [98, 99, 100])
def test_a_row_of_more_lines_than_the_limit_is_broken(lines: int) -> None:
    found, broken = _read('"a' + "\n" * lines + '";b\nc;d\n', 2, ";", "utf-8", 1000)
    assert found[-1] == (lines + 3, ["c", "d"])
    assert bool(broken) == (lines >= read.RECORD_LINES)


def _written(field: str, delimiter: str, quoted: bool) -> str:
    if quoted or any(sign in field for sign in f'{delimiter}"\n\r'):
        return '"' + field.replace('"', '""') + '"'
    return field


def _read(
    text: str, width: int, delimiter: str, encoding: str, block: int
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    """((line, fields) of each row, (line, text) of each broken line), both in order."""
    names = tuple(f"c{place}" for place in range(width))
    with tempfile.TemporaryDirectory() as folder, patch.object(read, "BLOCK_BYTES", block):
        path = Path(folder) / "a.csv"
        path.write_bytes((delimiter.join(names) + "\n" + text).encode(encoding))
        shape = Shape(path, "", path.stat().st_size, names, encoding, delimiter, path.stat().st_size)
        blocks = list(Reader(shape, plain=frozenset({1})).blocks())
    rows = [
        (int(line), list(fields))
        for part in blocks
        for line, *fields in zip(part.lines.tolist(), *(column.to_pylist() for column in part.fields), strict=True)
    ]
    broken = [(int(line), text) for part in blocks for line, text in zip(part.broken_lines, part.broken, strict=True)]
    return sorted(rows), sorted(broken)
