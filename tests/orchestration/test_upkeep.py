"""Months go whole and stay away, months ahead stand ready, and a night's vacuum costs what the day changed."""

from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.ingest import load_file
from orchestration import months, retention
from orchestration.ledger import close_days, pending_days
from orchestration.months import anchor, make_ahead, month_of, parents, partitions, vacuum_changed
from orchestration.partitions import Window
from orchestration.plan import what_is_due
from orchestration.reconcile import files_add_up, totals_agree
from orchestration.retention import WarehouseInUse, expire, kept_from

TODAY = date(2026, 10, 31)
ALL = Window(date(2020, 1, 1), date(2027, 1, 1))
days = st.dates(date(2014, 1, 1), date(2035, 1, 1))


@given(days, st.integers(13, 200))
def test_as_many_months_are_kept_as_were_asked_for(newest: date, keep: int) -> None:
    first = kept_from(newest, keep)
    assert first.day == 1
    assert (newest.year - first.year) * 12 + newest.month - first.month == keep - 1


@given(days, st.integers(-50, 50))
def test_a_month_later_is_the_month_behind_the_last_day(day: date, shift: int) -> None:
    assert month_of(day, shift + 1) == month_of(month_of(day, shift) + timedelta(days=32))
    assert month_of(day) == day.replace(day=1)


@pytest.fixture
def books(warehouse: psycopg.Connection) -> psycopg.Connection:
    """A closed history with one file a quarter, from July 2025 to October 2026, computed and published."""
    warehouse.autocommit = True
    warehouse.execute("insert into ingest.bank values (true, 'B', 'Б', 'RUB', true, false)")
    for first, second in (("2025-07-15", "2025-08-03"), ("2025-09-30", "2025-10-01"), ("2026-10-01", "2026-10-30")):
        book(warehouse, first, second)
    close_days(warehouse, ALL, "run")
    warehouse.execute("insert into monitor.releases (table_count, row_count, dagster_run_id) values (1, 1, 'r')")
    return warehouse


def book(connection: psycopg.Connection, *business_dates: str) -> None:
    """A file with a row of 5.00 on each day in raw and every daily fact, and one bad row."""
    (file_id,) = connection.execute(
        "insert into ingest.files (sha256, kind, name, byte_count, rows_read, rows_loaded, rows_quarantined, "
        "rows_repeated, amount_loaded, status) "
        "values (%s, 'transactions', 'x.csv', 1, %s, %s, 1, 0, 10, 'loaded') returning file_id",
        [business_dates[0], len(business_dates) + 1, len(business_dates)],
    ).fetchone() or (0,)
    connection.execute("insert into ingest.quarantine values (%s, 2, 'amount_zero', 'amount', '', '')", [file_id])
    for line, day in enumerate(business_dates):
        connection.execute("insert into ingest.file_days values (%s, %s, 1, 5)", [file_id, day])
        for parent in parents(connection):
            connection.execute("select raw.ensure_months(%s, %s, %s)", [parent, day, day])
        connection.execute(
            "insert into raw.transactions (file_id, mcc, line_number, customer_id, spelling_id, business_date, amount) "
            "values (%s, 5411, %s, 1, 1, %s, 5)",
            [file_id, line, day],
        )
        connection.execute(
            "insert into marts.fct_transactions values (%s, 1, 1, 'food', 5411, 5, false, %s, %s)", [day, file_id, line]
        )


def dates_of(connection: psycopg.Connection, table: str) -> list[str]:
    return [str(day) for (day,) in connection.execute(f"select business_date from {table} order by 1")]


def held_months(connection: psycopg.Connection) -> set[date]:
    return {child.start for child in partitions(connection)}


