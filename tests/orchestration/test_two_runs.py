"""Two runs at once wait for each other."""

import threading

import dagster as dg
import psycopg

from orchestration.resources import WRITERS_LOCK, Warehouse, somebody_is_writing, warehouse_dsn


def test_a_second_run_waits_until_the_first_is_over(environment: dict[str, str]) -> None:
    granted = threading.Event()

    def second_run() -> None:
        with Warehouse().yield_for_execution(dg.build_init_resource_context()) as warehouse:
            assert warehouse.connection.execute("select 1").fetchone() == (1,)
            granted.set()

    with psycopg.connect(warehouse_dsn(), autocommit=True) as first_run:
        first_run.execute("select pg_advisory_lock(%s)", [WRITERS_LOCK])
        assert somebody_is_writing(first_run)
        thread = threading.Thread(target=second_run)
        thread.start()
        assert not granted.wait(1.5)
    assert granted.wait(10)
    thread.join()
