"""Load one delivery of the bank, exactly once: a file, or a folder of files that belong together."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Required, TypedDict, Unpack

import psycopg

from infra.ingest import contract, manifest, reference_data, transactions
from infra.ingest.control import SUCCESS, SUFFIX
from infra.ingest.coverage import days_in_name
from infra.ingest.detect import Shape, require_file, sha256_of, shape_of, shown, shown_name, unchanging
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.read import Block
from infra.ingest.report import Kind, LoadReport, UnknownFile
from infra.ingest.source_format import SourceFormat

Progress = Callable[[str, float], None]
"""Called with the file's name and the share of it that is in the warehouse, 0 to 1."""


class Options(TypedDict, total=False):
    """How `load_file` loads."""

    pseudonym_key: Required[bytes]
    source: SourceFormat | None
    on_progress: Progress | None
    again: bool
    looked_through: bool


def load_file(
    dsn: str,
    path: Path,
    kind: Kind | None = None,
    *,
    pseudonym_key: bytes,
    source: SourceFormat | None = None,
    on_progress: Progress | None = None,
    again: bool = False,
    looked_through: bool = False,
) -> LoadReport:
    """Load `path` in one transaction; its kind is told by its header unless given.

    The same bytes a second time change nothing (unless `again`); a corrected file takes the place of the days that it
    covers; a file with too many bad rows is refused whole. One that lies in a folder that is `looked_through` just as
    it lay when it was loaded is passed over, though later files may have its days by now. A folder is one delivery: its
    files are loaded all or none, and the report is of all of them. Two loads at once wait for each other only at their
    end.
    Raises UnknownFile, where the file is none of the contract's, and psycopg.Error; both leave everything as it was.
    """
    source = source or SourceFormat()
    progress = _told(on_progress)
    pseudonyms = Pseudonyms(pseudonym_key)
    is_folder = os.path.isdir(path)  # Path.is_dir raises for a name that is too long
    parts = parts_of(path) if is_folder else [path]
    with psycopg.connect(dsn) as connection, unchanging(parts):
        if looked_through and not is_folder and (report := manifest.still_lies(connection, path, source.name)):
            return report
        identities = _identities(parts) if is_folder else [sha256_of(path)]
        if kind in (None, "transactions") and not again:
            known = [
                manifest.unchanged(connection, shown_name(part), identity, source.name)
                or (manifest.still_lies(connection, part, source.name, identity) if looked_through else None)
                for part, identity in zip(parts, identities, strict=True)
            ]
            if all(known):
                return together(path, [report for report in known if report])
        shapes = [shape_of(part, identity, source) for part, identity in zip(parts, identities, strict=True)]
        kind = kind or _kind_of(shapes[0], source)
        if kind == "transactions":
            covers = _days_of_folder(path) if is_folder else None
            reports = transactions.load(connection, shapes, pseudonyms, source, progress, covers=covers, again=again)
            return together(path, reports)
        if len(shapes) > 1:
            raise UnknownFile(f"{shown_name(path)}: only transactions may come in several files; these are {kind}.")
        return reference_data.load(connection, shapes[0], kind, pseudonyms, source, progress, again=again)


def load_or_refuse(dsn: str, path: Path, kind: Kind | None = None, **options: Unpack[Options]) -> LoadReport:
    """`load_file` for one of many files: what is no file of the contract is reported as refused, and stops no other.

    It leaves no row in the manifest.
    """
    try:
        return load_file(dsn, path, kind, **options)
    except UnknownFile as error:
        return LoadReport(shown_name(path), "", kind or "transactions", "refused", 0, reason=str(error))


def parts_of(folder: Path) -> list[Path]:
    """The data files of a delivery that is a folder. Raises UnknownFile where it is not whole."""
    if not (folder / SUCCESS).exists():
        raise UnknownFile(
            f"{shown_name(folder)} is a folder without {SUCCESS}: it counts as not yet whole. Load its files one by "
            f"one, or put an empty file {SUCCESS} into it when all have come."
        )
    found = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    parts = [path for path in found if not path.name.endswith(SUFFIX)]
    if not parts:
        raise UnknownFile(f"{shown_name(folder)} holds no file: send it again.")
    for part in parts:
        require_file(part)
    for path in found:
        if path.name.endswith(SUFFIX) and path.with_name(path.name.removesuffix(SUFFIX)) not in parts:
            raise UnknownFile(f"{shown_name(folder)}: {shown_name(path)} speaks of a file that is not there.")
    return parts


def _identities(parts: Sequence[Path]) -> list[str]:
    """A part is known by the whole delivery and its place in it.

    Raises UnknownFile where a delivery has one file twice: which rows are meant twice, nobody knows.
    """
    hashes = [sha256_of(part) for part in parts]
    for number, part in enumerate(parts):
        if (first := hashes.index(hashes[number])) != number:
            raise UnknownFile(
                f"{shown_name(parts[first])} and {shown_name(part)} hold the same bytes: take one of them out of the "
                "delivery. Nothing was changed."
            )
    whole = sha256("".join(hashes).encode()).hexdigest()
    return [f"{whole}#{number}" for number in range(len(parts))]


def together(path: Path, reports: list[LoadReport]) -> LoadReport:
    """One report of the files of a delivery; of one that was refused, the refusal."""
    first = next((report for report in reports if report.status == "refused"), reports[0])
    if len(reports) == 1:
        return first
    reasons: dict[str, int] = {}
    for report in reports:
        for code, count in report.quarantine_reasons.items():
            reasons[code] = reasons.get(code, 0) + count
    return replace(
        first,
        file=shown_name(path),
        rows_read=sum(report.rows_read for report in reports),
        rows_loaded=sum(report.rows_loaded for report in reports),
        rows_quarantined=sum(report.rows_quarantined for report in reports),
        rows_repeated=sum(report.rows_repeated for report in reports),
        amount_loaded=sum((report.amount_loaded for report in reports[1:]), reports[0].amount_loaded),
        days=tuple(sorted({day for report in reports for day in report.days})),
        quarantine_reasons=reasons,
    )


def _days_of_folder(folder: Path) -> tuple[date, date] | None:
    try:
        return days_in_name(folder)
    except ValueError as error:
        raise UnknownFile(str(error)) from None


def _kind_of(shape: Shape, source: SourceFormat) -> Kind:
    kind = contract.kind_of(shape.names, source.columns)
    if kind is None:
        raise UnknownFile(
            f"{shape.name}: the header ({shown(', '.join(shape.names)[:200])}) is none that the contract knows. "
            "Name the columns as docs/data-contract.md does, or map them under [columns] in the settings of the "
            "source; where another sign than `;`, `,` or tab parts them, state it as `delimiter` under [format]."
        )
    return kind


def _told(on_progress: Progress | None) -> Callable[[Shape, Block], None]:
    def progress(shape: Shape, block: Block) -> None:
        if on_progress:
            on_progress(shape.name, min(1.0, block.position / max(1, shape.length)))

    return progress
