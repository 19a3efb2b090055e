"""The dirt is there, in exactly the amounts that the truth tells, so that loading can be checked against it."""

from pathlib import Path

import pandas as pd
import pytest

from infra.sample_bank.categories import CATEGORY_OF_MCC, UNKNOWN_MCCS
from infra.sample_bank.cities import CITIES


@pytest.fixture(scope="module")
def dirt(small_bank: Path) -> pd.DataFrame:
    """The planted lines with their text."""
    planted = pd.read_parquet(small_bank / "truth" / "dirt.parquet")
    text = {
        (path.name, number): line
        for path in (small_bank / "transactions").iterdir()
        for number, line in enumerate(path.read_bytes().decode("cp1251").split("\n"), start=1)
    }
    return planted.assign(text=[text[key] for key in zip(planted["file"], planted["line_number"], strict=True)])


def fields(dirt: pd.DataFrame, kind: str) -> pd.DataFrame:
    some = dirt[dirt["kind"] == kind]
    assert len(some), kind
    split = some["text"].str.split(";", expand=True)
    return split.assign(file=some["file"])


def test_every_kind_of_broken_line_is_there_and_all_are_few(dirt: pd.DataFrame, small_bank: Path) -> None:
    assert set(fields(dirt, "broken:too_few_fields").count(axis=1)) == {4}  # three and the file
    assert fields(dirt, "broken:too_many_fields")[7].notna().all()
    assert fields(dirt, "broken:impossible_date")[0].str.endswith("-02-31").all()
    assert (fields(dirt, "broken:bad_amount")[1] == "N/A").all()
    assert (fields(dirt, "broken:bad_mcc")[2] == "MCC?").all()
    assert (fields(dirt, "broken:missing_customer")[5] == "").all()
    files = pd.read_parquet(small_bank / "truth" / "files.parquet")
    assert (files["broken_count"] < 0.01 * files["row_count"]).all()
    months = files[files["first_day"] != files["last_day"]]
    assert months["broken_count"].between(5, 12).all()


def test_late_rows_belong_to_days_before_their_file(dirt: pd.DataFrame, small_bank: Path) -> None:
    late = fields(dirt, "late_row")
    first_day = pd.read_parquet(small_bank / "truth" / "files.parquet").set_index("file")["first_day"]
    assert (pd.to_datetime(late[0]).to_numpy() < pd.to_datetime(late["file"].map(first_day)).to_numpy()).all()


def test_no_other_row_is_outside_the_days_of_its_file(dirt: pd.DataFrame, small_bank: Path) -> None:
    planted = dirt[dirt["kind"].str.startswith(("late", "broken"))].groupby("file")["line_number"].agg(set)
    for file in pd.read_parquet(small_bank / "truth" / "files.parquet").itertuples():
        lines = (small_bank / "transactions" / file.file).read_bytes().decode("cp1251").splitlines()
        days = {line[:10] for number, line in enumerate(lines, start=1) if number not in planted[file.file] | {1}}
        assert days == {str(day.date()) for day in pd.date_range(file.first_day, file.last_day)}


def test_unknown_codes_are_exactly_those_of_the_truth(dirt: pd.DataFrame, transactions: pd.DataFrame) -> None:
    assert not set(UNKNOWN_MCCS) & set(CATEGORY_OF_MCC)
    assert set(fields(dirt, "unknown_mcc")[2].astype(int)) == set(UNKNOWN_MCCS)
    assert transactions["mcc"].isin(UNKNOWN_MCCS).sum() == (dirt["kind"] == "unknown_mcc").sum()


def test_misspelt_cities_are_exactly_those_of_the_truth(dirt: pd.DataFrame, transactions: pd.DataFrame) -> None:
    wrong = {spelling for city in CITIES for spelling in city.misspellings}
    assert set(fields(dirt, "misspelt_city")[3]) <= wrong
    assert transactions["mrchcity"].isin(wrong).sum() == (dirt["kind"] == "misspelt_city").sum()
    assert transactions.groupby("city")["mrchcity"].nunique().min() >= 4  # aliases beside the usual spelling


def test_equal_rows_stand_in_the_file_of_their_original(dirt: pd.DataFrame, small_bank: Path) -> None:
    for name, copies in dirt[dirt["kind"] == "equal_row"].groupby("file"):
        lines = (small_bank / "transactions" / str(name)).read_bytes().decode("cp1251").splitlines()
        assert all(lines.count(text) >= 2 for text in copies["text"])
