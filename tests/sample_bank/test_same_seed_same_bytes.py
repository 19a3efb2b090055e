"""One seed, one bank: byte for byte, and whole or not at all."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

import infra.sample_bank.make as make
from infra.sample_bank import SampleBankError, make_sample_bank


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(small_bank: Path, tmp_path: Path) -> None:
    make_sample_bank(tmp_path / "again", "small")
    assert digests(tmp_path / "again") == digests(small_bank)


def test_another_seed_gives_other_transactions_customers_and_stores(small_bank: Path, tmp_path: Path) -> None:
    make_sample_bank(tmp_path / "other", "small", seed=8)
    ours, theirs = digests(small_bank), digests(tmp_path / "other")
    same = {name for name in ours if ours[name] == theirs.get(name)}
    # What depends on the seed must differ; what is a constant of the product must not.
    assert same == {"bank.toml", "tenants.csv", "truth/city_spellings.parquet", "truth/events.parquet"}


def test_the_last_day_is_a_parameter_and_an_open_month_comes_as_daily_files(tmp_path: Path) -> None:
    make_sample_bank(tmp_path / "bank", "small", end_date=date(2025, 3, 4))
    names = sorted(path.name for path in (tmp_path / "bank" / "transactions").iterdir())
    assert names == [
        "transactions_2024-10-01_2024-10-31.csv",
        "transactions_2024-11-01_2024-11-30.csv",
        "transactions_2024-12-01_2024-12-31.csv",
        "transactions_2025-01-01_2025-01-31.csv",
        "transactions_2025-02-01_2025-02-28.csv",
        "transactions_2025-03-01.csv",
        "transactions_2025-03-02.csv",
        "transactions_2025-03-03.csv",
        "transactions_2025-03-04.csv",
    ]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_args: object, **_kwargs: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(make, "write_reference", full_disk)
    with pytest.raises(OSError, match="No space left"):
        make_sample_bank(tmp_path / "bank", "small")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_attempt_left_does_not_disturb_the_next(small_bank: Path, tmp_path: Path) -> None:
    leftover = tmp_path / ".bank.making" / "transactions"
    leftover.mkdir(parents=True)
    (leftover / "transactions_2020-01-01.csv").write_text("half a li")
    make_sample_bank(tmp_path / "bank", "small")
    assert digests(tmp_path / "bank") == digests(small_bank)
    assert [path.name for path in tmp_path.iterdir()] == ["bank"]


def test_an_existing_folder_and_an_unknown_size_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SampleBankError, match="remove it first"):
        make_sample_bank(tmp_path, "small")
    with pytest.raises(SampleBankError, match="small, demo, large"):
        make_sample_bank(tmp_path / "bank", "tiny")


def test_progress_rises_to_one(tmp_path: Path) -> None:
    shares: list[float] = []
    make_sample_bank(tmp_path / "bank", "small", on_progress=lambda _step, share: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
