"""customers' events → look-alike audiences: how many of others' customers resemble a tenant's best, once a month."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg

from orchestration.features import newest_day, sound_snapshot
from orchestration.months import month_of
from orchestration.resources import Warehouse

if TYPE_CHECKING:
    from ml_assets.look_alikes import Population


@dg.asset(deps=["customer_events_snapshot"], group_name="predict", kinds={"scikitlearn", "postgres"})
def look_alike_counts(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult[None]:
    """Audiences of the last closed month, of the tenants that have none of it yet: on most days nobody."""
    from ml_assets.histories import read_batches
    from ml_assets.look_alikes import population_of

    newest = newest_day(warehouse.connection)
    as_of = last_closed_day(newest)
    groups = groups_due(warehouse.connection, as_of)
    rows = 0
    if groups:
        population = population_of(read_batches(sound_snapshot("customer_events", newest)), as_of)
        rows = count_and_keep(warehouse.connection, population, as_of, groups)
    return dg.MaterializeResult(
        metadata={"as_of": as_of.isoformat(), "dagster/row_count": rows, "tenants_counted": len(groups)}
    )


def last_closed_day(newest: date) -> date:
    """The last day of the last month that is over on `newest`."""
    return month_of(newest + timedelta(days=1)) - timedelta(days=1)


def groups_due(connection: psycopg.Connection, as_of: date) -> list[str]:
    """Legal groups of active tenants without an audience of as_of; nobody before the first month is over."""
    found = connection.execute(
        "select legal_group from security.tenants where is_active "
        "and exists (select from marts.fct_bank_days where business_date <= %(as_of)s) "
        "and not exists (select from predictions.look_alike_audiences counted "
        "where counted.legal_group = tenants.legal_group and counted.as_of >= %(as_of)s) order by 1",
        {"as_of": as_of},
    )
    return [group for (group,) in found]


def count_and_keep(connection: psycopg.Connection, population: "Population", as_of: date, groups: Sequence[str]) -> int:
    """Find, count and write the audiences of these groups, all or none; returns the rows of counts."""
    from ml_assets.look_alikes import counts_of, find_audience

    homes, sold, written = _homes(connection, population.customer_ids), _own_categories(connection), 0
    with connection.transaction(), connection.cursor() as cursor:
        for group, own in _own_customers(connection, as_of, groups):
            audience = find_audience(population, own, sold.get(group, []))
            counts = counts_of(population, audience, homes, sold.get(group, []))
            cursor.execute(
                "insert into predictions.look_alike_audiences (as_of, legal_group, best_count, auroc) "
                "values (%s, %s, %s, %s)",
                [as_of, group, audience.best_count, audience.auroc],
            )
            cursor.executemany(
                "insert into predictions.look_alike_counts values (%s, %s, %s, %s, %s, %s)",
                [(as_of, group, *row) for row in counts.astype(object).itertuples(index=False, name=None)],
            )
            written += len(counts)
    return written


def _own_customers(
    connection: psycopg.Connection, as_of: date, groups: Sequence[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """customer_id and revenue_amount of each group; one pass over the year, and one group in memory at a time."""
    silent = set(groups)
    with connection.cursor("own_customers") as cursor:
        cursor.itersize = 10_000
        cursor.execute(_OWN_CUSTOMERS, {"as_of": as_of, "groups": list(groups)})
        for group, rows in groupby(cursor, itemgetter(0)):
            silent.remove(group)
            yield group, _frame([row[1:] for row in rows])
    for group in sorted(silent):
        yield group, _frame([])


def _frame(rows: Sequence[tuple[int, float | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "revenue_amount"])
    return frame.astype({"customer_id": np.int64, "revenue_amount": np.float64})


_OWN_CUSTOMERS = """
select tenants.legal_group, days.customer_id,
    case when sum(days.receipt_count) filter (where days.business_date > %(as_of)s - 90) > 0
        then sum(days.revenue_amount) filter (where days.business_date > %(as_of)s - 90)::float8
    end as revenue_amount
from marts.fct_tenant_customer_days as days
join marts.dim_tenant_stores using (store_id)
join security.tenants using (tenant_id)
where tenants.legal_group = any(%(groups)s)
and days.business_date > %(as_of)s - 365 and days.business_date <= %(as_of)s
group by tenants.legal_group, days.customer_id
having sum(days.receipt_count) > 0
order by tenants.legal_group, days.customer_id
"""
"""A tenant's own customers are those of a year; its revenue is that of 90 days, null for who came before them only."""


def _homes(connection: psycopg.Connection, customer_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Home city of each of these customers; missing where it is not known."""
    rows = connection.execute("select customer_id, home_city_code from marts.dim_customers").fetchall()
    homes: npt.NDArray[np.object_] = pd.Series(dict(rows), dtype=object).reindex(customer_ids).to_numpy()
    return homes


def _own_categories(connection: psycopg.Connection) -> dict[str, list[str]]:
    rows = connection.execute(
        "select legal_group, array_agg(category_code) from marts.agg_tenant_categories "
        "join security.tenants using (tenant_id) where is_own group by legal_group"
    )
    return dict(rows.fetchall())
