"""The bank's files into `raw` and `ingest`, exactly once: see docs/data-contract.md."""

from infra.ingest.load import load_file
from infra.ingest.report import Kind, LoadReport, UnknownFile
from infra.ingest.source_folder import load_source_folder
from infra.ingest.source_format import BankFileWrong, SourceFormat

__all__ = ["BankFileWrong", "Kind", "LoadReport", "SourceFormat", "UnknownFile", "load_file", "load_source_folder"]
