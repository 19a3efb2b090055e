{{ config(
    materialized='window',
    meta={'window': ['month_start', 'month'], 'sums_money_of_many_groups': true}
) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}
    where {{ in_window('business_date', 'month') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

final as (

    select
        {{ first_of_month('transactions.business_date') }} as month_start,
        transactions.customer_id,
        stores.city_code,
        cast(sum(transactions.amount) as numeric(18, 2)) as spend_amount,
        sum(case when transactions.is_refund then 0 else 1 end) as receipt_count,
        min(case when not transactions.is_refund then transactions.business_date end) as first_purchase_date,
        max(case when not transactions.is_refund then transactions.business_date end) as last_purchase_date

    from transactions

    inner join stores on transactions.store_id = stores.store_id

    group by {{ first_of_month('transactions.business_date') }}, transactions.customer_id, stores.city_code

)

select * from final
