{{ config(
    materialized='window',
    meta={'window': ['month_start', 'month'], 'sums_money_of_many_groups': true}
) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}
    where {{ in_window('business_date', 'month') }}

),

final as (

    select
        {{ first_of_month('business_date') }} as month_start,
        store_id,
        customer_id,
        cast(sum(amount) as numeric(18, 2)) as revenue_amount,
        sum(case when is_refund then 0 else 1 end) as receipt_count,
        cast(sum(case when is_refund then -amount else 0 end) as numeric(18, 2)) as refund_amount,
        min(case when not is_refund then business_date end) as first_purchase_date,
        max(case when not is_refund then business_date end) as last_purchase_date

    from transactions

    group by {{ first_of_month('business_date') }}, store_id, customer_id

)

select * from final
