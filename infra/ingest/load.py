"""Load one file of the bank, exactly once."""

from collections.abc import Callable
from pathlib import Path

import psycopg

from infra.ingest import contract, manifest, reference_data, transactions
from infra.ingest.detect import Shape, sha256_of, shape_of
from infra.ingest.pseudonym import Pseudonyms
from infra.ingest.read import Block
from infra.ingest.report import Kind, LoadReport, UnknownFile
from infra.ingest.source_format import SourceFormat

Progress = Callable[[str, float], None]
"""Called with the file's name and the share of it that is in the staging table, 0 to 1."""


def load_file(
    dsn: str,
    path: Path,
    kind: Kind | None = None,
    *,
    pseudonym_key: bytes,
    source: SourceFormat | None = None,
    on_progress: Progress | None = None,
) -> LoadReport:
    """Load `path` in one transaction; its kind is told by its header unless given.

    The same bytes a second time change nothing; a corrected file takes the place of the days that it covers; a file
    with too many bad rows is refused whole. Two loads at once wait for each other.
    Raises UnknownFile, where the file is none of the contract's, and psycopg.Error; both leave everything as it was.
    """
    source = source or SourceFormat()
    sha256 = sha256_of(path)
    with psycopg.connect(dsn) as connection:
        if kind and (done := manifest.unchanged(connection, path.name, sha256, kind)):
            return done
        shape = shape_of(path, sha256, source)
        kind = kind or _kind_of(shape, source)
        if done := manifest.unchanged(connection, path.name, sha256, kind):
            return done
        pseudonyms = Pseudonyms(pseudonym_key)
        progress = _told(shape, on_progress)
        if kind == "transactions":
            return transactions.load(connection, shape, pseudonyms, source, progress)
        return reference_data.load(connection, shape, kind, pseudonyms, source, progress)


def _kind_of(shape: Shape, source: SourceFormat) -> Kind:
    kind = contract.kind_of(shape.names, source.columns)
    if kind is None:
        raise UnknownFile(
            f"{shape.path.name}: the header ({', '.join(shape.names)[:200]}) is none that the contract knows. "
            "Name the columns as docs/data-contract.md does, or map them under [columns] in bank.toml."
        )
    return kind


def _told(shape: Shape, on_progress: Progress | None) -> Callable[[Block], None]:
    def progress(block: Block) -> None:
        if on_progress:
            on_progress(shape.path.name, min(1.0, block.position / max(1, shape.length)))

    return progress
