"""The sample bank is a source folder like any bank's: columns, encoding, names that match."""

import csv
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.sample_bank import DEFAULT_END, SIZES

COLUMNS = {
    "clients_2026-05-01.csv": ["cnum_", "categorycode", "gender", "age", "married_", "residenttype"],
    "clients_2026-08-01.csv": ["cnum_", "categorycode", "gender", "age", "married_", "residenttype"],
    "stores.csv": ["MerchantName", "StoreName", "legal_group", "city"],
    "tenants.csv": ["name", "legal_group", "language", "login"],
}
REFERENCE = Path(__file__).parents[2] / "infra" / "ingest" / "reference"


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep=";", encoding="cp1251", dtype=str, keep_default_na=False)


def test_files_have_the_columns_of_the_contract_in_windows_1251(small_bank: Path) -> None:
    for name, columns in COLUMNS.items():
        assert list(table(small_bank / name).columns) == columns
    for path in (small_bank / "transactions").iterdir():
        text = path.read_bytes().decode("cp1251")
        assert text.startswith("purchdate;amount;mcc;mrchcity;mrchname;cnum\n")
        assert text.endswith("\n")
    assert "КОФЕЙНЯ НА УГЛУ" in text


def test_the_bank_is_labelled_synthetic(small_bank: Path) -> None:
    bank = tomllib.loads((small_bank / "bank.toml").read_text(encoding="utf-8"))
    assert bank["is_synthetic"] is True
    assert bank["is_live"] is False
    assert bank["currency_code"] == "RUB"


def test_rows_and_days_are_near_the_target(small_bank: Path, transactions: pd.DataFrame) -> None:
    assert abs(len(transactions) / SIZES["small"].transactions - 1) < 0.05
    days = transactions["purchdate"].drop_duplicates()
    assert len(days) == 184
    assert days.max().date() == DEFAULT_END


def test_files_cover_every_day_once(small_bank: Path) -> None:
    files = pd.read_parquet(small_bank / "truth" / "files.parquet")
    assert sorted(files["file"]) == sorted(path.name for path in (small_bank / "transactions").iterdir())
    covered = [day for f in files.itertuples() for day in pd.date_range(f.first_day, f.last_day)]
    assert covered == list(pd.date_range("2026-05-01", DEFAULT_END))
    assert (files["first_day"] == files["last_day"]).sum() == 7


def test_rows_and_money_of_each_file_equal_the_truth(small_bank: Path) -> None:
    for file in pd.read_parquet(small_bank / "truth" / "files.parquet").itertuples():
        with open(small_bank / "transactions" / file.file, encoding="cp1251", newline="") as lines:
            rows = list(csv.reader(lines, delimiter=";"))[1:]
        broken = pd.read_parquet(small_bank / "truth" / "dirt.parquet")
        broken = broken[(broken["file"] == file.file) & broken["kind"].str.startswith("broken")]
        good = [row for number, row in enumerate(rows, start=2) if number not in set(broken["line_number"])]
        assert len(good) == file.row_count
        assert len(broken) == file.broken_count
        assert sum(round(float(row[1]) * 100) for row in good) == file.kopecks


def test_every_purchase_is_in_a_known_store_while_it_is_open(transactions: pd.DataFrame) -> None:
    assert transactions["legal_group"].notna().all()
    purchases = transactions[transactions["amount"] > 0]
    opened = pd.to_datetime(purchases["opened_on"])
    closed = pd.to_datetime(purchases["closed_on"])
    assert (purchases["purchdate"] >= opened).all()
    assert (closed.isna() | (purchases["purchdate"] < closed)).all()


def test_a_merchant_name_is_one_store_within_a_city_and_has_one_code(small_bank: Path) -> None:
    stores = pd.read_parquet(small_bank / "truth" / "stores.parquet")
    assert not stores.duplicated(["merchant_name", "city"]).any()
    listed = table(small_bank / "stores.csv")
    assert not listed.duplicated(["MerchantName", "city"]).any()
    assert len(listed) == stores["is_listed"].sum() < len(stores)


def test_codes_are_of_iso_18245_and_of_the_banks_27_categories(small_bank: Path) -> None:
    known = set(table_utf8("mcc.csv")["mcc"].astype(int))
    assert set(pd.read_parquet(small_bank / "truth" / "stores.parquet")["mcc"]) <= known
    cards = set(table_utf8("bank_categories.csv")["bank_category"])
    assert len(cards) == 27
    assert set(table(small_bank / "clients_2026-05-01.csv")["categorycode"]) - {""} == cards


