-- Raw, staging, facts and roll-ups agree day by day in money and receipts, and in rows where they keep rows.
{{ config(meta={'dagster': {'ref': {'name': 'fct_transactions'}}}) }}
with

totals as (

    select
        business_date,
        'raw' as step,
        count(*) as row_count,
        sum(case when amount < 0 then 0 else 1 end) as receipt_count,
        sum(amount) as amount

    from {{ source('raw', 'transactions') }}

    where {{ in_window('business_date') }}

    group by business_date

    union all

    select
        business_date,
        'staging' as step,
        count(*) as row_count,
        sum(case when is_refund then 0 else 1 end) as receipt_count,
        sum(amount) as amount

    from {{ ref('stg_bank__transactions') }}

    where {{ in_window('business_date') }}

    group by business_date

    union all

    select
        business_date,
        'transactions' as step,
        count(*) as row_count,
        sum(case when is_refund then 0 else 1 end) as receipt_count,
        sum(amount) as amount

    from {{ ref('fct_transactions') }}

    where {{ in_window('business_date') }}

    group by business_date

    union all

    select
        business_date,
        'customer days' as step,
        null as row_count,
        sum(receipt_count) as receipt_count,
        sum(spend_amount) as amount

    from {{ ref('fct_customer_category_days') }}

    where {{ in_window('business_date') }}

    group by business_date

    union all

    select
        business_date,
        'store days' as step,
        null as row_count,
        sum(receipt_count) as receipt_count,
        sum(revenue_amount) as amount

    from {{ ref('fct_store_category_days') }}

    where {{ in_window('business_date') }}

    group by business_date

    union all

    select
        business_date,
        'bank days' as step,
        null as row_count,
        receipt_count,
        revenue_amount as amount

    from {{ ref('fct_bank_days') }}

    where {{ in_window('business_date') }}

    union all

    select
        business_date,
        'city days' as step,
        null as row_count,
        sum(receipt_count) as receipt_count,
        sum(revenue_amount) as amount

    from {{ ref('fct_city_days') }}

    where {{ in_window('business_date') }}

    group by business_date

)

select
    business_date,
    count(distinct step) as step_count,
    min(row_count) as least_row_count,
    max(row_count) as most_row_count,
    min(receipt_count) as least_receipt_count,
    max(receipt_count) as most_receipt_count,
    min(amount) as least_amount,
    max(amount) as most_amount

from totals

group by business_date

having
    count(distinct step) <> 7
    or min(row_count) <> max(row_count)
    or min(receipt_count) <> max(receipt_count)
    or min(amount) <> max(amount)
