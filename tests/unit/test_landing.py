"""Whose settings hold for a file: those above it, of the landing folder, or of the folder that `up` began with."""

from pathlib import Path

import pytest

from infra.local.state import State
from orchestration.landing import look_into, source_of

BANK = """
name_en = "B"
name_ru = "Б"
currency_code = "RUB"
is_synthetic = true
is_live = false
[format]
max_bad_share = {}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that began with a source folder, and a landing folder with one file."""
    for name in ("source", "landing", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "source" / "bank.toml").write_text(BANK.format(0.1))
    (tmp_path / "landing" / "day.csv").write_text("purchdate\n")
    State(source={"folder": str(tmp_path / "source")}).write(tmp_path)
    return tmp_path


def shares(home: Path) -> tuple[float, float]:
    """max_bad_share of a file named on the command line, and of one in the landing folder."""
    landing = home / "landing"
    named = source_of(home / "elsewhere" / "day.csv", landing)
    return named.max_bad_share, look_into(landing, settled_seconds=0).whole[0].source.max_bad_share


def test_the_folder_that_up_began_with_holds_for_all_files_of_the_bank(home: Path) -> None:
    assert shares(home) == (0.1, 0.1)


def test_the_landing_folders_own_settings_come_first(home: Path) -> None:
    (home / "landing" / "bank.toml").write_text(BANK.format(0.2))
    assert shares(home) == (0.2, 0.2)


def test_settings_above_a_file_come_first_of_all(home: Path) -> None:
    (home / "landing" / "bank.toml").write_text(BANK.format(0.2))
    (home / "elsewhere" / "bank.toml").write_text(BANK.format(0.3))
    assert shares(home) == (0.3, 0.2)


def test_another_source_takes_over_what_it_does_not_say_itself(home: Path) -> None:
    wallet = home / "landing" / "wallet"
    wallet.mkdir()
    (wallet / "source.toml").write_text("due_time = 09:00:00\n")
    (wallet / "day.csv").write_text("purchdate\n")
    found = {delivery.source.name: delivery.source for delivery in look_into(home / "landing", settled_seconds=0).whole}
    assert found["wallet"].max_bad_share == found["bank"].max_bad_share == 0.1


def test_without_any_settings_the_contracts_defaults_hold(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    assert source_of(tmp_path / "day.csv", tmp_path / "landing").max_bad_share == 0.05