def table_utf8(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / name, sep=";", dtype=str)


def test_tenants_run_from_a_corner_shop_to_a_chain_in_many_cities(small_bank: Path, transactions: pd.DataFrame) -> None:
    tenants = table(small_bank / "tenants.csv")
    assert len(tenants) == SIZES["small"].tenants
    assert tenants["login"].is_unique
    assert (tenants["language"] == "en").sum() == 1
    stores = table(small_bank / "stores.csv").groupby("legal_group")
    owned = [stores.get_group(group) for group in tenants["legal_group"]]
    assert len(owned[0]) == 1
    assert 3 <= len(owned[1]) <= 10
    assert len(owned[2]) >= 15
    assert owned[2]["city"].nunique() == SIZES["small"].cities
    last_month = transactions[transactions["purchdate"] > pd.Timestamp(DEFAULT_END) - pd.Timedelta(days=30)]
    customers = last_month.groupby("legal_group")["cnum"].nunique()
    assert (customers[tenants["legal_group"]] >= 30).all()


@pytest.mark.parametrize("day", ["2026-05-01", "2026-08-01"])
def test_clients_depend_on_each_other_as_people_do(small_bank: Path, day: str) -> None:
    clients = table(small_bank / f"clients_{day}.csv")
    age = pd.to_numeric(clients["age"])
    card = clients["categorycode"]
    assert age[card == "PEN"].min() >= 58
    assert age[card == "STU"].max() <= 26
    married = clients["married_"] == "Y"
    assert married[age < 23].mean() < 0.25 < 0.55 < married[(age > 35) & (age < 60)].mean()


def test_some_clients_are_missing_or_have_gaps(small_bank: Path) -> None:
    customers = pd.read_parquet(small_bank / "truth" / "customers.parquet")
    clients = table(small_bank / "clients_2026-05-01.csv")
    missing = set(customers["cnum"]) - set(clients["cnum_"])
    assert 0 < len(missing) < 0.02 * len(customers)
    assert 0 < (clients == "").any(axis=1).sum() < 0.05 * len(clients)


def test_lists_of_clients_change_as_the_truth_says_and_as_people_do(small_bank: Path) -> None:
    lists = {day: table(small_bank / f"clients_{day}.csv").set_index("cnum_") for day in ("2026-05-01", "2026-08-01")}
    first, second = lists.values()
    assert first.index.equals(second.index)
    assert ((first == "") == (second == "")).all(axis=None)  # what the bank does not know, it never knows
    older = pd.to_numeric(second["age"]) - pd.to_numeric(first["age"])
    assert older.dropna().isin([0, 1]).all()
    assert older.mean() == pytest.approx(92 / 365.25, abs=0.03)
    assert 0.005 < (second["categorycode"] != first["categorycode"]).mean() < 0.04
    assert 0.003 < (second["married_"] != first["married_"]).mean() < 0.03
    assert (second[["gender", "residenttype"]] == first[["gender", "residenttype"]]).all(axis=None)
    truth = pd.read_parquet(small_bank / "truth" / "client_versions.parquet")
    assert set(truth["valid_from"].astype(str)) == set(lists)
    known = first.index[(first != "").all(axis=1)]
    changed = known[(first.loc[known] != second.loc[known]).any(axis=1)]
    later = truth[truth["valid_from"].astype(str) == "2026-08-01"].set_index("cnum")
    assert set(changed) == set(later.index) & set(known)
    assert (later.loc[changed, "age"].astype(str) == second.loc[changed, "age"]).all()
    assert (later.loc[changed, "bank_category"] == second.loc[changed, "categorycode"]).all()


def test_no_file_but_the_truth_says_what_the_truth_says(small_bank: Path) -> None:
    segments = set(pd.read_parquet(small_bank / "truth" / "customers.parquet")["segment"])
    outside = b"".join(p.read_bytes() for p in small_bank.rglob("*") if p.is_file() and p.parent.name != "truth")
    assert not any(segment.encode() in outside for segment in segments | {"competitor_opening", "rate", "taste"})
    numbers = np.array([int(cnum, 16) for cnum in pd.read_parquet(small_bank / "truth" / "customers.parquet")["cnum"]])
    assert abs(np.corrcoef(numbers.astype(float), np.arange(len(numbers)))[0, 1]) < 0.1
