{{ config(materialized='window', meta={'window': ['business_date', 'day']}) }}

with

store_days as (

    select * from {{ ref('fct_store_category_days') }}
    where {{ in_window('business_date') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

final as (

    select
        store_days.business_date,
        stores.city_code,
        cast(sum(store_days.revenue_amount) as numeric(18, 2)) as revenue_amount,
        cast(sum(store_days.receipt_count) as bigint) as receipt_count,
        cast(sum(store_days.refund_amount) as numeric(18, 2)) as refund_amount

    from store_days

    inner join stores on store_days.store_id = stores.store_id

    group by store_days.business_date, stores.city_code

)

select * from final
