"""Two runs at once wait for each other."""

import threading

import dagster as dg
import psycopg

from orchestration.resources import WRITERS_LOCK, Warehouse, somebody_is_writing, warehouse_dsn


def start_another() -> tuple[threading.Thread, threading.Event]:
    """A run of its own that wants to write; the event tells when it may."""
    granted = threading.Event()

    def run() -> None:
        with Warehouse().yield_for_execution(dg.build_init_resource_context()) as warehouse:
            assert warehouse.connection.execute("select 1").fetchone() == (1,)
            granted.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, granted


def test_a_second_run_waits_until_the_first_is_over(environment: dict[str, str]) -> None:
    with psycopg.connect(warehouse_dsn(), autocommit=True) as onlooker:
        with Warehouse().yield_for_execution(dg.build_init_resource_context()) as first:
            assert somebody_is_writing(onlooker)
            thread, granted = start_another()
            assert not granted.wait(1.5)
            assert first.connection.execute("select 1").fetchone() == (1,)
        assert granted.wait(10)
        thread.join()
        assert not somebody_is_writing(onlooker)


def test_a_run_that_is_killed_holds_nobody_up(environment: dict[str, str]) -> None:
    killed = psycopg.connect(warehouse_dsn(), autocommit=True)
    killed.execute("select pg_advisory_lock(%s)", [WRITERS_LOCK])
    thread, granted = start_another()
    assert not granted.wait(0.5)
    killed.pgconn.finish()  # what the server sees of a process that is gone
    assert granted.wait(10)
    thread.join()
