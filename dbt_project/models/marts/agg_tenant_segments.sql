with

windows as (

    select * from {{ ref('dim_report_windows') }}
    where
        window_kind = 'current'
        and period_days in (90, 365)

),

customers as (

    select
        purchases.tenant_id,
        windows.period_days,
        purchases.customer_id,
        sum(purchases.receipt_count) as receipt_count,
        sum(purchases.revenue_amount) as revenue_amount

    from {{ ref('agg_tenant_window_purchases') }} as purchases

    inner join windows on purchases.window_number = windows.window_number

    group by purchases.tenant_id, windows.period_days, purchases.customer_id

),

-- Refunds of those without a receipt count in the money, so that the segments add up to the tenant's revenue.
final as (

    select
        customers.tenant_id,
        customers.period_days,
        coalesce(segments.segment_number, 0) as segment_number,
        cast(sum(case when customers.receipt_count > 0 then 1 else 0 end) as bigint) as customer_count,
        cast(sum(customers.receipt_count) as bigint) as receipt_count,
        cast(sum(customers.revenue_amount) as numeric(18, 2)) as revenue_amount

    from customers

    left join {{ ref('current_customer_segments') }} as segments on customers.customer_id = segments.customer_id

    group by customers.tenant_id, customers.period_days, coalesce(segments.segment_number, 0)

)

select * from final
