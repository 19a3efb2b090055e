-- What a tenant sees for all cities, categories and stores is what its stores sold, by both roll-ups, on the days of the window.
{{ config(meta={'dagster': {'ref': {'name': 'agg_scope_days'}}}) }}
with

sold as (

    select
        stores.tenant_id,
        sum(days.revenue_amount) as amount,
        sum(days.receipt_count) as receipt_count

    from {{ ref('fct_store_category_days') }} as days

    inner join {{ ref('dim_tenant_stores') }} as stores on days.store_id = stores.store_id

    where {{ in_window('days.business_date') }}

    group by stores.tenant_id

),

by_customer as (

    select
        stores.tenant_id,
        sum(days.revenue_amount) as amount,
        sum(days.receipt_count) as receipt_count

    from {{ ref('fct_tenant_customer_days') }} as days

    inner join {{ ref('dim_tenant_stores') }} as stores on days.store_id = stores.store_id

    where {{ in_window('days.business_date') }}

    group by stores.tenant_id

),

by_scope as (

    select
        tenant_id,
        sum(revenue_amount) as amount,
        sum(receipt_count) as receipt_count

    from {{ ref('agg_scope_days') }}

    where city_code = '*' and category_code = '*' and store_id = 0 and {{ in_window('business_date') }}

    group by tenant_id

)

select sold.*

from sold

left join by_customer on sold.tenant_id = by_customer.tenant_id

left join by_scope on sold.tenant_id = by_scope.tenant_id

where
    coalesce(sold.amount <> by_customer.amount or sold.receipt_count <> by_customer.receipt_count, true)
    or coalesce(sold.amount <> by_scope.amount or sold.receipt_count <> by_scope.receipt_count, true)
