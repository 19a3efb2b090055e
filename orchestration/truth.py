"""Past forecasts beside what came: which are due to be measured, and their pairs as data frames."""

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any, LiteralString

import pandas as pd
import psycopg

PAIRS_AT_MOST = 200_000
"""Above it a sample of the customers is measured; their pseudonyms are hashes, so a remainder is a fair draw."""


@dataclass(frozen=True)
class PastForecast:
    """One scoring at one horizon, whose days are all in."""

    question: str
    model_name: str
    model_version: int
    as_of: date
    horizon_code: str
    days: int
    unit_count: int
    """Customers, series with their periods, or pairs of customer and category."""


_DUE = """
with horizons (question, horizon_code, days, horizon_count) as (
    values
        ('purchasing_power', '30', 30, 2), ('purchasing_power', '90', 90, 2),
        ('retention', '30', 30, 3), ('retention', '60', 60, 3), ('retention', '90', 90, 3),
        ('demand', 'day', 28, 2), ('demand', 'week', 28, 2),
        ('category_priority', '30', 30, 1)
),
scorings as (
    select question, model_name, model_version, as_of, max(row_count) as row_count
    from predictions.scorings group by 1, 2, 3, 4
),
past as (
    select
        scorings.*, horizons.horizon_code, horizons.days, scorings.row_count / horizon_count as unit_count,
        count(distinct business_date) as days_in, max(reconciled_at) as truth_at
    from scorings
    join horizons using (question)
    join monitor.reconciled_days on business_date > as_of and business_date <= as_of + days
    group by 1, 2, 3, 4, 5, 6, 7, 8
),
measured as (
    select model_name, model_version, as_of, horizon_code, min(measured_at) as measured_at
    from predictions.forecast_scores group by 1, 2, 3, 4
)
select question, model_name, model_version, as_of, horizon_code, days, unit_count
from past left join measured using (model_name, model_version, as_of, horizon_code)
where days_in = days and (measured_at is null or measured_at < truth_at)
order by as_of, question, horizon_code
"""

# What stood on that day, carried rows included: it was shown for the days from then on, and is measured on them.
_SPEND = """
with forecast as (
    select customer_id, expected_amount, p10_amount, p50_amount, p90_amount
    from predictions.purchasing_power_on(%(as_of)s, %(model)s, %(version)s)
    where horizon_days = %(days)s and customer_id %% %(part)s = 0
),
spend as (
    select
        customer_id,
        sum(case when business_date > %(as_of)s then spend_amount else 0 end) as ahead,
        sum(case when business_date <= %(as_of)s then spend_amount else 0 end) as before
    from marts.fct_customer_category_days
    where business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s::date + %(days)s::integer
    and customer_id %% %(part)s = 0
    group by customer_id
)
select
    customer_id, expected_amount::float8, p10_amount::float8, p50_amount::float8, p90_amount::float8,
    greatest(coalesce(ahead, 0), 0)::float8 as truth,
    greatest(coalesce(before, 0), 0)::float8 * %(days)s / 90 as baseline
from forecast left join spend using (customer_id)
"""

_RETURNS = """
with forecast as (
    select legal_group, customer_id, return_probability
    from predictions.retention_on(%(as_of)s, %(model)s, %(version)s)
    where horizon_days = %(days)s and customer_id %% %(part)s = 0
),
returned as (
    select distinct legal_group, customer_id
    from marts.fct_tenant_customer_days
    join marts.dim_tenant_stores using (store_id) join security.tenants using (tenant_id)
    where business_date > %(as_of)s and business_date <= %(as_of)s::date + %(days)s::integer
    and customer_id %% %(part)s = 0 and receipt_count > 0
)
select
    legal_group, customer_id, return_probability::float8,
    (returned.customer_id is not null)::integer::float8 as truth
from forecast left join returned using (legal_group, customer_id)
where legal_group in (select legal_group from security.tenants)
"""

# A series is a scope of a tenant's page; store 0 is all stores. Where nothing was sold there is no row.
_DEMAND = """
with forecast as (
    select * from predictions.demand
    where as_of = %(as_of)s and grain_code = %(horizon)s and model_name = %(model)s and model_version = %(version)s
    and scored_at = (
        select max(scored_at) from predictions.demand
        where as_of = %(as_of)s and model_name = %(model)s and model_version = %(version)s
    )
),
sold as (
    select legal_group, city_code, category_code, nullif(store_id, 0) as store_id, business_date, revenue_amount
    from marts.agg_scope_days join security.tenants using (tenant_id)
    where business_date > %(as_of)s::date - 7 and business_date <= %(as_of)s::date + %(days)s::integer
),
periods as (
    select
        legal_group, city_code, category_code, store_id,
        case when %(horizon)s = 'day' then business_date
            else %(as_of)s::date + 1 + (business_date - %(as_of)s::date - 1) / 7 * 7 end as period_start,
        sum(revenue_amount) as revenue_amount
    from sold where business_date > %(as_of)s group by 1, 2, 3, 4, 5
),
last_week as (
    select
        legal_group, city_code, category_code, store_id,
        case when %(horizon)s = 'day' then extract(isodow from business_date) else 0 end as weekday,
        sum(revenue_amount) as revenue_amount
    from sold where business_date <= %(as_of)s group by 1, 2, 3, 4, 5
)
select
    forecast.legal_group, forecast.expected_amount::float8, forecast.p10_amount::float8, forecast.p90_amount::float8,
    coalesce(periods.revenue_amount, 0)::float8 as truth,
    greatest(coalesce(last_week.revenue_amount, 0), 0)::float8 as baseline
from forecast
left join periods
    on (forecast.legal_group, forecast.city_code, forecast.category_code, forecast.period_start)
    = (periods.legal_group, periods.city_code, periods.category_code, periods.period_start)
    and forecast.store_id is not distinct from periods.store_id
left join last_week
    on (forecast.legal_group, forecast.city_code, forecast.category_code)
    = (last_week.legal_group, last_week.city_code, last_week.category_code)
    and forecast.store_id is not distinct from last_week.store_id
    and last_week.weekday = case when %(horizon)s = 'day' then extract(isodow from forecast.period_start) else 0 end
where forecast.legal_group in (select legal_group from security.tenants)
"""

