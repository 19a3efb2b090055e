{{ config(materialized='window', meta={'window': ['business_date', 'day']}) }}

with

store_days as (

    select * from {{ ref('fct_store_category_days') }}
    where {{ in_window('business_date') }}

),

final as (

    select
        business_date,
        cast(sum(revenue_amount) as numeric(18, 2)) as revenue_amount,
        cast(sum(receipt_count) as bigint) as receipt_count,
        cast(sum(refund_amount) as numeric(18, 2)) as refund_amount

    from store_days

    group by business_date

)

select * from final
