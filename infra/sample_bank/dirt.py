"""What makes a bank's export dirty, in known amounts: each planted row is written down in the truth."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from infra.sample_bank.amounts import Transactions
from infra.sample_bank.categories import UNKNOWN_MCCS
from infra.sample_bank.cities import CITIES
from infra.sample_bank.merchants import Stores
from infra.sample_bank.seasons import Calendar

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EQUAL_SHARE = 0.0005
UNKNOWN_MCC_SHARE = 0.002
ALIAS_SHARE = 0.02
MISSPELT_SHARE = 0.002
LATE_ROWS_OF_A_MONTH = 25
LATE_ROWS_OF_A_DAY = 2
DAILY_FILES = 7

SPELLINGS: tuple[tuple[str, int], ...] = tuple(
    (spelling, index)
    for index, city in enumerate(CITIES)
    for spelling in (city.spelling, *city.aliases, *city.misspellings)
)
"""Every spelling of a city that may occur, and the city's index."""


@dataclass(frozen=True)
class ExportFile:
    """One transactions file: the bank's full export of the days `first_day` to `last_day` (indices, inclusive)."""

    name: str
    first_day: int
    last_day: int


@dataclass(frozen=True)
class ExportRows:
    """One entry a row, in the order of the files and of the lines within them."""

    transactions: Transactions
    mcc: Ints
    spelling: Ints
    """Index into `SPELLINGS`."""
    file: Ints
    """Index of the file in which the row stands."""
    is_equal_copy: Bools
    is_late: Bools
    is_unknown_mcc: Bools
    is_misspelt: Bools


def export_files(calendar: Calendar) -> tuple[ExportFile, ...]:
    """One file a closed month; one file a day for the open month, or for the last week when it has just closed."""
    last = calendar.day_count - 1
    is_month_end = calendar.day(last + 1).day == 1
    daily_from = last + 1 - DAILY_FILES if is_month_end else int(np.flatnonzero(calendar.day_of_month == 1)[-1])
    files, first = [], 0
    while first < daily_from:
        month = calendar.month[first]
        until = min(int(np.flatnonzero(calendar.month == month)[-1]), daily_from - 1)
        files.append(ExportFile(_name(calendar.day(first), calendar.day(until)), first, until))
        first = until + 1
    files += [ExportFile(f"transactions_{calendar.day(day)}.csv", day, day) for day in range(daily_from, last + 1)]
    return tuple(files)


def _name(first: date, last: date) -> str:
    return f"transactions_{first}_{last}.csv"


def with_dirt(
    clean: Transactions, stores: Stores, files: tuple[ExportFile, ...], rng: np.random.Generator
) -> ExportRows:
    """Plant equal rows, late rows, unknown codes and misspelt cities, and put all rows into their files."""
    copied = np.flatnonzero(rng.random(len(clean)) < EQUAL_SHARE)
    source = np.concatenate([np.arange(len(clean)), copied])
    file_of_day = np.repeat(np.arange(len(files)), [file.last_day - file.first_day + 1 for file in files])
    day = clean.day[source]
    file = file_of_day[day]
    is_copy = np.arange(len(source)) >= len(clean)
    is_late = _late(day, file, files, is_copy, rng)
    is_late[np.isin(source, copied)] = False  # both of two equal rows stay in one file
    file = file + is_late

    order = np.argsort((file * (int(day.max()) + 1) + day) * 4096 + rng.integers(0, 4096, len(day)), kind="stable")
    source, file, is_copy, is_late = source[order], file[order], is_copy[order], is_late[order]
    store = clean.store[source]
    draw = rng.random(len(clean))[source]  # an equal row shares its original's code and spelling
    is_unknown = draw < UNKNOWN_MCC_SHARE
    unknown = np.array(UNKNOWN_MCCS)[(draw * 1e9).astype(np.int64) % len(UNKNOWN_MCCS)]
    spelling, is_misspelt = _spellings(stores, store, rng.random(len(clean))[source], rng)
    return ExportRows(
        transactions=Transactions(clean.customer[source], clean.day[source], store, clean.kopecks[source]),
        mcc=np.where(is_unknown, unknown, stores.mcc[store]),
        spelling=spelling,
        file=file,
        is_equal_copy=is_copy,
        is_late=is_late,
        is_unknown_mcc=is_unknown,
        is_misspelt=is_misspelt,
    )


def _late(day: Ints, file: Ints, files: tuple[ExportFile, ...], is_copy: Bools, rng: np.random.Generator) -> Bools:
    """Rows of a file's last three days that arrive with the next file."""
    is_late = np.zeros(len(day), dtype=bool)
    for index, export in enumerate(files[:-1]):
        near_end = np.flatnonzero((file == index) & (day > export.last_day - 3) & ~is_copy)
        wanted = LATE_ROWS_OF_A_DAY if export.first_day == export.last_day else LATE_ROWS_OF_A_MONTH
        is_late[rng.permutation(near_end)[:wanted]] = True
    return is_late


def _spellings(
    stores: Stores, store: Ints, draw: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[Ints, Bools]:
    """A terminal keeps its acquirer's spelling; now and then a row has another, or a misspelt one."""
    first = np.array(
        [next(i for i, (_, city) in enumerate(SPELLINGS) if city == index) for index in range(len(CITIES))]
    )
    aliases = np.array([len(city.aliases) for city in CITIES])
    misspellings = np.array([len(city.misspellings) for city in CITIES])
    own = np.where(rng.random(len(stores)) < 0.15, 1 + rng.integers(0, aliases[stores.city]), 0)

    city = stores.city[store]
    number = (draw * 1e9).astype(np.int64)
    is_misspelt = draw < MISSPELT_SHARE
    is_alias = ~is_misspelt & (draw < MISSPELT_SHARE + ALIAS_SHARE)
    within = np.where(is_alias, number % (1 + aliases[city]), own[store])
    within = np.where(is_misspelt, 1 + aliases[city] + number % misspellings[city], within)
    return first[city] + within, is_misspelt


def broken_lines(good_line: bytes, count: int, rng: np.random.Generator) -> list[tuple[str, bytes]]:
    """`count` lines that no loader may take, each with its kind, made from a good line of the same file."""
    date_, amount, mcc, city, merchant, customer = good_line.rstrip(b"\n").split(b";")
    kinds: dict[str, bytes] = {
        "too_few_fields": b";".join([date_, amount, mcc]),
        "too_many_fields": b";".join([date_, amount, mcc, city, merchant, customer, b"", b"1"]),
        "impossible_date": b";".join([date_[:4] + b"-02-31", amount, mcc, city, merchant, customer]),
        "bad_amount": b";".join([date_, b"N/A", mcc, city, merchant, customer]),
        "bad_mcc": b";".join([date_, amount, b"MCC?", city, merchant, customer]),
        "missing_customer": b";".join([date_, amount, mcc, city, merchant, b""]),
    }
    names = sorted(kinds)
    return [(name, kinds[name] + b"\n") for name in (names[k] for k in rng.integers(0, len(names), count))]
