with

windows as (

    select * from {{ ref('dim_report_windows') }}
    where window_kind = 'current'

),

keyed_customers as (

    select
        tenant_id,
        period_days,
        customer_id,
        is_new,
        {{ scope_keys() }},
        bit_or(weekday_mask) as weekday_mask

    from {{ ref('agg_tenant_window_purchases') }}

    where
        window_kind = 'current'
        and receipt_count > 0

    group by {{ scope_sets('tenant_id, period_days, customer_id, is_new') }}

),

scope_customers as (

    select
        period_days,
        customer_id,
        is_new,
        {{ scope_id() }} as scope_id,
        weekday_mask

    from keyed_customers

),

-- A scope below the threshold has no member to show: the totals tell that without counting them.
shown_scopes as (

    select
        scope_id,
        period_days

    from {{ ref('agg_scope_metrics') }}

    where
        window_kind = 'current'
        and customer_count >= {{ var('minimum_customers') }}

),

described as (

    select
        scope_customers.*,
        customers.age_band,
        customers.gender,
        customers.marital_status,
        customers.residency,
        customers.income_tier

    from scope_customers

    inner join shown_scopes
        on
            scope_customers.scope_id = shown_scopes.scope_id
            and scope_customers.period_days = shown_scopes.period_days

    inner join {{ ref('dim_customers') }} as customers on scope_customers.customer_id = customers.customer_id

),

attributes as (

    select
        scope_id,
        period_days,
        {{ member_keys() }},
        count(*) as customer_count

    from described

    group by {{ member_sets('scope_id, period_days') }}

),

new_or_returning as (

    select
        scope_id,
        period_days,
        'new_returning' as dimension_code,
        case when is_new then 'new' else 'returning' end as member_code,
        count(*) as customer_count

    from described

    group by scope_id, period_days, is_new

),

weekdays as (

    {% for day in range(1, 8) %}
    select
        {{ day }} as weekday,
        {{ 2 ** (day - 1) }} as weekday_bit
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

weekday_customers as (

    select
        described.scope_id,
        described.period_days,
        weekdays.weekday,
        count(*) as customer_count

    from described

    inner join weekdays on (described.weekday_mask & weekdays.weekday_bit) <> 0

    group by
        described.scope_id,
        described.period_days,
        weekdays.weekday

),

weekday_receipts as (

    select
        days.scope_id,
        windows.period_days,
        {{ weekday('days.business_date') }} as weekday,
        sum(days.receipt_count) as receipt_count

    from {{ ref('agg_scope_days') }} as days

    inner join windows on days.business_date between windows.first_date and windows.last_date

    group by
        days.scope_id,
        windows.period_days,
        {{ weekday('days.business_date') }}

),

weekday_members as (

    select
        weekday_customers.scope_id,
        weekday_customers.period_days,
        'weekday' as dimension_code,
        cast(weekday_customers.weekday as {{ dbt.type_string() }}) as member_code,
        weekday_customers.customer_count,
        weekday_receipts.receipt_count

    from weekday_customers

    inner join weekday_receipts
        on
            weekday_customers.scope_id = weekday_receipts.scope_id
            and weekday_customers.period_days = weekday_receipts.period_days
            and weekday_customers.weekday = weekday_receipts.weekday

),

-- A member weighs as many as it has customers; a weekday weighs its receipts, because one customer buys on several.
final as (

    select
        attributes.*,
        attributes.customer_count as weight_count

    from attributes

    union all

    select
        new_or_returning.*,
        new_or_returning.customer_count as weight_count

    from new_or_returning

    union all

    select
        scope_id,
        period_days,
        dimension_code,
        member_code,
        customer_count,
        cast(receipt_count as bigint) as weight_count

    from weekday_members

)

select * from final
