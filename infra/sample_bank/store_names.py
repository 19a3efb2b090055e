"""What each store is called, in the transactions and on its door, and who owns it."""

import numpy as np
import numpy.typing as npt

from infra.sample_bank.categories import CATEGORIES, Category
from infra.sample_bank.shop_names import CHAIN_BRANDS, INITIALS, OWN_BRANDS, STREETS, SURNAMES
from infra.sample_bank.tenants import Tenant

Ints = npt.NDArray[np.int64]


class StoreNames:
    """Gives each store a name that no other store of its city has."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.taken: set[tuple[int, str]] = set()
        self.chain_numbers: dict[str, int] = {}
        self.people: set[str] = set()

    def of(
        self, city: Ints, category: Ints, rank: Ints, owner: Ints, tenants: tuple[Tenant, ...]
    ) -> tuple[list[str], list[str], list[str], npt.NDArray[np.bool_]]:
        """Merchant name, store name and legal group of each store, and whether it is a shop of its own."""
        names = [
            self._tenant_store(tenants[o], int(c)) if o >= 0 else self._store(CATEGORIES[k], int(c))
            for c, k, o in zip(city, category, owner, strict=True)
        ]
        merchant, store, group, single = zip(*names, strict=True)
        return list(merchant), list(store), list(group), np.array(single)

    def _tenant_store(self, tenant: Tenant, city: int) -> tuple[str, str, str, bool]:
        is_only = sum(plan.count for plan in tenant.stores) == 1
        merchant = tenant.name.upper() if is_only else self._numbered(tenant.name)
        self.taken.add((city, merchant))
        return merchant, f"{tenant.name}, {self._address()}", tenant.legal_group, False

    def _store(self, kind: Category, city: int) -> tuple[str, str, str, bool]:
        brands = CHAIN_BRANDS.get(kind.code, ())
        if brands and self.rng.random() < kind.chain_share:
            weights = 1 / np.arange(1, len(brands) + 1)
            brand = str(self.rng.choice(brands, p=weights / weights.sum()))
            return self._numbered(brand), f"{brand}, {self._address()}", f"ООО «{brand}»", False
        return self._single(kind, city)

    def _numbered(self, brand: str) -> str:
        self.chain_numbers[brand] = self.chain_numbers.get(brand, int(self.rng.integers(3, 60))) + int(
            self.rng.integers(1, 9)
        )
        return f"{brand.upper()} {self.chain_numbers[brand]:04d}"

    def _single(self, kind: Category, city: int) -> tuple[str, str, str, bool]:
        while True:
            brand = str(self.rng.choice(OWN_BRANDS[kind.code]))
            street = str(self.rng.choice(STREETS))
            merchant = brand.upper() if kind.is_online else f"{brand} {street}".upper()
            if (city, merchant) in self.taken and kind.is_online:
                merchant = f"{merchant} {int(self.rng.integers(2, 99))}"
            if (city, merchant) not in self.taken:
                self.taken.add((city, merchant))
                return merchant, f"{brand}, ул. {street}, {int(self.rng.integers(1, 90))}", self._owner(), True

    def _address(self) -> str:
        return f"ул. {self.rng.choice(STREETS)}, {int(self.rng.integers(1, 120))}"

    def _owner(self) -> str:
        """A sole trader that owns nothing else."""
        while True:
            first, second = self.rng.choice(list(INITIALS), 2)
            ending = "а" if self.rng.random() < 0.5 else ""
            person = f"ИП {self.rng.choice(SURNAMES)}{ending} {first}. {second}."
            if person not in self.people:
                self.people.add(person)
                return person
