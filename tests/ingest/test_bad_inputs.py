"""A selection of the bench's bad inputs: each a clear message or quarantined rows, and the good day beside it whole."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.settings import Settings
from tests.benchmarks.inputs import BadInput, Trial, bad_inputs, counts, prepared, try_inputs
from tests.conftest import fresh_warehouse

SHARE = 6
"""So many of each group, spread over it; `python -m tests.benchmarks.inputs` tries all."""
SLOW = {"of the database", "cut while it is read, plain", "gone while it is read, gz"}
ALL = bad_inputs()


@pytest.fixture(scope="module")
def trial(cluster: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with fresh_warehouse(cluster) as url:
        admin_url = cluster.admin_url.rsplit("/", 1)[0] + "/" + url.rsplit("/", 1)[1]
        with prepared(url, tmp_path_factory.mktemp("good"), admin_url) as made:
            yield made


def _selection() -> list[BadInput]:
    groups: dict[str, list[BadInput]] = defaultdict(list)
    for bad_input in ALL:
        if not bad_input.is_slow:
            groups[bad_input.group].append(bad_input)
    spread = [group[:: max(1, len(group) // SHARE)] for group in groups.values()]
    return [bad_input for group in spread for bad_input in group] + [one for one in ALL if one.name in SLOW]


@pytest.mark.parametrize("bad_input", _selection(), ids=lambda one: ascii(f"{one.group}: {one.name}"))
def test_a_bad_input_is_told_clearly_and_leaves_nothing_behind(
    bad_input: BadInput, trial: Trial, tmp_path: Path
) -> None:
    result = trial.of(bad_input, tmp_path)
    if result.outcome == "skipped":
        pytest.skip(result.message)
    assert not result.faults, result.message


def test_there_are_three_hundred_bad_inputs_or_more_each_with_its_own_name() -> None:
    names = Counter((one.group, one.name) for one in ALL)
    assert len(names) == len(ALL) >= 300


def test_a_trial_tells_what_is_not_as_it_must_be(warehouse_url: str, tmp_path: Path) -> None:
    first = next(one for one in ALL if one.group == "empty")
    wrong = BadInput(first.group, first.name, first.write, ("loaded",), "nothing of the sort")
    results = try_inputs(warehouse_url, tmp_path, inputs=[first, wrong])
    assert [bool(result.faults) for result in results] == [False, True]
    assert counts(results) == {"empty": Counter(tried=2, unknown=2, faulty=1)}
