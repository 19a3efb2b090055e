{{ config(materialized='window', meta={'window': ['month_start', 'month']}) }}

with

stores as (

    select * from {{ ref('dim_stores') }}

),

store_months as (

    select
        {{ first_of_month('days.business_date') }} as month_start,
        stores.city_code,
        days.category_code,
        stores.legal_group,
        days.store_id,
        sum(days.revenue_amount) as revenue_amount,
        sum(days.receipt_count) as receipt_count,
        sum(days.refund_amount) as refund_amount

    from {{ ref('fct_store_category_days') }} as days

    inner join stores on days.store_id = stores.store_id

    where {{ in_window('days.business_date', 'month') }}

    group by
        {{ first_of_month('days.business_date') }},
        stores.city_code,
        days.category_code,
        stores.legal_group,
        days.store_id

),

group_months as (

    select
        month_start,
        city_code,
        category_code,
        legal_group,
        sum(revenue_amount) as revenue_amount,
        sum(receipt_count) as receipt_count,
        sum(refund_amount) as refund_amount,
        sum(case when receipt_count > 0 then 1 else 0 end) as store_count

    from store_months

    group by month_start, city_code, category_code, legal_group

),

sums as (

    select
        month_start,
        city_code,
        category_code,
        cast(sum(revenue_amount) as numeric(18, 2)) as revenue_amount,
        cast(sum(receipt_count) as bigint) as receipt_count,
        cast(sum(refund_amount) as numeric(18, 2)) as refund_amount,
        cast(sum(store_count) as bigint) as store_count,
        sum(case when receipt_count > 0 then 1 else 0 end) as legal_group_count,
        cast(max(receipt_count) as bigint) as largest_group_receipt_count

    from group_months

    group by month_start, city_code, category_code

),

-- Customers first, then their count: 5 s in place of the 7 that counting distinct ones in one step takes.
buyers as (

    select
        {{ first_of_month('transactions.business_date') }} as month_start,
        stores.city_code,
        transactions.category_code,
        transactions.customer_id

    from {{ ref('fct_transactions') }} as transactions

    inner join stores on transactions.store_id = stores.store_id

    where
        not transactions.is_refund
        and {{ in_window('transactions.business_date', 'month') }}

    group by
        {{ first_of_month('transactions.business_date') }},
        stores.city_code,
        transactions.category_code,
        transactions.customer_id

),

customers as (

    select
        month_start,
        city_code,
        category_code,
        count(*) as customer_count

    from buyers

    group by month_start, city_code, category_code

),

bills as (

    select
        {{ first_of_month('transactions.business_date') }} as month_start,
        stores.city_code,
        transactions.category_code,
        cast({{ quantile(0.25, 'transactions.amount') }} as numeric(18, 2)) as lower_quartile_bill_amount,
        cast({{ quantile(0.5, 'transactions.amount') }} as numeric(18, 2)) as median_bill_amount,
        cast({{ quantile(0.75, 'transactions.amount') }} as numeric(18, 2)) as upper_quartile_bill_amount

    from {{ ref('fct_transactions') }} as transactions

    inner join stores on transactions.store_id = stores.store_id

    where
        not transactions.is_refund
        and {{ in_window('transactions.business_date', 'month') }}

    group by
        {{ first_of_month('transactions.business_date') }},
        stores.city_code,
        transactions.category_code

),

final as (

    select
        sums.*,
        coalesce(customers.customer_count, 0) as customer_count,
        bills.lower_quartile_bill_amount,
        bills.median_bill_amount,
        bills.upper_quartile_bill_amount

    from sums

    left join customers
        on
            sums.month_start = customers.month_start
            and sums.city_code = customers.city_code
            and sums.category_code = customers.category_code

    left join bills
        on
            sums.month_start = bills.month_start
            and sums.city_code = bills.city_code
            and sums.category_code = bills.category_code

)

select * from final
