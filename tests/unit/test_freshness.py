"""Which day must have come by now, and which days never came."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.freshness import Hole, due_day, freshness_of, holes_in, parted_ends, sources_at

ZONES = st.sampled_from(["Europe/Moscow", "Europe/London", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu"])
moments = st.datetimes(datetime(2014, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
days = st.dates(date(2014, 1, 1), date(2020, 1, 1))
MOSCOW = ZoneInfo("Europe/Moscow")
DUE = date(2026, 10, 30)


@given(moments, st.times(), ZONES)
def test_the_due_day_is_yesterday_or_the_day_before_and_never_goes_back(
    now: datetime, due_time: time, name: str
) -> None:
    zone = ZoneInfo(name)
    due = due_day(now, due_time, zone)
    assert (now.astimezone(zone).date() - due).days in (1, 2)
    assert due <= due_day(now + timedelta(minutes=20), due_time, zone)


@given(moments, st.times(), ZONES)
def test_a_day_becomes_due_once_a_day(now: datetime, due_time: time, name: str) -> None:
    zone = ZoneInfo(name)
    local = now.astimezone(zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), local.time(), zone)
    # Where the clock is changed on the way, the same clock face may lie an hour to either side of the due time.
    if local.utcoffset() == tomorrow.utcoffset() and local.fold == 0:
        assert due_day(tomorrow, due_time, zone) == due_day(now, due_time, zone) + timedelta(days=1)


def test_a_day_is_due_from_its_minute_on() -> None:
    noon = datetime(2026, 10, 31, 12, tzinfo=MOSCOW)
    assert due_day(noon, time(12), MOSCOW) == DUE
    assert due_day(noon - timedelta(seconds=1), time(12), MOSCOW) == DUE - timedelta(days=1)


def test_a_day_stays_due_when_the_clock_is_put_back_over_its_hour() -> None:
    london = ZoneInfo("Europe/London")
    again = datetime(2026, 10, 25, 1, 15, tzinfo=london, fold=1)
    assert due_day(again, time(1, 30), london) == date(2026, 10, 24)


@given(st.sets(days))
def test_loaded_days_and_holes_together_are_every_day_once(loaded: set[date]) -> None:
    ordered = sorted(loaded)
    holes = holes_in(ordered)
    missing = [hole.first + timedelta(days=n) for hole in holes for n in range(hole.day_count)]
    assert all(hole.last == hole.first + timedelta(days=hole.day_count - 1) for hole in holes)
    span = (ordered[-1] - ordered[0]).days + 1 if ordered else 0
    assert sorted([*ordered, *missing]) == [ordered[0] + timedelta(days=n) for n in range(span)]


def test_a_later_day_does_not_stand_in_for_the_day_that_is_due() -> None:
    assert freshness_of("bank", [DUE - timedelta(days=1), DUE + timedelta(days=1)], DUE).is_overdue
    assert not freshness_of("bank", [DUE], DUE).is_overdue


def test_a_closed_history_is_never_overdue() -> None:
    assert not freshness_of("bank", [date(2014, 1, 1)], None).is_overdue


def test_sources_that_end_on_different_days_are_named() -> None:
    ahead, behind = freshness_of("atm", [DUE], None), freshness_of("bank", [DUE - timedelta(days=1)], None)
    assert parted_ends([ahead, behind]) == "Complete until 2026-10-29 only: bank ends there, others reach 2026-10-30."
    assert parted_ends([ahead, ahead]) is None
    assert parted_ends([]) is None


@pytest.fixture
def two_sources(warehouse: psycopg.Connection) -> psycopg.Connection:
    """A living bank and its cash machines, one day behind and with a hole; `codes` sent no transactions."""
    warehouse.execute("insert into ingest.bank values (true, 'B', 'Б', 'RUB', true, true)")
    warehouse.execute(
        "insert into ingest.sources values ('bank', '12:00', 'Europe/Moscow'), ('atm', '18:00', 'Asia/Vladivostok'), "
        "('codes', '00:00', 'UTC')"
    )
    deliver(warehouse, "bank", "2026-10-28", "2026-10-29", "2026-10-30")
    deliver(warehouse, "atm", "2026-10-27", "2026-10-29")
    return warehouse


def deliver(connection: psycopg.Connection, source: str, *business_dates: str) -> None:
    connection.execute(
        "with file as (insert into ingest.files (sha256, kind, source, name, byte_count, rows_read, rows_loaded, "
        "rows_quarantined, rows_repeated, amount_loaded, status) "
        "values (gen_random_uuid(), 'transactions', %(source)s, 'x.csv', 1, 1, 1, 0, 0, 5, 'loaded') "
        "returning file_id) "
        "insert into ingest.file_days select file_id, unnest(%(days)s::date[]), 1, 5 from file",
        {"source": source, "days": list(business_dates)},
    )


def test_each_source_is_judged_by_its_own_hour_and_zone(two_sources: psycopg.Connection) -> None:
    before = datetime(2026, 10, 31, 7, 59, tzinfo=UTC)  # 17:59 in Vladivostok, 10:59 in Moscow
    atm, bank = sources_at(two_sources, before)
    assert (atm.source, atm.loaded_until, atm.due_day, atm.is_overdue) == (
        "atm",
        date(2026, 10, 29),
        date(2026, 10, 29),
        False,
    )
    assert (bank.loaded_until, bank.due_day, bank.is_overdue) == (DUE, date(2026, 10, 29), False)
    atm, bank = sources_at(two_sources, before + timedelta(minutes=1))
    assert (atm.due_day, atm.is_overdue, bank.is_overdue) == (DUE, True, False)
    assert (atm.holes, bank.holes) == ((Hole(date(2026, 10, 28), date(2026, 10, 28), 1),), ())


def test_the_sources_of_a_closed_history_have_no_age_but_holes(two_sources: psycopg.Connection) -> None:
    two_sources.execute("update ingest.bank set is_live = false")
    atm, bank = sources_at(two_sources, datetime(2030, 1, 1, tzinfo=UTC))
    assert (atm.due_day, bank.due_day, atm.is_overdue, bank.is_overdue) == (None, None, False, False)
    assert atm.missing_day_count == 1
