{{ config(materialized='window', meta={'window': ['month_start', 'month']}) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}
    where {{ in_window('business_date', 'month') }}

),

customers as (

    select * from {{ ref('fct_store_customer_months') }}
    where {{ in_window('month_start', 'month') }}

),

sums as (

    select
        month_start,
        store_id,
        cast(sum(revenue_amount) as numeric(18, 2)) as revenue_amount,
        cast(sum(receipt_count) as bigint) as receipt_count,
        cast(sum(refund_amount) as numeric(18, 2)) as refund_amount,
        sum(case when receipt_count > 0 then 1 else 0 end) as customer_count,
        sum(case when receipt_count > 1 then 1 else 0 end) as repeat_customer_count

    from customers

    group by month_start, store_id

),

bills as (

    select
        {{ first_of_month('business_date') }} as month_start,
        store_id,
        cast({{ quantile(0.25, 'amount') }} as numeric(18, 2)) as lower_quartile_bill_amount,
        cast({{ quantile(0.5, 'amount') }} as numeric(18, 2)) as median_bill_amount,
        cast({{ quantile(0.75, 'amount') }} as numeric(18, 2)) as upper_quartile_bill_amount

    from transactions

    where not is_refund

    group by {{ first_of_month('business_date') }}, store_id

),

final as (

    select
        sums.*,
        bills.lower_quartile_bill_amount,
        bills.median_bill_amount,
        bills.upper_quartile_bill_amount

    from sums

    left join bills
        on
            sums.month_start = bills.month_start
            and sums.store_id = bills.store_id

)

select * from final
