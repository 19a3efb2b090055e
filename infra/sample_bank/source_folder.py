"""Write all of a source folder but the transactions: clients, stores, tenants, bank.toml and, apart, the truth."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from infra.sample_bank.bank_categories import BANK_CATEGORIES
from infra.sample_bank.cities import CITIES
from infra.sample_bank.client_lists import ClientList
from infra.sample_bank.customers import Customers
from infra.sample_bank.merchants import Stores
from infra.sample_bank.tenants import Tenant
from infra.sample_bank.transaction_files import ENCODING

BANK = """\
name_en = "Synthetic bank"
name_ru = "Синтетический банк"
currency_code = "RUB"
is_synthetic = true
is_live = false
"""

CLIENT_COLUMNS = ("cnum_", "categorycode", "gender", "age", "married_", "residenttype")


def write_reference(
    folder: Path,
    customers: Customers,
    lists: list[ClientList],
    stores: Stores,
    tenants: tuple[Tenant, ...],
    rng: np.random.Generator,
) -> None:
    """A file of clients a list, stores.csv, tenants.csv and bank.toml.

    One client in 200 is missing, one in 70 has a gap: in all lists the same.
    """
    is_unknown = {name: rng.random(len(customers)) < 0.003 for name in CLIENT_COLUMNS[1:]}
    is_listed = rng.random(len(customers)) >= 0.005
    frames = {f"clients_{listed.day}": _clients(customers, listed, is_unknown)[is_listed] for listed in lists}
    shops = pd.DataFrame(
        {
            "MerchantName": stores.merchant_name,
            "StoreName": stores.store_name,
            "legal_group": stores.legal_group,
            "city": [CITIES[index].name_ru for index in stores.city],
        }
    )[stores.is_listed]
    owners = pd.DataFrame([(t.name, t.legal_group, t.language, t.login) for t in tenants])
    owners.columns = pd.Index(["name", "legal_group", "language", "login"])
    for name, frame in {**frames, "stores": shops, "tenants": owners}.items():
        frame.to_csv(folder / f"{name}.csv", sep=";", index=False, encoding=ENCODING, lineterminator="\n")
    (folder / "bank.toml").write_text(BANK, encoding="utf-8")


def _clients(customers: Customers, listed: ClientList, is_unknown: dict[str, npt.NDArray[np.bool_]]) -> pd.DataFrame:
    columns = (
        customers.cnum,
        np.array([card.code for card in BANK_CATEGORIES])[listed.bank_category],
        np.where(customers.is_woman, "F", "M"),
        listed.age.astype(str),
        np.where(listed.is_married, "Y", "N"),
        np.where(customers.is_resident, "R", "N"),
    )
    clients = pd.DataFrame(dict(zip(CLIENT_COLUMNS, columns, strict=True))).astype(object)
    for name, gaps in is_unknown.items():
        clients.loc[gaps, name] = ""
    return clients


def write_truth(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """One Parquet file a table. Only tests read them."""
    folder.mkdir()
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
