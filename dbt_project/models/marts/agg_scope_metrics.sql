with

purchases as (

    select * from {{ ref('agg_tenant_window_purchases') }}

),

scope_customers as (

    select
        tenant_id,
        period_days,
        window_kind,
        {{ scope_keys() }},
        sum(revenue_amount) as revenue_amount,
        sum(receipt_count) as receipt_count,
        is_new

    from purchases

    group by {{ scope_sets('tenant_id, period_days, window_kind, customer_id, is_new') }}

),

final as (

    select
        tenant_id,
        period_days,
        window_kind,
        {{ scope_id() }} as scope_id,
        cast(sum(revenue_amount) as numeric(18, 2)) as revenue_amount,
        cast(sum(receipt_count) as bigint) as receipt_count,
        sum(case when receipt_count > 0 then 1 else 0 end) as customer_count,
        sum(case when receipt_count > 0 and is_new then 1 else 0 end) as new_customer_count,
        sum(case when receipt_count > 1 then 1 else 0 end) as repeat_customer_count

    from scope_customers

    group by tenant_id, period_days, window_kind, city_code, category_code, store_id

)

select * from final
