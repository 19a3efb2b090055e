{{ config(materialized='window', meta={'window': ['month_start', 'month']}) }}

with

transactions as (

    select * from {{ ref('fct_transactions') }}
    where {{ in_window('business_date', 'month') }}

),

versions as (

    select * from {{ ref('dim_customer_versions') }}

),

-- Each purchase with the customer as of its day: two rows of one customer where the description changed in the month.
described as (

    select
        {{ first_of_month('transactions.business_date') }} as month_start,
        transactions.store_id,
        transactions.customer_id,
        coalesce(versions.age_band, 'unknown') as age_band,
        coalesce(versions.gender, 'unknown') as gender,
        coalesce(versions.marital_status, 'unknown') as marital_status,
        coalesce(versions.residency, 'unknown') as residency,
        coalesce(versions.income_tier, 'unknown') as income_tier,
        sum(transactions.amount) as revenue_amount,
        sum(case when transactions.is_refund then 0 else 1 end) as receipt_count

    from transactions

    left join versions
        on
            transactions.customer_id = versions.customer_id
            and transactions.business_date >= versions.valid_from
            and transactions.business_date < versions.valid_until

    group by
        {{ first_of_month('transactions.business_date') }},
        transactions.store_id,
        transactions.customer_id,
        coalesce(versions.age_band, 'unknown'),
        coalesce(versions.gender, 'unknown'),
        coalesce(versions.marital_status, 'unknown'),
        coalesce(versions.residency, 'unknown'),
        coalesce(versions.income_tier, 'unknown')

),

final as (

    select
        month_start,
        store_id,
        {{ member_keys() }},
        count(distinct case when receipt_count > 0 then customer_id end) as customer_count,
        cast(sum(receipt_count) as bigint) as receipt_count,
        cast(sum(revenue_amount) as numeric(18, 2)) as revenue_amount

    from described

    group by {{ member_sets('month_start, store_id') }}

)

select * from final
