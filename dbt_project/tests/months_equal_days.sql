-- Every roll-up by month has the receipts, the money and the refunds of the bank's days, month by month.
{{ config(meta={'dagster': {'ref': {'name': 'fct_group_months'}}}) }}
with

totals as (

    select
        {{ first_of_month('business_date') }} as month_start,
        'days' as step,
        sum(receipt_count) as receipt_count,
        sum(revenue_amount) as amount,
        sum(refund_amount) as refund_amount

    from {{ ref('fct_bank_days') }}

    where {{ in_window('business_date', 'month') }}

    group by {{ first_of_month('business_date') }}

    union all

    select
        month_start,
        'customer categories' as step,
        sum(receipt_count) as receipt_count,
        sum(spend_amount) as amount,
        sum(refund_amount) as refund_amount

    from {{ ref('fct_customer_category_months') }}

    where {{ in_window('month_start', 'month') }}

    group by month_start

    union all

    select
        month_start,
        'customer cities' as step,
        sum(receipt_count) as receipt_count,
        sum(spend_amount) as amount,
        null as refund_amount

    from {{ ref('fct_customer_city_months') }}

    where {{ in_window('month_start', 'month') }}

    group by month_start

    union all

    select
        month_start,
        'store customers' as step,
        sum(receipt_count) as receipt_count,
        sum(revenue_amount) as amount,
        sum(refund_amount) as refund_amount

    from {{ ref('fct_store_customer_months') }}

    where {{ in_window('month_start', 'month') }}

    group by month_start

    union all

    select
        month_start,
        'stores' as step,
        sum(receipt_count) as receipt_count,
        sum(revenue_amount) as amount,
        sum(refund_amount) as refund_amount

    from {{ ref('fct_store_months') }}

    where {{ in_window('month_start', 'month') }}

    group by month_start

    union all

    select
        month_start,
        'groups' as step,
        sum(receipt_count) as receipt_count,
        sum(revenue_amount) as amount,
        sum(refund_amount) as refund_amount

    from {{ ref('fct_group_months') }}

    where {{ in_window('month_start', 'month') }}

    group by month_start

)

select
    month_start,
    count(distinct step) as step_count,
    min(receipt_count) as least_receipt_count,
    max(receipt_count) as most_receipt_count,
    min(amount) as least_amount,
    max(amount) as most_amount,
    min(refund_amount) as least_refund_amount,
    max(refund_amount) as most_refund_amount

from totals

group by month_start

having
    count(distinct step) <> 6
    or min(receipt_count) <> max(receipt_count)
    or min(amount) <> max(amount)
    or min(refund_amount) <> max(refund_amount)
