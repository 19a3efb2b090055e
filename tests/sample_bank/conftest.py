"""Two sample banks for all tests of them: a small one takes a second to make, one of 18 months five."""

from pathlib import Path

import pandas as pd
import pytest

from infra.sample_bank import make_sample_bank
from infra.sample_bank.statistics import read_transactions


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "small"
    make_sample_bank(folder, "small")
    return folder


@pytest.fixture(scope="session")
def demo_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "demo"
    make_sample_bank(folder, "demo")
    return folder


@pytest.fixture(scope="session")
def demo_transactions(demo_bank: Path) -> pd.DataFrame:
    """The sound rows of 18 months."""
    return read_transactions(demo_bank)


@pytest.fixture(scope="session")
def transactions(small_bank: Path) -> pd.DataFrame:
    """The sound rows, with the truth's store beside each."""
    rows = read_transactions(small_bank)
    stores = pd.read_parquet(small_bank / "truth" / "stores.parquet")
    columns = ["merchant_name", "city", "category", "legal_group", "opened_on", "closed_on"]
    return rows.merge(stores[columns], left_on=["mrchname", "city"], right_on=["merchant_name", "city"], how="left")
