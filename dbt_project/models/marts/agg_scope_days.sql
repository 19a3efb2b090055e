{{ config(
    materialized='window',
    meta={'window': ['business_date', 'day'], 'in_one_piece': true},
    pre_hook="{{ forget_changed_tenant_stores('tenant_id') }}",
    post_hook="{{ remember_tenant_stores() }}"
) }}

with

stores as (

    select * from {{ ref('dim_tenant_stores') }}

),

-- A tenant whose stores are not those of its last run gets its whole history: its totals over stores have changed.
changed_tenants as (

    {{ changed_tenant_stores('tenant_id') }}

),

changed_stores as (

    select stores.*

    from stores

    inner join changed_tenants on stores.tenant_id = changed_tenants.tenant_id

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

    from {{ ref('fct_store_category_days') }} as days

    inner join stores on days.store_id = stores.store_id

    where {{ in_window('days.business_date') }}

    union all

    select
        changed_stores.tenant_id,
        days.business_date,
        changed_stores.city_code,
        days.category_code,
        days.store_id,
        days.revenue_amount,
        days.receipt_count

    from {{ ref('fct_store_category_days') }} as days

    inner join changed_stores on days.store_id = changed_stores.store_id

    where not ({{ in_window('days.business_date') }})

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
