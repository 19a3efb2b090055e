"""History of reference data: files of any order make the versions that they make in the order of their days."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.ingest import reference_data
from infra.ingest.reference_data import TARGETS
from infra.ingest.versions import put
from tests.ingest.conftest import Load, Write

CLIENTS = "cnum_;categorycode;gender;age;married_;residenttype"
STORES = "MerchantName;StoreName;legal_group;city"
MCC = "mcc;description;category_code"
FIRST = date(2025, 1, 1)
KEYS = range(3)

Snapshot = tuple[str | None, ...]
"""What a file says of each key; None: the file does not have it."""
Version = tuple[int, date, date, str]

days = st.integers(0, 6).map(lambda number: FIRST + timedelta(days=number))
words = st.sampled_from("AB")


def in_order(files: dict[date, Snapshot], *, is_whole: bool) -> list[Version]:
    """Key, first and last day, content of every run of equal statements; what a whole file leaves out ends a run."""
    versions = []
    for key in KEYS:
        said = [(day, files[day][key]) for day in sorted(files)]
        runs = groupby([pair for pair in said if is_whole or pair[1]], key=lambda pair: pair[1])
        for word, run in runs:
            stretch = [day for day, _ in run]
            if word:
                versions.append((key, stretch[0], stretch[-1], word))
    return versions


def holds_what_the_order_of_days_gives(
    warehouse: psycopg.Connection, kind: str, loads: Sequence[tuple[date, Snapshot]]
) -> bool:
    """Put the loads into an empty table in this order; does it hold after each what the order of days would give?"""
    versions = TARGETS[kind].versions(kind)  # type: ignore[index]
    key, word, also = versions.key[0], versions.described[-1], versions.described[0]
    warehouse.execute(f"truncate {versions.table}")  # type: ignore[arg-type]
    files: dict[date, Snapshot] = {}
    for day, snapshot in loads:
        warehouse.execute("drop table if exists stage, said, cut, placed")
        warehouse.execute(
            f"create temporary table stage as select 0::bigint as line_number, {versions.columns()} "  # type: ignore[arg-type]
            f"from {versions.table} limit 0"
        )
        rows = [(line, number, said) for line, (number, said) in enumerate(zip(KEYS, snapshot, strict=True)) if said]
        for line, number, said in rows:
            warehouse.execute(
                f"insert into stage (line_number, {key}, {word}, {also}) values (%s, %s, %s, %s)",  # type: ignore[arg-type]
                [line, number, said, said],
            )
        put_in = put(warehouse, versions, day, sorted(files))
        files[day] = snapshot
        held = warehouse.execute(
            f"select {key}, valid_from, last_stated, {word} from {versions.table} order by 1, 2"  # type: ignore[arg-type]
        ).fetchall()
        if put_in != len(rows) or held != in_order(files, is_whole=versions.is_whole):
            return False
    return True


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_clients_have_the_same_versions_in_any_order_of_files(
    warehouse: psycopg.Connection, data: st.DataObject
) -> None:
    """A file is the whole list of its day: who is a client on two days is one on every day between."""
    stay = [data.draw(st.tuples(days, days).map(sorted)) for _ in KEYS]
    loads = [
        (day, tuple(word if first <= day <= last else None for word, (first, last) in zip(said, stay, strict=True)))
        for day, said in data.draw(st.lists(st.tuples(days, st.tuples(words, words, words)), max_size=10))
    ]
    assert holds_what_the_order_of_days_gives(warehouse, "clients", loads)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(days, st.tuples(*[st.none() | words for _ in KEYS])), max_size=10))
def test_codes_have_the_same_versions_in_any_order_of_files(
    warehouse: psycopg.Connection, loads: list[tuple[date, Snapshot]]
) -> None:
    assert holds_what_the_order_of_days_gives(warehouse, "mcc", loads)


def clients(warehouse: psycopg.Connection) -> list[tuple[str, str, int]]:
    warehouse.rollback()
    return warehouse.execute(
        "select valid_from::text, last_stated::text, age from raw.clients order by customer_id, valid_from"
    ).fetchall()


@pytest.fixture
def client_file(write: Write) -> Callable[..., object]:
    return lambda name, *ages: write(name, [f"C{n};05;F;{age};Y;R" for n, age in enumerate(ages)], header=CLIENTS)


def test_a_file_that_says_nothing_new_adds_no_version(
    load: Load, client_file: Callable[..., object], warehouse: psycopg.Connection
) -> None:
    load(client_file("clients_2025-01-01.csv", 29))
    load(client_file("clients_2025-06-30.csv", 30))
    report = load(client_file("clients_2025-12-31.csv", 30))  # the same bytes, and yet another statement
    assert report.status == "loaded"
    assert clients(warehouse) == [("2025-01-01", "2025-01-01", 29), ("2025-06-30", "2025-12-31", 30)]
    again = load(client_file("clients_2025-06-30.csv", 30))
    assert (again.status, again.rows_loaded) == ("unchanged", 1)


def test_a_late_file_parts_what_was_thought_to_be_one_description(
    load: Load, client_file: Callable[..., object], warehouse: psycopg.Connection
) -> None:
    for name, age in (("2025-01-01", 29), ("2025-03-01", 29), ("2025-02-01", 41)):
        load(client_file(f"clients_{name}.csv", age))
    assert clients(warehouse) == [
        ("2025-01-01", "2025-01-01", 29),
        ("2025-02-01", "2025-02-01", 41),
        ("2025-03-01", "2025-03-01", 29),
    ]
    report = load(client_file("corrected_2025-02-01.csv", 29))
    assert report.status == "loaded"
    assert clients(warehouse) == [("2025-01-01", "2025-03-01", 29)]
    assert warehouse.execute("select name, status from ingest.files order by file_id").fetchall() == [
        ("clients_2025-01-01.csv", "loaded"),
        ("clients_2025-03-01.csv", "loaded"),
        ("clients_2025-02-01.csv", "loaded"),
        ("corrected_2025-02-01.csv", "loaded"),
    ]


def test_who_is_left_out_by_a_file_stays_as_described(
    load: Load, client_file: Callable[..., object], warehouse: psycopg.Connection
) -> None:
    load(client_file("clients_2025-01-01.csv", 29, 50))
    load(client_file("clients_2025-02-01.csv", 30))
    assert sorted(clients(warehouse)) == [
        ("2025-01-01", "2025-01-01", 29),
        ("2025-01-01", "2025-01-01", 50),
        ("2025-02-01", "2025-02-01", 30),
    ]


def test_a_file_without_a_day_is_of_the_day_of_loading_in_the_zone_of_the_bank(
    load: Load, client_file: Callable[..., object], warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, age in (("2025-01-01", 29), ("2025-02-01", 30)):
        monkeypatch.setattr(reference_data, "today", lambda _zone, day=day: date.fromisoformat(day))
        load(client_file("clients.csv", age))
    monkeypatch.setattr(reference_data, "today", lambda _zone: date(2025, 3, 1))
    assert load(client_file("clients.csv", 30)).status == "unchanged"  # a file that only lies there says nothing new
    load(client_file("clients_2025-03-15.csv", 31))
    assert load(client_file("clients.csv", 30)).status == "unchanged"
    assert load(client_file("clients.csv", 29)).status == "loaded"  # the bank goes back to what it sent first
    assert clients(warehouse) == [
        ("2025-01-01", "2025-01-01", 29),
        ("2025-02-01", "2025-02-01", 30),
        ("2025-03-01", "2025-03-01", 29),
        ("2025-03-15", "2025-03-15", 31),
    ]
    days_in_force = warehouse.execute(
        "select array_agg(covers_until::text order by covers_until) from ingest.files where status = 'loaded'"
    ).fetchone()
    assert days_in_force == (["2025-02-01", "2025-03-01", "2025-03-15"],)


def test_a_store_is_described_by_name_or_by_name_and_city_over_time(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    load(write("stores_2025-01-01.csv", ["SHOP;Shop;Old;", "SHOP;Shop of Kazan;Old;KAZAN"], header=STORES))
    load(write("stores_2025-07-01.csv", ["SHOP;Shop;New;", "SHOP;Shop of Kazan;Old;KAZAN"], header=STORES))
    assert warehouse.execute(
        "select city, valid_from::text, last_stated::text, legal_group from raw.stores order by 1 nulls first, 2"
    ).fetchall() == [
        (None, "2025-01-01", "2025-01-01", "Old"),
        (None, "2025-07-01", "2025-07-01", "New"),
        ("KAZAN", "2025-01-01", "2025-07-01", "Old"),
    ]


def test_a_code_that_a_newer_mapping_leaves_out_has_ended(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    load(write("mcc_2025-01-01.csv", ["1;One;food", "2;Two;food"], header=MCC))
    load(write("mcc_2025-03-01.csv", ["1;One;food"], header=MCC))
    load(write("mcc_2025-02-01.csv", ["1;One;cafes"], header=MCC))
    assert warehouse.execute(
        "select mcc, valid_from::text, last_stated::text, category_code from raw.mcc order by 1, 2"
    ).fetchall() == [
        (1, "2025-01-01", "2025-01-01", "food"),
        (1, "2025-02-01", "2025-02-01", "cafes"),
        (1, "2025-03-01", "2025-03-01", "food"),
        (2, "2025-01-01", "2025-01-01", "food"),
    ]


def test_two_lists_of_one_day_stand_beside_each_other_and_neither_is_loaded_again(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    one = write("clients_north_2025-01-01.csv", ["C1;05;F;30;Y;R"], header=CLIENTS)
    other = write("clients_south_2025-01-01.csv", ["C2;05;F;40;Y;R"], header=CLIENTS)
    assert [load(path).status for path in (one, other, one, other)] == ["loaded", "loaded", "unchanged", "unchanged"]
    assert len(clients(warehouse)) == 2


def test_going_back_to_an_older_mapping_of_the_day_is_loading_it_again(
    load: Load, write: Write, warehouse: psycopg.Connection
) -> None:
    older = write("mcc_older_2025-01-01.csv", ["1;One;food"], header=MCC)
    newer = write("mcc_newer_2025-01-01.csv", ["2;Two;food"], header=MCC)
    assert [load(path).status for path in (older, newer, older)] == ["loaded", "loaded", "loaded"]
    assert warehouse.execute("select mcc from raw.mcc").fetchall() == [(1,)]


def test_days_that_run_backwards_are_refused(load: Load, client_file: Callable[..., object]) -> None:
    report = load(client_file("clients_2025-01-31_2025-01-01.csv", 30))
    assert report.status == "refused"
    assert "run backwards" in (report.reason or "")