def test_expired_months_leave_every_table_and_the_books(books: psycopg.Connection) -> None:
    gone = expire(books, 13, TODAY)
    assert [each.month for each in gone] == [date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)]
    assert sum(each.rows for each in gone) == 3
    assert all(each.byte_count > 0 and each.partitions == len(parents(books)) for each in gone)
    kept = ["2025-10-01", "2026-10-01", "2026-10-30"]
    for table in ("raw.transactions", "marts.fct_transactions", "ingest.file_days", "monitor.reconciled_days"):
        assert dates_of(books, table) == kept, table
    assert min(held_months(books)) == date(2025, 10, 1)


def test_what_arrived_stays_written_down_but_the_bad_rows_of_gone_files_go(books: psycopg.Connection) -> None:
    gone = expire(books, 13, TODAY)
    assert sum(each.quarantined for each in gone) == 1
    assert books.execute("select count(*) from ingest.files").fetchone() == (3,)
    assert books.execute("select file_id from ingest.quarantine order by 1").fetchall() == [(2,), (3,)]


def test_nothing_is_red_or_due_after_months_went(books: psycopg.Connection) -> None:
    assert expire(books, 13, TODAY)
    assert pending_days(books) == []
    assert what_is_due(books) == []
    assert files_add_up(books, ALL).passed
    assert totals_agree(books, ALL, "raw_equals_files").passed


def test_a_second_night_drops_nothing_more(books: psycopg.Connection) -> None:
    assert expire(books, 13, TODAY)
    assert expire(books, 13, TODAY) == []


def test_without_a_limit_all_months_are_kept(books: psycopg.Connection) -> None:
    assert expire(books, None, TODAY) == []
    assert len(dates_of(books, "raw.transactions")) == 6


def test_a_purchase_of_the_future_does_not_make_the_history_old(books: psycopg.Connection) -> None:
    book(books, "2099-12-31")
    expire(books, 13, TODAY)
    assert dates_of(books, "raw.transactions") == ["2025-10-01", "2026-10-01", "2026-10-30", "2099-12-31"]


def test_a_night_that_is_killed_leaves_a_month_whole_and_the_next_night_goes_on(
    books: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember, calls = retention._remember, iter([True, False])

    def die_in_the_second_month(connection: psycopg.Connection, first_kept: date) -> None:
        if not next(calls):
            raise KeyboardInterrupt
        remember(connection, first_kept)

    monkeypatch.setattr(retention, "_remember", die_in_the_second_month)
    with pytest.raises(KeyboardInterrupt):
        expire(books, 13, TODAY)
    for table in ("raw.transactions", "marts.fct_transactions", "ingest.file_days", "monitor.reconciled_days"):
        assert dates_of(books, table)[0] == "2025-08-03", table
    assert books.execute("select kept_from from monitor.retention").fetchone() == (date(2025, 8, 1),)
    monkeypatch.undo()
    assert [each.month for each in expire(books, 13, TODAY)] == [date(2025, 8, 1), date(2025, 9, 1)]


def test_upkeep_gives_way_to_a_load_that_does_not_end(
    books: psycopg.Connection, warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "LOCK_TIMEOUT", "100ms")
    with psycopg.connect(warehouse_url) as load:
        load.execute("delete from raw.transactions where business_date = '2026-10-30'")
        with pytest.raises(WarehouseInUse, match="until the next run"):
            expire(books, 13, TODAY)
        load.rollback()
    assert len(dates_of(books, "raw.transactions")) == 6


def test_a_late_file_does_not_bring_a_dropped_month_back(
    books: psycopg.Connection, warehouse_url: str, tmp_path: Path
) -> None:
    known, late = (day_file(tmp_path, day) for day in ("2025-09-28", "2025-09-29"))
    assert load_file(warehouse_url, known, pseudonym_key=b"key").status == "loaded"
    expire(books, 13, TODAY)
    before = held_months(books)
    assert load_file(warehouse_url, known, pseudonym_key=b"key").status == "unchanged"
    report = load_file(warehouse_url, late, pseudonym_key=b"key")
    assert report.status == "refused"
    assert "date_expired" in (report.reason or "")
    with pytest.raises(psycopg.errors.RaiseException, match="Days before 2025-10-01 are kept no longer"):
        books.execute("select raw.ensure_months('raw.transactions', '2025-09-29', '2025-09-29')")
    books.rollback()
    assert held_months(books) == before
    assert pending_days(books) == []


def day_file(folder: Path, day: str) -> Path:
    path = folder / f"transactions_{day}.csv"
    path.write_text(f"purchdate;amount;mcc;mrchcity;mrchname;cnum\n{day};5.00;5411;MOSKVA;SHOP;c1\n")
    return path


def test_more_months_let_an_old_file_in_again(books: psycopg.Connection) -> None:
    expire(books, 13, TODAY)
    expire(books, 16, TODAY)
    book(books, "2025-07-20")
    assert dates_of(books, "raw.transactions")[0] == "2025-07-20"
    assert expire(books, None, TODAY) == []
    book(books, "2024-01-01")


def test_coming_months_stand_ready_in_every_partitioned_table(warehouse: psycopg.Connection) -> None:
    made = make_ahead(warehouse, date(2026, 11, 30))
    assert {child.parent for child in made} == set(parents(warehouse)) >= {"raw.transactions", "marts.fct_transactions"}
    assert {(c.start, c.end) for c in made} == {
        (date(2026, 11, 1), date(2026, 12, 1)),
        (date(2026, 12, 1), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2027, 2, 1)),
    }
    assert make_ahead(warehouse, date(2026, 11, 30)) == []


