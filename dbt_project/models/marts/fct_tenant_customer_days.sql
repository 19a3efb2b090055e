{{ config(
    materialized='window',
    meta={'window': ['business_date', 'day'], 'in_one_piece': true},
    pre_hook="{{ forget_changed_tenant_stores('store_id') }}",
    post_hook="{{ remember_tenant_stores() }}"
) }}

with

tenant_stores as (

    select store_id from {{ ref('dim_tenant_stores') }}

),

-- Stores of a tenant that is new get their whole history: tenants come and go, facts need not be built again.
changed_stores as (

    {{ changed_tenant_stores('store_id') }}

),

new_stores as (

    select tenant_stores.store_id

    from tenant_stores

    inner join changed_stores on tenant_stores.store_id = changed_stores.store_id

),

purchases as (

    select transactions.*

    from {{ ref('fct_transactions') }} as transactions

    inner join tenant_stores on transactions.store_id = tenant_stores.store_id

    where {{ in_window('transactions.business_date') }}

    union all

    select transactions.*

    from {{ ref('fct_transactions') }} as transactions

    inner join new_stores on transactions.store_id = new_stores.store_id

    where not ({{ in_window('transactions.business_date') }})

),

final as (

    select
        business_date,
        store_id,
        category_code,
        customer_id,
        cast(sum(amount) as numeric(18, 2)) as revenue_amount,
        sum(case when is_refund then 0 else 1 end) as receipt_count

    from purchases

    group by business_date, store_id, category_code, customer_id

)

select * from final
