with

windows as (

    select * from {{ ref('dim_report_windows') }}
    where window_kind = 'current'

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

scope_customers as (

    select
        shown_scopes.scope_id,
        shown_scopes.period_days,
        purchases.customer_id,
        purchases.is_new,
        bit_or(purchases.weekday_mask) as weekday_mask

    from {{ ref('agg_tenant_window_purchases') }} as purchases

    inner join {{ ref('bridge_scopes') }} as scopes
        on
            purchases.store_id = scopes.store_id
            and purchases.category_code = scopes.category_code

    inner join windows on purchases.window_number = windows.window_number

    inner join shown_scopes
        on
            scopes.scope_id = shown_scopes.scope_id
            and windows.period_days = shown_scopes.period_days

    where purchases.receipt_count > 0

    group by
        shown_scopes.scope_id,
        shown_scopes.period_days,
        purchases.customer_id,
        purchases.is_new

),

-- Customers who are alike in all that is counted are counted once, then by each attribute.
alike as (

    select
        scope_customers.scope_id,
        scope_customers.period_days,
        scope_customers.is_new,
        customers.age_band,
        customers.gender,
        customers.marital_status,
        customers.residency,
        customers.income_tier,
        count(*) as customer_count

    from scope_customers

    inner join {{ ref('dim_customers') }} as customers on scope_customers.customer_id = customers.customer_id

    group by
        scope_customers.scope_id,
        scope_customers.period_days,
        scope_customers.is_new,
        customers.age_band,
        customers.gender,
        customers.marital_status,
        customers.residency,
        customers.income_tier

),

attributes as (

    select
        scope_id,
        period_days,
        {{ member_keys() }},
        cast(sum(customer_count) as bigint) as customer_count

    from alike

    group by {{ member_sets('scope_id, period_days') }}

),

new_or_returning as (

    select
        scope_id,
        period_days,
        'new_returning' as dimension_code,
        case when is_new then 'new' else 'returning' end as member_code,
        cast(sum(customer_count) as bigint) as customer_count

    from alike

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

masks as (

    select
        scope_id,
        period_days,
        weekday_mask,
        count(*) as customer_count

    from scope_customers

    group by
        scope_id,
        period_days,
        weekday_mask

),

weekday_customers as (

    select
        masks.scope_id,
        masks.period_days,
        weekdays.weekday,
        cast(sum(masks.customer_count) as bigint) as customer_count

    from masks

    inner join weekdays on (masks.weekday_mask & weekdays.weekday_bit) <> 0

    group by
        masks.scope_id,
        masks.period_days,
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
