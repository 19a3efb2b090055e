with

loaded as (

    select
        min(business_date) as first_day,
        max(business_date) as last_day

    from {{ ref('fct_bank_days') }}

),

days as (

    select * from {{ ref('agg_scope_days') }}

),

grains (grain_code, grain_en, grain_ru, grain_sort, step) as (

    values
        ('day', 'By day', 'По дням', 1, interval '1 day'),
        ('week', 'By week', 'По неделям', 2, interval '1 week'),
        ('month', 'By month', 'По месяцам', 3, interval '1 month')

),

bought as (

    select
        days.scope_id,
        grains.grain_code,
        cast(date_trunc(grains.grain_code, days.business_date) as date) as period_start,
        sum(days.revenue_amount) as revenue_amount,
        sum(days.receipt_count) as receipt_count

    from days

    cross join grains

    cross join loaded

    where
        grains.grain_code <> 'day'
        or days.business_date > loaded.last_day - {{ var('daily_series_days') }}

    group by days.scope_id, grains.grain_code, date_trunc(grains.grain_code, days.business_date)

),

-- From a scope's first receipt on, a period without one is a zero and not a gap.
calendar as (

    select
        firsts.scope_id,
        firsts.grain_code,
        cast(starts.period_start as date) as period_start

    from (
        select
            bought.scope_id,
            bought.grain_code,
            min(bought.period_start) as first_period

        from bought

        group by bought.scope_id, bought.grain_code
    ) as firsts

    inner join grains on firsts.grain_code = grains.grain_code

    cross join loaded

    cross join lateral generate_series(firsts.first_period, loaded.last_day, grains.step) as starts (period_start)

),

actual as (

    select
        calendar.scope_id,
        calendar.grain_code,
        calendar.period_start,
        coalesce(bought.revenue_amount, 0) as revenue_amount,
        coalesce(bought.receipt_count, 0) as receipt_count

    from calendar

    left join bought
        on
            calendar.scope_id = bought.scope_id
            and calendar.grain_code = bought.grain_code
            and calendar.period_start = bought.period_start

),

-- What was sold stands beside each model's forecast, so that a choice of model shows both; months have no forecast.
chosen_actual as (

    select
        actual.*,
        choices.model_choice

    from actual

    inner join {{ ref('dim_model_choices') }} as choices
        on
            choices.model_choice = 'main'
            or actual.grain_code <> 'month'

),

keyed_forecast as (

    select
        demand.model_choice,
        tenants.tenant_id,
        demand.grain_code,
        demand.period_start,
        coalesce(stores.city_code, demand.city_code) as city_code,
        demand.category_code,
        demand.store_id,
        demand.expected_amount,
        demand.p10_amount,
        demand.p90_amount

    from {{ ref('current_demand') }} as demand

    inner join {{ source('security', 'tenants') }} as tenants on demand.legal_group = tenants.legal_group

    left join {{ ref('dim_tenant_stores') }} as stores on demand.store_id = stores.store_id

    where tenants.is_active

),

forecast as (

    select
        *,
        {{ scope_id() }} as scope_id

    from keyed_forecast

),

series as (

    select
        coalesce(actual.model_choice, forecast.model_choice) as model_choice,
        coalesce(actual.scope_id, forecast.scope_id) as scope_id,
        coalesce(actual.grain_code, forecast.grain_code) as grain_code,
        coalesce(actual.period_start, forecast.period_start) as period_start,
        actual.revenue_amount,
        actual.receipt_count,
        forecast.expected_amount,
        forecast.p10_amount,
        forecast.p90_amount,
        actual.scope_id is null as is_forecast

    from chosen_actual as actual

    full outer join forecast
        on
            actual.model_choice = forecast.model_choice
            and actual.scope_id = forecast.scope_id
            and actual.grain_code = forecast.grain_code
            and actual.period_start = forecast.period_start

),

final as (

    select
        scopes.tenant_id,
        scopes.tenant_name,
        choices.model_choice,
        choices.model_choice_en,
        choices.model_choice_ru,
        grains.grain_code,
        grains.grain_en,
        grains.grain_ru,
        grains.grain_sort,
        series.period_start,
        scopes.city_en,
        scopes.city_ru,
        scopes.category_en,
        scopes.category_ru,
        scopes.store_name_en,
        scopes.store_name_ru,
        cast(series.revenue_amount as numeric(18, 2)) as revenue_amount,
        cast(series.receipt_count as bigint) as receipt_count,
        not series.is_forecast
        and (
            series.period_start < loaded.first_day
            or series.period_start + grains.step > loaded.last_day + interval '1 day'
        ) as is_partial,
        cast(series.expected_amount as numeric(18, 2)) as forecast_amount,
        cast(series.p10_amount as numeric(18, 2)) as forecast_low_amount,
        cast(series.p90_amount as numeric(18, 2)) as forecast_high_amount,
        series.is_forecast

    from series

    inner join {{ ref('dim_scopes') }} as scopes
        on
            series.scope_id = scopes.scope_id

    inner join grains on series.grain_code = grains.grain_code

    inner join {{ ref('dim_model_choices') }} as choices on series.model_choice = choices.model_choice

    cross join loaded

)

select * from final
