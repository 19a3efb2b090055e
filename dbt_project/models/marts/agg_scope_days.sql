with

days as (

    select * from {{ ref('fct_store_category_days') }}

),

stores as (

    select * from {{ ref('dim_tenant_stores') }}

),

tenant_days as (

    select
        stores.tenant_id,
        days.business_date,
        stores.city_code,
        days.category_code,
        days.store_id,
        days.revenue_amount,
        days.receipt_count

    from days

    inner join stores on days.store_id = stores.store_id

),

scope_days as (

    select
        tenant_id,
        business_date,
        {{ scope_keys() }},
        cast(sum(revenue_amount) as numeric(18, 2)) as revenue_amount,
        cast(sum(receipt_count) as bigint) as receipt_count

    from tenant_days

    group by {{ scope_sets('tenant_id, business_date') }}

),

final as (

    select
        *,
        {{ scope_id() }} as scope_id

    from scope_days

)

select * from final
