"""files → raw: every new file of the bank, then what each business day of it holds."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
from pydantic import Field

from infra.ingest import Kind, LoadReport, load_file, load_source_folder
from infra.ingest.load import Progress, load_or_refuse
from infra.ingest.source_folder import REFERENCE, write_bank
from infra.ingest.source_format import read_bank
from infra.settings import Settings
from orchestration.landing import BANK_SETTINGS, Delivery, look_into, source_of
from orchestration.partitions import ONE_RUN, daily, window_of
from orchestration.progress import telling
from orchestration.resources import Warehouse, warehouse_dsn


class FilesToLoad(dg.Config):
    source: str | None = None
    """A source folder, with its bank.toml."""
    files: list[str] = Field(default_factory=list)
    """Single deliveries. Neither given: all that is whole in the landing folder."""
    again: bool = False
    """Load the files once more though they are loaded: what a mended mapping lets through leaves the quarantine."""


@dg.asset(group_name="ingest", kinds={"file", "postgres"})
def landed_files(
    context: dg.AssetExecutionContext, config: FilesToLoad, warehouse: Warehouse
) -> dg.MaterializeResult[None]:
    """What the bank has sent: each file checked, bad rows in quarantine, the rest in `raw`, exactly once."""
    tell = telling(context)
    reports = _load(config, on_progress=lambda name, share: tell(f"{name} {share:.0%}"))
    refused = [report for report in reports if report.status == "refused"]
    if refused:
        raise dg.Failure(
            "\n".join(f"{report.file} was refused: {report.reason}" for report in refused),
            metadata={"files": _table(reports)},
        )
    return dg.MaterializeResult(metadata=_totals(reports))


def _load(config: FilesToLoad, on_progress: Progress) -> list[LoadReport]:
    """A source folder, the files that were named, or what lies in the landing folder; a transaction a delivery."""
    dsn, key = warehouse_dsn(), Settings().secrets["pseudonym_key"].encode()
    if config.source:
        return load_source_folder(dsn, Path(config.source), pseudonym_key=key, on_progress=on_progress)
    landing = Settings().landing
    if (landing / BANK_SETTINGS).exists():
        write_bank(dsn, read_bank(landing / BANK_SETTINGS)[0])
    named = [Delivery(Path(name), source_of(Path(name), landing)) for name in config.files]
    return [
        *(load_file(dsn, path, kind, pseudonym_key=key) for path, kind in _shipped_codes(dsn)),
        *(
            load_or_refuse(
                dsn,
                delivery.path,
                pseudonym_key=key,
                source=delivery.source,
                on_progress=on_progress,
                again=config.again,
                looked_through=not named,
            )
            for delivery in named or look_into(landing).whole
        ),
    ]


def _shipped_codes(dsn: str) -> list[tuple[Path, Kind]]:
    """ISO 18245 and our categories, where nobody has loaded any."""
    with psycopg.connect(dsn) as connection:
        known = {
            kind for (kind,) in connection.execute("select distinct kind from ingest.files where status = 'loaded'")
        }
    kinds: tuple[Kind, ...] = ("mcc", "categories")
    return [(REFERENCE / f"{kind}.csv", kind) for kind in kinds if kind not in known]


def _totals(reports: Sequence[LoadReport]) -> dict[str, Any]:
    """Rows and money of the new files, and the table of them."""
    new = [report for report in reports if report.status == "loaded"]
    days = sorted({day for report in new for day in report.days})
    return {
        "files_new": len(new),
        "files_known": len(reports) - len(new),
        "rows_read": sum(report.rows_read for report in new),
        "dagster/row_count": sum(report.rows_loaded for report in new),
        "rows_quarantined": sum(report.rows_quarantined for report in new),
        "rows_repeated": sum(report.rows_repeated for report in new),
        "amount": float(sum((report.amount_loaded for report in new), Decimal(0))),
        "days": f"{days[0]} … {days[-1]}, {len(days)} days" if days else "none",
        "files": _table(reports),
    }


def _table(reports: Sequence[LoadReport]) -> dg.MetadataValue:
    rows = [
        "| file | status | read | loaded | quarantined | repeated | written as | note |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |",
    ]
    for report in reports:
        note = " ".join((report.reason or "").split())[:200]
        rows.append(
            f"| {report.file} | {report.status} | {report.rows_read} | {report.rows_loaded} "
            f"| {report.rows_quarantined} | {report.rows_repeated} | {report.dialect or ''} | {note} |"
        )
    return dg.MetadataValue.md("\n".join(rows))


@dg.asset(
    partitions_def=daily,
    backfill_policy=ONE_RUN,
    deps=[landed_files],
    group_name="ingest",
    kinds={"postgres"},
)
def raw_transactions(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """The card transactions of a business day, exactly as the bank sent them, with the file that each came from."""
    window = window_of(context)
    days = warehouse.connection.execute(
        "select business_date, sum(row_count), sum(amount), count(*) from ingest.file_days "
        "where business_date >= %s and business_date < %s group by 1 order by 1",
        [window.start, window.end],
    ).fetchall()
    for day, rows, amount, files in days:
        context.add_asset_metadata(
            {"dagster/partition_row_count": int(rows), "amount": float(amount), "files": files},
            partition_key=day.isoformat(),
        )
    return dg.MaterializeResult(metadata={"window": str(window), "days_with_rows": len(days)})
