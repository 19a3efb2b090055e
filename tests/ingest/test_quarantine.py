"""A bad row is set apart with its line and reason; too many refuse the file; identifiers never get in."""

import psycopg
import pyarrow as pa
import pytest

from infra.ingest import SourceFormat
from infra.ingest.parse import Text
from infra.ingest.pseudonym import Pseudonyms
from tests.ingest.conftest import HEADER, Load, Write, assert_manifest_holds, row, state

GOOD = [row("2025-01-01", customer="CARD0001")] * 40
BAD = {
    "2025-02-30;1;1;CITY;SHOP;C1": "date_invalid",
    "2025-01-01 25:00;1;1;CITY;SHOP;C1": "date_invalid",
    "1999-12-31;1;1;CITY;SHOP;C1": "date_out_of_range",
    "2025-01-01;abc;1;CITY;SHOP;C1": "amount_invalid",
    "2025-01-01;NaN;1;CITY;SHOP;C1": "amount_invalid",
    "2025-01-01;1,234.56;1;CITY;SHOP;C1": "amount_invalid",
    "2025-01-01;;1;CITY;SHOP;C1": "amount_invalid",
    "2025-01-01;1000000000000;1;CITY;SHOP;C1": "amount_too_large",
    "2025-01-01;1.005;1;CITY;SHOP;C1": "amount_precision",
    "2025-01-01;0.00;1;CITY;SHOP;C1": "amount_zero",
    "2025-01-01;1;12345;CITY;SHOP;C1": "mcc_invalid",
    "2025-01-01;1;-1;CITY;SHOP;C1": "mcc_invalid",
    "2025-01-01;1;1; ;SHOP;C1": "city_blank",
    "2025-01-01;1;1;CITY;;C1": "merchant_blank",
    "2025-01-01;1;1;CITY;SHOP;": "customer_blank",
    "2025-01-01;1;1;CITY;SHOP": "wrong_field_count",
    "2025-01-01;1;1;CITY;SHOP;C1;more": "wrong_field_count",
    "2025-01-01;1;1;CI\x00TY;SHOP;C1": "bad_encoding",
}


