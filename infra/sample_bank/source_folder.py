"""Write all of a source folder but the transactions: clients, stores, tenants, bank.toml and, apart, the truth."""

from pathlib import Path

import numpy as np
import pandas as pd

from infra.sample_bank.bank_categories import BANK_CATEGORIES
from infra.sample_bank.cities import CITIES
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


def write_reference(
    folder: Path, customers: Customers, stores: Stores, tenants: tuple[Tenant, ...], rng: np.random.Generator
) -> None:
    """clients.csv, stores.csv, tenants.csv and bank.toml. One client in 200 is missing, one in 70 has a gap."""
    clients = pd.DataFrame(
        {
            "cnum_": customers.cnum,
            "categorycode": [BANK_CATEGORIES[index].code for index in customers.bank_category],
            "gender": np.where(customers.is_woman, "F", "M"),
            "age": customers.age.astype(str),
            "married_": np.where(customers.is_married, "Y", "N"),
            "residenttype": np.where(customers.is_resident, "R", "N"),
        }
    ).astype(object)
    for column in clients.columns[1:]:
        clients.loc[rng.random(len(clients)) < 0.003, column] = ""
    clients = clients[rng.random(len(clients)) >= 0.005]
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
    for name, frame in (("clients", clients), ("stores", shops), ("tenants", owners)):
        frame.to_csv(folder / f"{name}.csv", sep=";", index=False, encoding=ENCODING, lineterminator="\n")
    (folder / "bank.toml").write_text(BANK, encoding="utf-8")


def write_truth(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """One Parquet file a table. Only tests read them."""
    folder.mkdir()
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
