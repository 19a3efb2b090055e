"""Which columns a file of each kind has, and which kind a header is of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.ingest.detect import shown
from infra.ingest.personal import BY_NAME, PersonalData
from infra.ingest.report import Kind
from infra.ingest.source_format import SourceFormat

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


@dataclass(frozen=True)
class Header:
    """The header of one file, matched with the contract: position in the file by name of the contract."""

    positions: dict[str, int]
    width: int
    missing: tuple[str, ...]
    dropped: tuple[tuple[str, int], ...]
    """Name and position of each column that the contract does not have; their content goes nowhere."""
    unwatched: frozenset[str]
    """Those of them that the source's settings drop knowingly, whatever is in them."""
    twice: tuple[str, ...]

    names: tuple[str, ...]

    def name_of(self, column: str) -> str:
        """What the file calls a column of the contract."""
        return self.names[self.positions[column]]

    def fault(self) -> str | None:
        """Why a file with this header is refused."""
        if self.twice:
            twice = ", ".join(self.twice)
            return f"Columns that stand twice in the header: {twice}; nobody knows which is meant. Leave one out."
        if self.missing:
            return f"Columns missing: {', '.join(self.missing)}. Export them, or map them under [columns]."
        for name, _ in self.watched:
            if BY_NAME.search(name.lower()):
                return str(PersonalData(name, "personal data by its name"))
        return None

    @property
    def watched(self) -> list[tuple[str, int]]:
        """Dropped columns in which no personal data may be."""
        return [(name, place) for name, place in self.dropped if name not in self.unwatched]

    def dropped_sentence(self) -> str | None:
        """What the load report says of columns that the contract does not have."""
        names = dict.fromkeys(name for name, _ in self.dropped)
        return f"Columns dropped: {', '.join(names)}." if names else None


def kind_of(names: Sequence[str], columns: Mapping[str, str]) -> Kind | None:
    """The kind of file that has these columns, or None."""
    present = set(_by_contract(names, columns))
    return next((kind for kind, telling in _TELLING.items() if telling <= present), None)


def match(names: Sequence[str], kind: Kind, source: SourceFormat) -> Header:
    """Find the contract's columns of `kind` among `names`; case and surrounding blanks do not matter."""
    found = _by_contract(names, source.columns)
    known = (*REQUIRED[kind], *OPTIONAL[kind])
    positions = {name: found[name] for name in known if name in found}
    plain = [name.strip() for name in names]
    to_drop = {name.strip().lower() for name in source.drop}
    ours = _renamed(names, source.columns)
    return Header(
        positions=positions,
        width=len(names),
        names=tuple(plain),
        missing=tuple(source.columns.get(name, name) for name in REQUIRED[kind] if name not in found),
        dropped=tuple(
            (shown(name) or f"number {place + 1}", place)
            for place, name in enumerate(plain)
            if place not in positions.values()
        ),
        unwatched=frozenset(shown(name) for name in plain if name.lower() in to_drop),
        twice=tuple(dict.fromkeys(name for name in ours if name in known and ours.count(name) > 1)),
    )


def _by_contract(names: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, name in enumerate(_renamed(names, columns)):
        found.setdefault(name, place)
    return found


def _renamed(names: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """The contract's name of each column, else its own in small letters; a name that was mapped elsewhere is free."""
    renamed = {theirs.strip().lower(): ours for ours, theirs in columns.items()}
    plain = [name.strip().lower() for name in names]
    return [renamed.get(name, f"own {name}" if name in columns else name) for name in plain]
