"""PostgreSQL's settings follow the machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.tuning import GIB, postgres_settings


def megabytes(settings: dict[str, str], name: str) -> int:
    return int(settings[name].removesuffix("MB"))


@given(st.integers(2, 512), st.integers(1, 64))
def test_the_night_fits_beside_the_rest_of_the_stack(gibibytes: int, cores: int) -> None:
    settings = postgres_settings(gibibytes * GIB, cores)
    sorts = 2 * 2 * megabytes(settings, "work_mem")  # two models at once, two sorts each
    assert megabytes(settings, "shared_buffers") + sorts <= gibibytes * 1024 / 4
    assert int(settings["max_parallel_workers_per_gather"]) <= int(settings["max_parallel_workers"])


@pytest.mark.parametrize(
    ("gibibytes", "buffers", "work"), [(4, 256, 42), (8, 512, 85), (16, 1024, 170), (64, 2048, 256)]
)
def test_sizes_of_usual_machines(gibibytes: int, buffers: int, work: int) -> None:
    settings = postgres_settings(gibibytes * GIB, 4)
    assert (megabytes(settings, "shared_buffers"), megabytes(settings, "work_mem")) == (buffers, work)
