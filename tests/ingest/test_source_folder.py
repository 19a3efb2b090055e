"""A whole source folder: bank, reference data, clients, stores, transactions."""

import shutil
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from infra.ingest import BankFileWrong, load_source_folder
from infra.ingest.source_folder import REFERENCE, files_of
from tests.ingest.conftest import KEY, Load, Write, assert_manifest_holds, row, state

BANK = 'name_en = "B"\nname_ru = "Б"\ncurrency_code = "RUB"\nis_synthetic = true\nis_live = false\n'


def test_a_folder_brings_its_bank_and_gets_the_shipped_codes(
    write: Write, warehouse: psycopg.Connection, warehouse_url: str, tmp_path: Path
) -> None:
    (tmp_path / "transactions").mkdir()
    (tmp_path / "bank.toml").write_text(BANK + '[columns]\ncnum = "card_id"\n[format]\nmax_bad_share = 0.5\n')
    header = "purchdate;amount;mcc;mrchcity;mrchname;card_id"
    write("transactions/b_2025-01-02.csv", [row("2025-01-02"), "bad"], header=header)
    write("transactions/a_2025-01-01.csv", [row("2025-01-01")], header=header)
    write(
        "clients.csv",
        ["C1;05;F;41;Y;R", "C1;05;F;42;Y;R", "C2;;;;;"],
        header="cnum_;categorycode;gender;age;married_;residenttype",
    )
    write(
        "stores.csv",
        ["SHOP;Shop;Group;", "SHOP;Shop of Kazan;Group;KAZAN"],
        header="MerchantName;StoreName;legal_group;city",
    )
    reports = load_source_folder(warehouse_url, tmp_path, pseudonym_key=KEY)
    assert [(report.kind, report.status) for report in reports] == [
        (kind, "loaded") for kind in ("mcc", "categories", "clients", "stores", "transactions", "transactions")
    ]
    assert [report.file for report in reports[-2:]] == ["a_2025-01-01.csv", "b_2025-01-02.csv"]
    assert warehouse.execute("select name_ru, currency_code from ingest.bank").fetchone() == ("Б", "RUB")
    assert warehouse.execute("select age, gender from raw.clients order by age").fetchall() == [(42, "F"), (None, None)]
    assert reports[2].rows_repeated == 1
    assert warehouse.execute(
        "select count(*) from raw.transactions join raw.clients using (customer_id)"
    ).fetchone() == (2,)
    assert warehouse.execute("select store_name from raw.stores where city is null").fetchall() == [("Shop",)]
    assert warehouse.execute("select count(*) from raw.mcc").fetchone() == (len(_shipped("mcc")),)
    assert_manifest_holds(warehouse)
    before = state(warehouse)
    again = load_source_folder(warehouse_url, tmp_path, pseudonym_key=KEY)
    assert {report.status for report in again} == {"unchanged"}
    assert state(warehouse) == before


def test_codes_of_the_source_replace_the_shipped_ones(
    load: Load, write: Write, warehouse: psycopg.Connection, tmp_path: Path
) -> None:
    shipped = REFERENCE / "mcc.csv"
    load(shipped)
    load(
        write(
            "mcc.csv",
            ["1;One;food", "x;Bad;food", *[f"{code};C;food" for code in range(2, 41)]],
            header="mcc;description;category_code",
        )
    )
    assert warehouse.execute(
        "select count(*), min(category_code) from raw.mcc where valid_from > '2000-01-01'"
    ).fetchone() == (40, "food")
    assert warehouse.execute("select reason_code, line_number from ingest.quarantine").fetchall() == [
        ("mcc_invalid", 3)
    ]
    assert load(shipped).status == "unchanged"  # what is shipped is older than whatever the bank says
    in_force = "select count(*) from raw.mcc where last_stated = (select max(last_stated) from raw.mcc)"
    assert warehouse.execute(in_force).fetchone() == (40,)
    back = shutil.copy(shipped, tmp_path / "back.csv")
    assert load(Path(back)).status == "loaded"
    assert warehouse.execute(in_force).fetchone() == (len(_shipped("mcc")),)


def test_dated_lists_are_taken_in_the_order_of_their_days(tmp_path: Path) -> None:
    (tmp_path / "transactions").mkdir()
    names = [
        "clients_2025-07-01.csv.gz",
        "clients_2024-12-31.parquet",
        "clients.csv",
        "stores_x_2025-01-01.csv",
        "mcc_2024-01-01.csv",
    ]
    for name in [*names, "clients_2025-01-01.csv.bak", "clientele.csv", "tenants.csv"]:
        (tmp_path / name).touch()
    assert [path.name for path, _ in files_of(tmp_path)] == [
        "mcc_2024-01-01.csv",
        "categories.csv",
        "clients_2024-12-31.parquet",
        "clients_2025-07-01.csv.gz",
        "clients.csv",
        "stores_x_2025-01-01.csv",
    ]


def test_the_shipped_codes_are_all_of_iso_18245_in_known_categories() -> None:
    codes, categories = _shipped("mcc"), _shipped("categories")
    assert not codes.mcc.duplicated().any()
    assert not categories.category_code.duplicated().any()
    assert set(codes.category_code) | {"other"} == set(categories.category_code)
    assert set(range(3000, 4000)) <= set(codes.mcc.astype(int))  # airlines, car rental, hotels
    assert {742, 4011, 5411, 5812, 5912, 7995, 8062, 9402} <= set(codes.mcc.astype(int))
    assert not categories.isna().any().any()


@pytest.mark.parametrize(
    ("content", "says"),
    [("name_en = 'B'", "name_ru: Field required"), (BANK + "colour = 1", "colour"), ("name_en = ", "not TOML")],
)
def test_a_wrong_bank_file_says_what_is_wrong(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text(content)
    with pytest.raises(BankFileWrong, match=says):
        load_source_folder("unused", tmp_path, pseudonym_key=KEY)


def _shipped(kind: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCE / f"{kind}.csv", sep=";", dtype=str)
