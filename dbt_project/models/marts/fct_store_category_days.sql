{{ config(
    materialized='window',
    meta={'window': ['business_date', 'day'], 'sums_money_of_many_groups': true}
) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}
    where {{ in_window('business_date') }}

),

final as (

    select
        business_date,
        store_id,
        category_code,
        cast(sum(amount) as numeric(18, 2)) as revenue_amount,
        sum(case when is_refund then 0 else 1 end) as receipt_count,
        cast(sum(case when is_refund then -amount else 0 end) as numeric(18, 2)) as refund_amount

    from transactions

    group by business_date, store_id, category_code

)

select * from final
