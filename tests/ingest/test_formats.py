"""One content, many files: encodings, separators, numbers, dates, packing."""

import gzip
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from infra.ingest import SourceFormat, UnknownFile, read
from tests.ingest.conftest import HEADER, Load, Write, state

EXPECTED = [
    (date(2025, 1, 31), None, Decimal("1234.50"), 742, "Г МОСКВА", "ООО РОМАШКА"),
    (date(2025, 1, 31), None, Decimal("-0.05"), 5411, "Казань", "ИП ЁЖ"),
]
ISO = ["2025-01-31;1234.5;0742;Г МОСКВА;ООО РОМАШКА;C1", "2025-01-31;-0.05;5411;Казань;ИП ЁЖ;C2"]


def rows(warehouse: psycopg.Connection) -> list[tuple[object, ...]]:
    return warehouse.execute(
        "select business_date, purchased_at, amount, mcc, city, merchant_name "
        "from raw.transactions join raw.store_spellings using (spelling_id) order by line_number"
    ).fetchall()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_separator_and_line_ends_are_detected(
    encoding: str, separator: str, end: str, load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    lines = [line.replace(";", separator) for line in ISO]
    report = load(write("a.csv", lines, header=HEADER.replace(";", separator), encoding=encoding, end=end))
    assert (report.status, report.rows_loaded) == ("loaded", 2)
    assert rows(warehouse) == EXPECTED


def test_decimal_comma_and_dotted_dates(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    lines = ["31.01.2025;1 234,50;742;Г МОСКВА;ООО РОМАШКА;C1", "31.01.2025;-0,05;5411;Казань;ИП ЁЖ;C2"]
    assert load(write("a.csv", lines, encoding="cp1251")).rows_loaded == 2
    assert rows(warehouse) == EXPECTED


def test_times_are_kept(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    times = ["2025-01-31 23:59:59", "2025-01-31T00:00:00.250", "31.01.2025 08:05"]
    load(write("a.csv", [f"{time};1;1;CITY;SHOP;C" for time in times]))
    assert [row[1] for row in rows(warehouse)] == [
        datetime(2025, 1, 31, 23, 59, 59),
        datetime(2025, 1, 31, 0, 0, 0, 250_000),
        datetime(2025, 1, 31, 8, 5),
    ]


def test_quotes_around_and_within_fields(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    lines = [
        '2025-01-01;1;1;"A; B";"ООО ""РОМАШКА""";C1',
        '2025-01-01;2;1;CITY;ООО "РОМАШКА";C1',
        '2025-01-01;3;1;CITY;"НЕ ЗАКРЫТО;C1',
        "2025-01-01;4;1;CITY;SHOP;C1",
    ]
    assert load(write("a.csv", lines)).rows_loaded == 4
    assert [row[4:] for row in rows(warehouse)] == [
        ("A; B", 'ООО "РОМАШКА"'),
        ("CITY", 'ООО "РОМАШКА"'),
        ("CITY", '"НЕ ЗАКРЫТО'),
        ("CITY", "SHOP"),
    ]


def test_gzip_is_unpacked(load: Load, tmp_path: Path, warehouse: psycopg.Connection) -> None:
    path = tmp_path / "transactions_2025-01-31.csv.gz"
    path.write_bytes(gzip.compress("\n".join([HEADER, *ISO]).encode("cp1251")))
    assert load(path).rows_loaded == 2
    assert rows(warehouse) == EXPECTED


def test_zstd_is_unpacked(load: Load, tmp_path: Path, warehouse: psycopg.Connection) -> None:
    path = tmp_path / "transactions_2025-01-31.csv.zst"
    path.write_bytes(pa.compress("\n".join([HEADER, *ISO]).encode(), "zstd", asbytes=True))
    assert load(path).rows_loaded == 2
    assert rows(warehouse) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
@pytest.mark.parametrize("block", [7, 50, 1 << 20])
def test_a_line_break_within_quotes_stays_in_its_field(
    encoding: str, block: int, load: Load, write: Write, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "BLOCK_BYTES", block)
    lines = [
        "2025-01-01;1;1;Казань;Пятёрочка;C1",
        '2025-01-01;2;1;Казань;"Дом\nкниги; ""Север""\n";C1',
        "2025-01-01;3;1;Казань;Аптека;C1",
        '"2025-01-01";4;1;"Ка\r\nзань";Аптека;C1',
    ]
    assert load(write("a.csv", lines, encoding=encoding)).rows_loaded == 4
    assert [row[4:] for row in rows(warehouse)] == [
        ("Казань", "Пятёрочка"),
        ("Казань", 'Дом\nкниги; "Север"'),
        ("Казань", "Аптека"),
        ("Ка\r\nзань", "Аптека"),
    ]
    numbers = warehouse.execute("select line_number from raw.transactions order by 1").fetchall()
    assert numbers == [(2,), (3,), (6,), (7,)]


@pytest.mark.parametrize(
    ("lines", "encoding", "separator", "dialect"),
    [
        (ISO, "utf-8", ";", "UTF-8, ';'"),
        (ISO, "cp1251", "\t", "windows-1251, tab"),
        (["31.01.2025;1,50;1;Казань;Пятёрочка;C1"], "cp1251", ";", "windows-1251, ';', dd.mm.yyyy, decimal comma"),
    ],
)
def test_the_report_tells_how_the_file_is_written(
    lines: list[str], encoding: str, separator: str, dialect: str, load: Load, write: Write
) -> None:
    written = [line.replace(";", separator) for line in lines]
    assert load(write("a.csv", written, HEADER.replace(";", separator), encoding)).dialect == dialect


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"encoding": "utf-16"}, "encoding 'utf-16'"),
        ({"encoding": "base64"}, "encoding 'base64'"),
        ({"encoding": "nonsense"}, "encoding 'nonsense'"),
        ({"delimiter": ""}, "delimiter"),
        ({"delimiter": '"'}, "delimiter"),
        ({"delimiter": "\n"}, "delimiter"),
        ({"delimiter": "x"}, "delimiter"),
        ({"time_zone": "Moscow"}, "time zone 'Moscow'"),
        ({"max_bad_share": 1.5}, "max_bad_share"),
    ],
)
def test_settings_that_no_file_could_be_read_by_are_wrong(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        SourceFormat(**wrong)


def test_typed_parquet_is_read_like_text(load: Load, tmp_path: Path, warehouse: psycopg.Connection) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "purchdate": pa.array([date(2025, 1, 31)] * 2),
            "amount": [1234.5, -0.05],
            "mcc": [742, 5411],
            "mrchcity": ["Г МОСКВА", "Казань"],
            "mrchname": ["ООО РОМАШКА", "ИП ЁЖ"],
            "cnum": [1, 2],
        }
    )
    pq.write_table(table, path)
    assert load(path).rows_loaded == 2
    assert rows(warehouse) == EXPECTED


def test_columns_of_the_source_can_be_renamed(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    path = write("a.csv", ISO, header="TRX_DATE;SUMMA;mcc;mrchcity;mrchname;cnum")
    load(path, source=SourceFormat(columns={"purchdate": "trx_date", "amount": "SUMMA"}))
    assert rows(warehouse) == EXPECTED


def test_columns_that_are_not_in_the_contract_are_dropped_and_named(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    report = load(write("a.csv", [line + ";7;x" for line in ISO], header=HEADER + ";branch;note"))
    assert report.reason == "Columns dropped: branch, note."
    assert rows(warehouse) == EXPECTED


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"a;b;c\n1;2;3\n", "none that the contract knows"), ("purchdate;x".encode("utf-16"), "UTF-16")],
)
def test_a_file_that_is_none_of_the_contracts_changes_nothing(
    content: bytes, says: str, load: Load, tmp_path: Path, warehouse: psycopg.Connection
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UnknownFile, match=says):
        load(path)
    assert state(warehouse) == []
