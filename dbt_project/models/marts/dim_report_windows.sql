with

loaded as (

    select
        min(business_date) as first_day,
        max(business_date) as last_day

    from {{ ref('fct_bank_days') }}

),

periods as (

    {% for days in var('report_periods') %}
    select {{ days }} as period_days
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- Last year is 52 weeks back, so that weekdays meet weekdays; for the year itself it is the year before.
kinds as (

    select
        period_days,
        'current' as window_kind,
        0 as days_back

    from periods

    union all

    select
        period_days,
        'previous' as window_kind,
        period_days as days_back

    from periods

    union all

    select
        period_days,
        'last_year' as window_kind,
        case when period_days = 365 then 365 else 364 end as days_back

    from periods

),

dated as (

    select
        kinds.period_days,
        kinds.window_kind,
        {{ add_days('loaded.last_day', '1 - kinds.period_days - kinds.days_back') }} as first_date,
        {{ add_days('loaded.last_day', '0 - kinds.days_back') }} as last_date,
        coalesce(
            {{ add_days('loaded.last_day', '1 - kinds.period_days - kinds.days_back') }} >= loaded.first_day, false
        ) as is_loaded

    from kinds

    cross join loaded

),

final as (

    select
        period_days,
        window_kind,
        cast(dense_rank() over (order by first_date, last_date) as integer) as window_number,
        first_date,
        last_date,
        is_loaded

    from dated

)

select * from final