# Every customer of the forecast in every category; the baseline is the customer's own rate of buying days in 90.
# Stacked and added up, not joined: PostgreSQL takes rows written a minute ago for one, and joined them one by one.
_CATEGORIES = """
with scoring as (
    select * from predictions.category_priority_on(%(as_of)s, %(model)s, %(version)s)
),
kept as (select * from scoring where customer_id %% %(part)s = 0),
rest as (select category_code, purchase_probability from scoring where customer_id is null),
days as (
    select
        customer_id, category_code,
        count(*) filter (where business_date <= %(as_of)s) as days_before,
        count(*) filter (where business_date > %(as_of)s) as days_ahead
    from marts.fct_customer_category_days
    where business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s::date + %(days)s::integer
    and customer_id %% %(part)s = 0 and receipt_count > 0
    group by customer_id, category_code
)
select
    customer_id, category_code, max(category_rank)::float8 as category_rank,
    coalesce(max(kept_probability), max(rest_probability))::float8 as purchase_probability,
    (max(days_ahead) > 0)::integer::float8 as truth,
    1 - exp(-max(days_before) * %(days)s / 90.0)::float8 as baseline
from (
    select
        customers.customer_id, rest.category_code, null::integer as category_rank, null::numeric as kept_probability,
        rest.purchase_probability as rest_probability, 0 as days_before, 0 as days_ahead
    from (select distinct customer_id from kept) as customers cross join rest
    union all
    select customer_id, category_code, category_rank, purchase_probability, null, 0, 0 from kept
    union all
    select customer_id, category_code, null, null, null, days_before, days_ahead from days
) as stacked
group by customer_id, category_code
having max(rest_probability) is not null
order by customer_id, category_code
"""

# Thirds of the merchants by the revenue of the 90 days that the forecast saw last.
_SIZES = """
select
    legal_group,
    (array['small', 'medium', 'large'])[ntile(3) over (order by sum(revenue_amount), legal_group)] as size_band
from marts.agg_scope_days join security.tenants using (tenant_id)
where city_code = '*' and category_code = '*' and store_id = 0
and business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s
group by legal_group
"""

_CUSTOMERS = """
select distinct legal_group, customer_id
from marts.fct_tenant_customer_days
join marts.dim_tenant_stores using (store_id) join security.tenants using (tenant_id)
where business_date > %(as_of)s::date - 90 and business_date <= %(as_of)s and customer_id %% %(part)s = 0
"""

_PAIRS: dict[str, LiteralString] = {
    "purchasing_power": _SPEND, "retention": _RETURNS, "demand": _DEMAND, "category_priority": _CATEGORIES
}  # fmt: skip


def forecasts_to_measure(connection: psycopg.Connection) -> list[PastForecast]:
    """Those whose days are all loaded and computed, and that were not measured since; oldest first."""
    return [PastForecast(*row) for row in connection.execute(_DUE)]


def scores_of(connection: psycopg.Connection, past: PastForecast) -> pd.DataFrame:
    """SCORE_COLUMNS of one past forecast; empty where none of its tenants is left."""
    from ml_assets.quality import score_categories, score_demand, score_returns, score_spend

    values = {
        "as_of": past.as_of, "days": past.days, "model": past.model_name, "version": past.model_version,
        "horizon": past.horizon_code, "part": ceil(past.unit_count / PAIRS_AT_MOST),
    }  # fmt: skip
    pairs = frame(connection, _PAIRS[past.question], values)
    members = frame(connection, _SIZES, values)
    of_customers = {"purchasing_power": score_spend, "category_priority": score_categories}
    if score := of_customers.get(past.question):
        return score(pairs, frame(connection, _CUSTOMERS, values).merge(members, on="legal_group"))
    return {"retention": score_returns, "demand": score_demand}[past.question](pairs, members)


def keep_scores(connection: psycopg.Connection, past: PastForecast, scores: pd.DataFrame) -> None:
    """In place of what was measured of this forecast before."""
    key = [past.model_name, past.model_version, past.as_of, past.horizon_code]
    with connection.transaction():
        connection.execute(
            "delete from predictions.forecast_scores "
            "where (model_name, model_version, as_of, horizon_code) = (%s, %s, %s, %s)",
            key,
        )
        with connection.cursor().copy(
            "copy predictions.forecast_scores (model_name, model_version, as_of, horizon_code, legal_group, size_band, "
            "metric, value, unit_count) from stdin"
        ) as copy:
            for row in scores.itertuples(index=False, name=None):
                copy.write_row([*key, *row])


def frame(connection: psycopg.Connection, query: LiteralString, values: dict[str, Any]) -> pd.DataFrame:
    """What a query returns, under its own column names."""
    cursor = connection.execute(query, values)
    return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
