"""`lyra quarantine list|show|retry`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from infra import quarantine
from infra.cli.console import console
from infra.cli.pipeline import through_dagster
from infra.settings import Settings

app = typer.Typer(
    help="Rows and files that were set apart when they were loaded.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_entries(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Bad rows by file and reason, and refused files."""
    entries = quarantine.entries(Settings().url("warehouse"))
    if as_json:
        print(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, default=str, indent=1))
        return
    if not entries:
        console.print("The quarantine is empty.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("file", "source", "name", "reason", "rows", "first seen", "for example"):
        table.add_column(column, justify="right" if column == "rows" else "left")
    for entry in entries:
        table.add_row(
            *(str(entry.file_id), entry.source, entry.name, entry.reason_code, str(entry.rows)),
            *(f"{entry.first_seen_at:%Y-%m-%d %H:%M}", _shortened(entry.example.splitlines()[0])),
        )
    console.print(table, markup=False)


@app.command()
def show(
    file: Annotated[int, typer.Argument(help="Number of the file in `quarantine list`.")],
    reason: Annotated[str | None, typer.Option(help="Only rows with this reason code.")] = None,
    limit: Annotated[int, typer.Option("-n", min=1, help="So many rows.")] = 20,
) -> None:
    """The bad rows of a file: line, reason, text (identifiers are pseudonyms)."""
    for row in quarantine.bad_rows(Settings().url("warehouse"), file, reason, limit):
        console.print(f"line {row.line_number}  {row.reason_code}: {row.reason}", markup=False, highlight=False)
        console.print(f"  {row.raw_text}", markup=False, highlight=False, style="dim")


@app.command()
def retry(
    files: Annotated[
        list[int] | None, typer.Argument(metavar="[FILE…]", help="Numbers of files; none: all in quarantine.")
    ] = None,
) -> None:
    """Load the files again after a mapping or setting was mended; what is now good leaves the quarantine."""
    dsn = Settings().url("warehouse")
    entries = quarantine.entries(dsn)
    if unknown := set(files or []) - {entry.file_id for entry in entries}:
        raise quarantine.NotInQuarantine(
            f"Nothing of file {', '.join(map(str, sorted(unknown)))} is in quarantine: see `./lyra quarantine list`."
        )
    chosen = [entry for entry in entries if not files or entry.file_id in files]
    paths, gone = quarantine.deliveries(chosen)
    for name, path in sorted({(entry.name, entry.path) for entry in gone}):
        console.print(f"{name} is not at {path} any more: put it back, or `./lyra load` it.", markup=False)
    if not paths:
        console.print("Nothing to retry.")
        raise typer.Exit(1 if gone else 0)
    through_dagster("quarantine retry", ["load", "--again", *map(str, paths)])
    before, after = (sum(e.rows for e in seen) for seen in (entries, quarantine.entries(dsn)))
    console.print(f"Rows in quarantine: {before} before, {after} now.")


def _shortened(text: str, length: int = 100) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