def test_a_closed_history_counts_from_its_last_day_and_a_living_bank_from_today(books: psycopg.Connection) -> None:
    assert anchor(books, date(2030, 5, 5)) == date(2026, 10, 30)
    books.execute("update ingest.bank set is_live = true")
    assert anchor(books, date(2030, 5, 5)) == date(2030, 5, 5)


def test_nothing_is_made_ahead_where_nothing_is_loaded(warehouse: psycopg.Connection) -> None:
    assert anchor(warehouse, TODAY) is None


@pytest.fixture
def quiet(books: psycopg.Connection) -> psycopg.Connection:
    """Statistics are current and no other process vacuums."""
    for child in partitions(books):
        books.execute(f"alter table {child} set (autovacuum_enabled = off)")
    books.execute("select pg_stat_force_next_flush()")
    vacuum_changed(books)
    books.execute("select pg_stat_force_next_flush()")
    return books


def test_only_partitions_that_changed_are_vacuumed(quiet: psycopg.Connection) -> None:
    assert vacuum_changed(quiet) == []
    quiet.execute("delete from raw.transactions where business_date = '2026-10-30'")
    quiet.execute("select pg_stat_force_next_flush()")
    (done,) = vacuum_changed(quiet)
    assert (str(done.partition), done.dead_rows) == ("raw.transactions_202610", 1)
    quiet.execute("select pg_stat_force_next_flush()")
    assert vacuum_changed(quiet) == []


def test_a_partition_that_only_grew_gets_statistics(quiet: psycopg.Connection) -> None:
    book(quiet, "2026-10-31")
    quiet.execute("select pg_stat_force_next_flush()")
    assert "raw.transactions_202610" in {str(done.partition) for done in vacuum_changed(quiet)}
    rows = quiet.execute("select reltuples from pg_class where oid = 'raw.transactions_202610'::regclass").fetchone()
    assert rows == (3,)


def test_partitions_are_found_in_the_catalog(warehouse: psycopg.Connection) -> None:
    warehouse.execute("create table marts.fct_of_tomorrow (business_date date) partition by range (business_date)")
    warehouse.execute("create table marts.by_tenant (tenant_id integer) partition by list (tenant_id)")
    assert "marts.fct_of_tomorrow" in parents(warehouse)
    assert "marts.by_tenant" not in parents(warehouse)
    assert months.make_ahead(warehouse, TODAY, ahead=0)
