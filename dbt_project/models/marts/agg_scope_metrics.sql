with

purchases as (

    select * from {{ ref('agg_tenant_window_purchases') }}

),

scopes as (

    select * from {{ ref('bridge_scopes') }}

),

scope_customers as (

    select
        scopes.scope_id,
        purchases.tenant_id,
        purchases.period_days,
        purchases.window_kind,
        purchases.customer_id,
        purchases.is_new,
        sum(purchases.revenue_amount) as revenue_amount,
        sum(purchases.receipt_count) as receipt_count

    from purchases

    inner join scopes
        on
            purchases.store_id = scopes.store_id
            and purchases.category_code = scopes.category_code

    group by
        scopes.scope_id,
        purchases.tenant_id,
        purchases.period_days,
        purchases.window_kind,
        purchases.customer_id,
        purchases.is_new

),

final as (

    select
        tenant_id,
        period_days,
        window_kind,
        scope_id,
        cast(sum(revenue_amount) as numeric(18, 2)) as revenue_amount,
        cast(sum(receipt_count) as bigint) as receipt_count,
        sum(case when receipt_count > 0 then 1 else 0 end) as customer_count,
        sum(case when receipt_count > 0 and is_new then 1 else 0 end) as new_customer_count,
        sum(case when receipt_count > 1 then 1 else 0 end) as repeat_customer_count

    from scope_customers

    group by scope_id, tenant_id, period_days, window_kind

)

select * from final