@pytest.mark.parametrize(("line", "reason_code"), BAD.items())
def test_a_bad_row_stops_nothing_and_is_found_again(
    line: str, reason_code: str, load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    report = load(write("a.csv", [*GOOD[:20], "", line, *GOOD[20:]]))
    assert (report.status, report.rows_read, report.rows_loaded, report.rows_quarantined) == ("loaded", 41, 40, 1)
    found = warehouse.execute("select line_number, reason_code from ingest.quarantine").fetchall()
    assert found == [(23, reason_code)]  # the header is line 1, the blank line counts
    assert_manifest_holds(warehouse)


def test_an_unknown_code_is_no_fault(load: Load, write: Write) -> None:
    assert load(write("a.csv", ["2025-01-01;1;9998;CITY;SHOP;C1"])).rows_loaded == 1


def test_broken_bytes_in_utf8_are_quarantined(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    path = write("a.csv", [row("2025-01-01", merchant="РОМАШКА")] * 40)
    path.write_bytes(path.read_bytes() + b"2025-01-01;1;1;CITY;" + b"\xd0;C1\n")
    assert load(path).rows_quarantined == 1
    assert warehouse.execute("select line_number, reason_code from ingest.quarantine").fetchone() == (
        42,
        "bad_encoding",
    )


def test_more_than_five_percent_bad_refuses_the_file_whole(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    load(write("good_2025-01-01.csv", GOOD))
    before = state(warehouse)
    path = write(
        "bad_2025-01-01.csv", [*GOOD, "x;1;1;CITY;SHOP;C1", "y;1;1;CITY;SHOP;C1", "2025-01-01;0;1;CITY;SHOP;C1"]
    )
    report = load(path)
    assert report.status == "refused"
    assert report.reason is not None
    assert "3 of 43 rows are bad (7.0%, allowed 5.0%)" in report.reason
    assert "date_invalid: 2 rows, e.g. line 42: purchdate 'x'" in report.reason
    after = state(warehouse)
    assert [entry for entry in after if entry not in before] == [("bad_2025-01-01.csv", "refused", 0)]
    assert load(path).status == "refused"
    assert state(warehouse) == after
    assert load(path, source=SourceFormat(max_bad_share=0.1)).status == "loaded"


def test_exactly_five_percent_bad_is_loaded(load: Load, write: Write) -> None:
    assert load(write("a.csv", [*GOOD[:19], "x;1;1;CITY;SHOP;C1"])).status == "loaded"


@pytest.mark.parametrize(
    ("name", "header", "says"),
    [
        ("a.csv", "purchdate;amount;mcc;mrchcity;mrchname;x", "Columns missing: cnum"),
        ("a_2025-01-31_2025-01-01.csv", HEADER, "run backwards"),
    ],
)
def test_a_file_that_cannot_be_placed_is_refused(name: str, header: str, says: str, load: Load, write: Write) -> None:
    report = load(write(name, GOOD, header=header))
    assert report.status == "refused"
    assert says in (report.reason or "")


def test_repeats_of_a_transaction_id_are_dropped_and_conflicts_set_apart(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    lines = [f"{line};T{number}" for number, line in enumerate(GOOD)]
    lines += [lines[0], row("2025-01-01", "-10.00", customer="CARD0001") + ";T0"]
    report = load(write("a.csv", lines, header=HEADER + ";transaction_id"))
    assert (report.rows_loaded, report.rows_repeated, report.rows_quarantined) == (40, 1, 1)
    assert warehouse.execute("select line_number, reason_code from ingest.quarantine").fetchall() == [
        (43, "transaction_id_conflict")
    ]
    assert_manifest_holds(warehouse)


def test_rows_in_another_currency_are_set_apart(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    warehouse.execute("insert into ingest.bank values (true, 'B', 'Б', 'RUB', true, true)")
    warehouse.commit()
    lines = [f"{line};rub" for line in GOOD]
    report = load(write("a.csv", [*lines, GOOD[0] + ";USD"], header=HEADER + ";currency"))
    assert (report.rows_loaded, report.quarantine_reasons) == (40, {"currency_other": 1})


def test_no_identifier_enters_the_warehouse(load: Load, write: Write, warehouse: psycopg.Connection) -> None:
    card = "4276380012345678"
    lines = [
        *[row("2025-01-01", customer=card)] * 100,
        row("no date", customer=card),
        f"2025-01-01;1;1;{card}",
        f"2025-01-01;1;1;CITY;SHOP;{card};4276 3800 1234 5678;me@bank.ru",
    ]
    load(write("a.csv", lines))
    texts = warehouse.execute("select raw_text || reason from ingest.quarantine order by line_number").fetchall()
    assert len(texts) == 3
    for (text,) in texts:
        assert "12345678" not in text.replace(" ", "")
        assert "me@bank" not in text
    (customer,) = warehouse.execute("select distinct customer_id from raw.transactions").fetchone() or (None,)
    assert customer is not None
    assert f"customer:{customer}" in texts[0][0]


def test_a_pseudonym_needs_the_key() -> None:

    cards = Text(pa.array(["4276", "4277", "4276"]), None)
    one, other = Pseudonyms(b"one").of(cards), Pseudonyms(b"other").of(cards)
    assert one[0] == one[2] != one[1]
    assert (one >= 0).all()
    assert one[0] != other[0]
    with pytest.raises(ValueError, match="empty"):
        Pseudonyms(b"")


def test_rows_of_months_that_are_no_longer_kept_do_not_come_back(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    warehouse.execute("insert into monitor.retention (kept_from) values ('2025-02-01')")
    warehouse.commit()
    report = load(write("a.csv", [row("2025-02-01"), *GOOD]))
    assert (report.status, report.rows_loaded) == ("refused", 0)
    report = load(write("b.csv", [*[row("2025-02-01")] * 40, row("2025-01-31")]))
    assert (report.rows_loaded, report.quarantine_reasons) == (40, {"date_expired": 1})


def test_a_number_has_one_pseudonym_however_its_neighbours_look() -> None:
    """Whole numbers are looked up as such, and `007` is none."""
    alone = {number: Pseudonyms(b"key").of(Text(pa.array([number]), None))[0] for number in ("7", "007", "C7")}
    assert len(set(alone.values())) == 3
    pseudonyms = Pseudonyms(b"key")
    for numbers in (["7", "8", "7"], ["007", "7"], ["C7", "7", "C7"], ["7"]):
        of_all = pseudonyms.of(Text(pa.array(numbers), None))
        assert [of_all[place] for place, number in enumerate(numbers) if number != "8"] == [
            alone[number] for number in numbers if number != "8"
        ]
