-- Every dimension of the members of a month holds all of the month's receipts and money, whatever is known of the customers.
{{ config(meta={'dagster': {'ref': {'name': 'fct_member_months'}}}) }}
with

sold as (

    select
        {{ first_of_month('business_date') }} as month_start,
        sum(case when is_refund then 0 else 1 end) as receipt_count,
        sum(amount) as amount

    from {{ ref('fct_transactions') }}

    where {{ in_window('business_date', 'month') }}

    group by {{ first_of_month('business_date') }}

),

described as (

    select
        month_start,
        dimension_code,
        sum(receipt_count) as receipt_count,
        sum(revenue_amount) as amount

    from {{ ref('fct_member_months') }}

    where {{ in_window('month_start', 'month') }}

    group by month_start, dimension_code

)

select
    sold.month_start,
    sold.receipt_count,
    sold.amount,
    count(described.dimension_code) as dimension_count

from sold

left join described
    on
        sold.month_start = described.month_start
        and sold.receipt_count = described.receipt_count
        and sold.amount = described.amount

group by sold.month_start, sold.receipt_count, sold.amount

having count(described.dimension_code) <> 4
