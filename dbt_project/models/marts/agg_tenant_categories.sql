with

purchases as (

    select
        purchases.tenant_id,
        purchases.category_code,
        purchases.revenue_amount

    from {{ ref('agg_tenant_window_purchases') }} as purchases

    inner join {{ ref('dim_report_windows') }} as windows on purchases.window_number = windows.window_number

    where
        windows.window_kind = 'current'
        and windows.period_days = 90

),

sums as (

    select
        tenant_id,
        category_code,
        sum(revenue_amount) as revenue_amount,
        sum(sum(revenue_amount)) over (partition by tenant_id) as tenant_revenue_amount

    from purchases

    group by tenant_id, category_code

),

-- A category is the tenant's own from a twentieth of its revenue on: one odd receipt opens no market.
final as (

    select
        tenant_id,
        category_code,
        cast(revenue_amount as numeric(18, 2)) as revenue_amount,
        revenue_amount >= 0.05 * tenant_revenue_amount as is_own

    from sums

)

select * from final
