{{ config(
    materialized='window',
    meta={'window': ['before_month', 'day'], 'in_one_piece': true},
    pre_hook="{{ forget_outdated() }}"
) }}

with

months as (

    select * from {{ ref('fct_customer_city_months') }}
    where exists ({{ is_outdated() }})

),

last_month as (

    {{ last_month() }}

),

summed as (

    select
        last_month.month_start as before_month,
        months.customer_id,
        months.city_code,
        cast(sum(months.receipt_count) as bigint) as receipt_count,
        min(months.first_purchase_date) as first_purchase_date,
        max(months.last_purchase_date) as last_purchase_date

    from months

    inner join last_month on months.month_start < last_month.month_start

    group by last_month.month_start, months.customer_id, months.city_code

),

final as (

    select
        before_month,
        customer_id,
        city_code,
        receipt_count,
        first_purchase_date,
        last_purchase_date,
        row_number() over (partition by customer_id order by receipt_count desc, city_code asc) = 1 as is_home,
        min(first_purchase_date) over (partition by customer_id) as customer_first_purchase_date,
        max(last_purchase_date) over (partition by customer_id) as customer_last_purchase_date

    from summed

)

select * from final
