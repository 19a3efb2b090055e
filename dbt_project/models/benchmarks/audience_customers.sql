with

history as (

    select min(business_date) as first_date from {{ ref('fct_bank_days') }}

),

due as (

    select
        due_months.period_start,
        coalesce(history.first_date <= {{ months_before('due_months.period_start', 5) }}, false) as has_history

    from {{ source('benchmarks', 'due_months') }} as due_months

    cross join history

    where due_months.supersedes is null

),

viewers as (

    select distinct competitor_group as legal_group from {{ ref('dim_peer_viewers') }}

),

own as (

    select purchases.*

    from {{ ref('audience_purchases') }} as purchases

    inner join viewers on purchases.legal_group = viewers.legal_group

    where purchases.receipt_count > 0

),

customers_of_month as (

    select distinct
        due.period_start,
        own.legal_group,
        'month' as audience,
        '*' as category_code,
        own.customer_id

    from due

    inner join own on due.period_start = own.month_start

),

lapsed_customers as (

    select
        due.period_start,
        own.legal_group,
        'lapsed' as audience,
        own.category_code,
        own.customer_id

    from due

    inner join own
        on own.month_start between {{ months_before('due.period_start', 5) }} and due.period_start

    where due.has_history

    group by due.period_start, own.legal_group, own.category_code, own.customer_id

    having max(own.month_start) <= {{ months_before('due.period_start', 3) }}

),

final as (

    select * from customers_of_month

    union all

    select * from lapsed_customers

)

select * from final
