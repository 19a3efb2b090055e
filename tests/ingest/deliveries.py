"""One bank's purchases, exported in any cut: overlapping days, late rows, any format, folders of parts."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from hypothesis import strategies as st

from tests.ingest.conftest import HEADER

FIRST_DAY = date(2025, 1, 1)
BEFORE = (FIRST_DAY - timedelta(days=2), FIRST_DAY - timedelta(days=1))
"""The days that late rows are of: another export is the full one of these days."""
DAY_COUNT = 6


@dataclass(frozen=True)
class Purchase:
    """`exported`: number of the day whose export has it; a late one is of an earlier day, before all of these."""

    exported: int
    is_late: bool
    cents: int
    customer: int

    @property
    def line(self) -> str:
        day = BEFORE[self.cents % 2] if self.is_late else FIRST_DAY + timedelta(days=self.exported)
        return f"{day};{self.cents / 100:.2f};5411;CITY;SHOP;C{self.customer}"


@dataclass(frozen=True)
class Export:
    """The full export of the days `first` … `last`, in `parts` files, as `form`."""

    first: int
    last: int
    parts: int
    form: str

    @property
    def days(self) -> str:
        first, last = (FIRST_DAY + timedelta(days=number) for number in (self.first, self.last))
        return f"{first}_{last}"

    def write(self, folder: Path, purchases: Sequence[Purchase]) -> Path:
        lines = [one.line for one in purchases if self.first <= one.exported <= self.last]
        if self.parts == 1:
            return written(folder / f"transactions_{self.days}", lines, self.form)
        whole = folder / f"export_{self.parts}{self.form}_{self.days}"
        whole.mkdir()
        for part in range(self.parts):
            if lines[part :: self.parts]:  # an export tells its parts apart: equal files of a delivery are refused
                numbered = [f"{line};{part}" for line in lines[part :: self.parts]]
                written(whole / f"part-{part}", numbered, self.form, f"{HEADER};part")
        (whole / "_SUCCESS").touch()
        return whole


def written(path: Path, lines: Sequence[str], form: str, header: str = HEADER) -> Path:
    """The lines as a file; its name gets the ending of its form."""
    path = path.with_name(f"{path.name}.{form}")
    text = "\n".join([header, *lines, ""]).encode()
    match form:
        case "csv.gz":
            path.write_bytes(gzip.compress(text))
        case "csv.zst":
            with pa.CompressedOutputStream(str(path), "zstd") as packed:
                packed.write(text)
        case "parquet":
            plain = pacsv.ConvertOptions(column_types=dict.fromkeys(header.split(";"), pa.string()))
            pq.write_table(pacsv.read_csv(pa.BufferReader(text), None, pacsv.ParseOptions(delimiter=";"), plain), path)
        case _:
            path.write_bytes(text)
    return path


def purchases() -> st.SearchStrategy[list[Purchase]]:
    """Every day has one on time; equal ones are possible among those, late ones differ."""
    on_time = st.builds(Purchase, st.integers(0, DAY_COUNT - 1), st.just(False), st.integers(1, 3), st.integers(1, 2))
    late = st.builds(Purchase, st.integers(0, DAY_COUNT - 1), st.just(True), st.integers(100, 10**6), st.integers(1, 2))
    of_each_day = [Purchase(day, False, 500, 1) for day in range(DAY_COUNT)]
    return st.tuples(
        st.lists(on_time, max_size=12), st.lists(late, max_size=5, unique_by=lambda purchase: purchase.cents)
    ).map(lambda drawn: [*of_each_day, *drawn[0], *drawn[1]])


@st.composite
def exports(draw: st.DrawFn) -> list[Export]:
    """Exports that together cover all days, in the order of loading, some of them more than once."""
    cuts = sorted(draw(st.sets(st.integers(1, DAY_COUNT - 1))))
    spans = list(zip([0, *cuts], [*(cut - 1 for cut in cuts), DAY_COUNT - 1], strict=True))
    more = draw(st.lists(st.tuples(st.integers(0, DAY_COUNT - 1), st.integers(0, DAY_COUNT - 1)), max_size=3))
    spans += [(min(span), max(span)) for span in more]
    forms = st.sampled_from(["csv", "csv.gz", "csv.zst", "parquet"])
    made = [Export(first, last, draw(st.integers(1, 3)), draw(forms)) for first, last in spans]
    made = draw(st.permutations(made))
    return [*made, *draw(st.lists(st.sampled_from(made), max_size=3))]
