"""One throw-away Superset for this folder's tests."""

from collections.abc import Iterator

import pytest

from tests.conftest import free_port_base
from tests.superset.stack import PYTHON, Stack, remove, throw_away_home


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Provisioned and served; `stack.first_output` is what provisioning said."""
    if not PYTHON.exists():
        pytest.fail(f"Superset's environment is missing: {PYTHON}. Run `./lyra up` or `./lyra test` once.")
    home = throw_away_home()
    running = Stack.start(home, free_port_base())
    try:
        result = running.provision()
        assert result.returncode == 0, result.stderr[-3000:]
        running.serve()
        yield running
    finally:
        running.stop()
        remove(home)
