"""Which columns a file of each kind has, and which kind a header is of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.ingest.report import Kind

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "transactions": ("purchdate", "amount", "mcc", "mrchcity", "mrchname", "cnum"),
    "clients": ("cnum_", "categorycode", "gender", "age", "married_", "residenttype"),
    "stores": ("merchantname", "storename"),
    "mcc": ("mcc", "description", "category_code"),
    "categories": ("category_code", "name_en", "name_ru", "category_group"),
}
OPTIONAL: dict[Kind, tuple[str, ...]] = {
    "transactions": ("transaction_id", "currency", "terminal_id"),
    "clients": (),
    "stores": ("legal_group", "city"),
    "mcc": (),
    "categories": (),
}
_TELLING: dict[Kind, set[str]] = {
    "transactions": {"purchdate", "amount"},
    "clients": {"cnum_"},
    "stores": {"merchantname", "storename"},
    "mcc": {"mcc", "category_code"},
    "categories": {"category_code", "name_en"},
}
"""The columns by which a kind is known, in this order, so that a file that misses another is refused by name."""

_PERSONAL = re.compile(
    r"(^|[^a-z])(fio|pan|inn|snils|email|phone|mobile)([^a-z]|$)|e.?mail|phone|passport|surname|patronymic|birth|address"
    r"|(first|last|full|middle|client|customer|holder)_?name|card_?(no|num|pan|holder)|^name$"
    r"|фио|фамил|отчеств|телефон|почта|паспорт|адрес|рожден|снилс|карт"
)


@dataclass(frozen=True)
class Header:
    """The header of one file, matched with the contract: position in the file by name of the contract."""

    positions: dict[str, int]
    width: int
    missing: tuple[str, ...]
    dropped: tuple[str, ...]
    personal: tuple[int, ...]
    """Positions of dropped columns whose name says that they hold personal data."""

    def dropped_sentence(self) -> str | None:
        """What the load report says of columns that the contract does not have; their content goes nowhere."""
        if not self.dropped:
            return None
        warning = " Some look like personal data: do not export them." if self.personal else ""
        return f"Columns dropped: {', '.join(self.dropped)}.{warning}"


def kind_of(names: Sequence[str], columns: Mapping[str, str]) -> Kind | None:
    """The kind of file that has these columns, or None."""
    present = set(_by_contract(names, columns))
    return next((kind for kind, telling in _TELLING.items() if telling <= present), None)


def match(names: Sequence[str], kind: Kind, columns: Mapping[str, str]) -> Header:
    """Find the contract's columns of `kind` among `names`; case and surrounding blanks do not matter."""
    found = _by_contract(names, columns)
    known = (*REQUIRED[kind], *OPTIONAL[kind])
    positions = {name: found[name] for name in known if name in found}
    extra = [(place, name.strip()) for place, name in enumerate(names) if place not in positions.values()]
    return Header(
        positions=positions,
        width=len(names),
        missing=tuple(columns.get(name, name) for name in REQUIRED[kind] if name not in found),
        dropped=tuple(name for _, name in extra if name),
        personal=tuple(place for place, name in extra if _PERSONAL.search(name.lower())),
    )


def _by_contract(names: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    renamed = {theirs.strip().lower(): ours for ours, theirs in columns.items()}
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        plain = name.strip().lower()
        found.setdefault(renamed.get(plain, plain), place)
    return found
