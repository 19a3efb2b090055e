"""Personal data is refused unless the source's settings drop it; a card number is shown nowhere."""

import psycopg
import pytest

from infra.ingest import SourceFormat
from tests.ingest.conftest import HEADER, Load, Write, row

CARD = "4111111111111111"  # the test number of Visa: its check digit is right
CLIENTS = "cnum_;categorycode;gender;age;married_;residenttype"
PURCHASES = [row("2025-01-01", f"{number}.00", customer=f"C{number}") for number in range(1, 31)]
PARTIES = [f"C{number};01;F;30;Y;R" for number in range(30)]


@pytest.mark.parametrize(("header", "rows"), [(HEADER, PURCHASES), (CLIENTS, PARTIES)])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("fio", "x"),
        ("note", "Иванова Анна Сергеевна"),
        ("note", "+7 916 123-45-67"),
        ("note", "a@example.org"),
        ("note", CARD),
    ],
)
def test_a_column_of_personal_data_refuses_the_file_unless_it_is_dropped(
    header: str, rows: list[str], column: str, value: str, load: Load, write: Write
) -> None:
    path = write("a.csv", [f"{line};{value}" for line in rows], header=f"{header};{column}")
    report = load(path)
    assert report.status == "refused"
    assert f"Column {column} looks like" in (report.reason or "")
    report = load(path, source=SourceFormat(drop=(column.upper(),)))
    assert (report.status, report.reason) == ("loaded", f"Columns dropped: {column}.")


@pytest.mark.parametrize(("header", "rows"), [(HEADER, PURCHASES), (CLIENTS, PARTIES)])
def test_card_numbers_as_customers_need_the_sources_word(
    header: str, rows: list[str], load: Load, write: Write
) -> None:
    cards = [line.replace(f"C{number}", CARD) for line in rows for number in [line.rsplit("C", 1)[1].split(";")[0]]]
    path = write("a.csv", cards, header=header)
    report = load(path)
    assert report.status == "refused"
    assert "card_numbers_as_customers" in (report.reason or "")
    assert load(path, source=SourceFormat(card_numbers_as_customers=True)).status == "loaded"


def test_numbers_that_are_no_cards_are_customers(load: Load, write: Write) -> None:
    rows = [row("2025-01-01", customer=str(4111111111111110 + number)) for number in range(40)]
    assert load(write("a.csv", rows)).status == "loaded"


def test_a_card_number_in_a_wrong_column_is_not_kept(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    load(write("a.csv", [*PURCHASES, row("2025-01-01", CARD)]))
    (reason, text) = warehouse.execute("select reason, raw_text from ingest.quarantine").fetchone() or ("", "")
    assert CARD not in reason + text
    assert "***" in text


def test_two_unknown_columns_of_one_name_are_both_hidden(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    lines = [*(line + ";x;y" for line in PURCHASES), row("no date") + ";secret;secret"]
    load(write("a.csv", lines, header=HEADER + ";note;note"))
    assert warehouse.execute("select raw_text like '%secret%' from ingest.quarantine").fetchall() == [(False,)]
