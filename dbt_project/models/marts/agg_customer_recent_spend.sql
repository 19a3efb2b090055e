with

windows as (

    select * from {{ ref('dim_report_windows') }}
    where
        window_kind = 'current'
        and period_days in (30, 90)

),

days as (

    select * from {{ ref('fct_customer_category_days') }}
    where business_date >= (select min(windows.first_date) from windows)

),

final as (

    select
        days.customer_id,
        days.category_code,
        windows.period_days,
        cast(sum(days.spend_amount) as numeric(18, 2)) as spend_amount,
        cast(sum(days.receipt_count) as bigint) as receipt_count

    from days

    inner join windows on days.business_date >= windows.first_date

    group by days.customer_id, days.category_code, windows.period_days

)

select * from final
