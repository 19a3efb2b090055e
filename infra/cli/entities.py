"""`lyra entities`: which owner or brand each store is taken for, to review and to correct in the bank's list."""

import csv
import sys
from typing import Annotated

import psycopg
import typer
from rich.table import Table

from infra.cli.console import console
from infra.settings import Settings

SOURCES = {
    "bank": "the bank's list names the owner",
    "name": "joined to others of its name",
    "unsure": "called like others, not surely theirs: left apart",
    "alone": "no other store is called so",
}


def entities(
    unsure: Annotated[bool, typer.Option(help="List the stores of unsure matches alone.")] = False,
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="Columns of the bank's list of stores: correct `legal_group`, then `lyra load` it."),
    ] = False,
    limit: Annotated[int, typer.Option("-n", min=1, help="So many stores on the screen.")] = 40,
) -> None:
    """Whose store it is: by the bank's list, by its name, or not surely anybody's."""
    with psycopg.connect(Settings().url("warehouse")) as connection:
        if connection.execute("select to_regclass('intermediate.int_store_entities')").fetchone() == (None,):
            console.print("No store is known yet: `./lyra load FILE…` and `./lyra run` first.")
            raise typer.Exit(1)
        counted = connection.execute("select source, count(*) from intermediate.int_store_entities group by 1")
        counts: dict[str, int] = dict(counted.fetchall())
        rows = connection.execute(_STORES, {"sources": ["unsure"] if unsure else ["unsure", "name"]}).fetchall()
    if as_csv:
        writer = csv.writer(sys.stdout, delimiter=";", lineterminator="\n")
        writer.writerow(["MerchantName", "StoreName", "legal_group", "city"])
        writer.writerows([merchant, store, group, city] for merchant, store, city, _, _, group in rows)
        return
    for source, told in SOURCES.items():
        console.print(f"{counts.get(source, 0):>8,}  {told}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("merchant", "city", "is", "confidence", "counted with"):
        table.add_column(column)
    for merchant, _store, city, source, confidence, group in rows[:limit]:
        table.add_row(merchant, city, source, f"{confidence:.1f}", group or "–")
    if rows:
        console.print(table, markup=False)
    if len(rows) > limit:
        console.print(f"… and {len(rows) - limit} more: -n, or --csv for a file.")


_STORES = """
select entity.merchant_name, coalesce(entity.store_name, initcap(lower(entity.merchant_name))),
    coalesce(city.name_ru, entity.city_code), entity.source, entity.confidence, entity.likely_group
from intermediate.int_store_entities as entity
left join marts.dim_cities as city using (city_code)
where entity.source = any(%(sources)s)
order by entity.source desc, entity.brand_key, entity.city_code, entity.merchant_name
"""
