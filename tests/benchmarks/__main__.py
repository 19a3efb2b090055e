"""`python -m tests.benchmarks [PART …]`: what the warehouse must show, measured, and written into docs/performance.md.

Parts: loading, memory, rollups, night, correction, kills, inputs, competitors; none is all of them (over an hour).
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from infra.settings import REPOSITORY
from tests.benchmarks import competitors, kills, loading, nightly, rollups
from tests.benchmarks.inputs import counts, try_inputs
from tests.benchmarks.warehouse import warehouse

PAGE = REPOSITORY / "docs" / "performance.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./lyra bench warehouse", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--no-write", action="store_true", help="print only, leave docs/performance.md as it is")
    asked = parser.parse_args(arguments)
    for part in asked.parts or PARTS:
        text = f"{PARTS[part]()}\n\nMeasured on {machine()}."
        print(text)
        if not asked.no_write:
            write_between(PAGE, part, text)
    return 0


def measured_loading() -> str:
    found = loading.measure()
    rows = [
        ("clean", "clean", 0.75),
        ("one row in a thousand is bad", "bad", 0.60),
        ("two connections, half of the days each", "two", 0.85),
    ]
    lines = ["| load of 3 M rows, validated, exactly once | bare COPY, s | load, s | bare COPY ÷ load | target |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for name, kind, target in rows:
        lines.append(
            f"| {name} | {seconds(found.bare[kind])} | {seconds(found.ours[kind])} | **{found.ratio(kind):.2f}** "
            f"| ≥ {target:.2f} |"
        )
    return "\n".join(lines)


def measured_memory() -> str:
    peaks = loading.measure_memory()
    lines = ["| rows of one file | loader's resident memory at its highest | target |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {rows:,} | {peak / 2**20:.0f} MiB | ≤ 1024 MiB |" for rows, peak in peaks.items())])


def measured_rollups() -> str:
    found = rollups.measure()
    lines = [
        f"{found.row_count:,} transactions become {found.rows_written:,} rows of roll-ups.",
        "",
        "| dbt on PostgreSQL, s | DuckDB from Parquet, s | ratio | target |",
        "| --- | --- | --- | --- |",
        f"| {seconds(found.postgres_seconds)} | {seconds(found.duckdb_seconds)} | **{found.ratio:.1f}** | ≤ 5 |",
        "",
        "| roll-up | PostgreSQL, s | DuckDB, s |",
        "| --- | --- | --- |",
    ]
    for table, took in found.duckdb_table_seconds.items():
        lines.append(f"| `{table}` | {found.postgres_table_seconds.get(table, 0):.1f} | {took:.1f} |")
    return "\n".join(lines)


def measured_night() -> str:
    found = nightly.measure()
    lines = ["| rows of history | night of one day, s | target |", "| --- | --- | --- |"]
    lines += [f"| {rows:,} | {seconds(took)} | |" for rows, took in sorted(found.seconds.items())]
    return "\n".join([*lines, f"| ratio | **{found.ratio:.2f}** | ≤ 1.3 |"])


def measured_correction() -> str:
    found = nightly.measure_correction()
    lines = [
        f"The day {found.day} amid 24 months and 10 M rows is computed again.",
        "",
        "| table | rows written | of other days or months |",
        "| --- | --- | --- |",
    ]
    return "\n".join(
        [*lines, *(f"| `{table}` | {n:,} | {found.rows_outside[table]:,} |" for table, n in found.rows_written.items())]
    )


def measured_kills() -> str:
    found = kills.measure()
    return "\n".join(
        [
            "| SIGKILLs while loading | while building | tables that differ from a run in peace |",
            "| --- | --- | --- |",
            f"| {found.while_loading} | {found.while_building} | {', '.join(found.differences) or 'none'} |",
        ]
    )


def measured_inputs() -> str:
    with warehouse() as house, tempfile.TemporaryDirectory(dir=house.home) as name:
        admin_url = house.settings.admin_url.rsplit("/", 1)[0] + "/warehouse"
        results = try_inputs(house.url, Path(name), lambda *_: None, admin_url=admin_url)
    groups = counts(results)
    columns = ("tried", "loaded", "quarantined", "refused", "unknown", "failed", "skipped", "faulty")
    lines = [f"| group | {' | '.join(columns)} |", "| --- |" + " --- |" * len(columns)]
    for group, found in groups.items():
        lines.append(f"| {group} | {' | '.join(str(found[column] or '') for column in columns)} |")
    totals = [sum(found[column] for found in groups.values()) for column in columns]
    return "\n".join([*lines, f"| **all** | {' | '.join(map(str, totals))} |"])


def measured_competitors() -> str:
    found = competitors.measure()
    lines = ["| what is released | rows of figures | s | target |", "| --- | --- | --- | --- |"]
    lines += [
        f"| 12 months of {found.row_count // 12:,} groups in a city and category | {found.figure_count:,} "
        f"| {found.seconds:.0f} | ≤ 300 |",
        f"| the next month | {found.figure_count // 12:,} | {found.next_seconds:.0f} | |",
        "",
        f"PostgreSQL's processes held {found.peak_bytes / 2**20:.0f} MiB at most, with shared pages (target ≤ 2048). "
        f"Of the figures: {', '.join(f'{name} {share:.1%}' for name, share in found.rungs.items())}.",
    ]
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "loading": measured_loading,
    "memory": measured_memory,
    "rollups": measured_rollups,
    "night": measured_night,
    "correction": measured_correction,
    "kills": measured_kills,
    "inputs": measured_inputs,
    "competitors": measured_competitors,
}


def seconds(rounds: list[float]) -> str:
    """The rounds, for everybody to see how far they lie apart."""
    return ", ".join(f"{took:.1f}" for took in rounds)


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{platform.system()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def write_between(page: Path, part: str, text: str) -> None:
    """Replace what stands between the markers of `part`. Raises ValueError when the page lacks them."""
    begin, end = f"<!-- bench {part}: begin -->", f"<!-- bench {part}: end -->"
    before, found, rest = page.read_text().partition(begin)
    if not found or end not in rest:
        raise ValueError(f"{page} lacks the lines {begin} and {end}: put them where the table belongs.")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end, 1)[1]}")


if __name__ == "__main__":
    sys.exit(main())
