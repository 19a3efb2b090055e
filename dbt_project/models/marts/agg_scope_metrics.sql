with

-- One number for a window: customers are grouped by it, and millions of texts would be compared.
windows as (

    select
        period_days,
        window_kind,
        row_number() over (order by period_days asc, window_kind asc) as window_number

    from {{ ref('dim_report_windows') }}

),

purchases as (

    select
        windows.window_number,
        purchases.store_id,
        purchases.category_code,
        purchases.customer_id,
        purchases.revenue_amount,
        purchases.receipt_count,
        case when purchases.is_new then 1 else 0 end as is_new

    from {{ ref('agg_tenant_window_purchases') }} as purchases

    inner join windows
        on
            purchases.period_days = windows.period_days
            and purchases.window_kind = windows.window_kind

),

scopes as (

    select * from {{ ref('bridge_scopes') }}

),

scope_customers as (

    select
        scopes.scope_id,
        purchases.window_number,
        purchases.customer_id,
        max(purchases.is_new) as is_new,
        sum(purchases.receipt_count) as receipt_count

    from purchases

    inner join scopes
        on
            purchases.store_id = scopes.store_id
            and purchases.category_code = scopes.category_code

    where purchases.receipt_count > 0

    group by
        scopes.scope_id,
        purchases.window_number,
        purchases.customer_id

),

customers as (

    select
        scope_id,
        window_number,
        count(*) as customer_count,
        sum(is_new) as new_customer_count,
        sum(case when receipt_count > 1 then 1 else 0 end) as repeat_customer_count

    from scope_customers

    group by scope_id, window_number

),

-- Money and receipts add up, customers do not.
store_sums as (

    select
        window_number,
        store_id,
        category_code,
        sum(revenue_amount) as revenue_amount,
        sum(receipt_count) as receipt_count

    from purchases

    group by window_number, store_id, category_code

),

sums as (

    select
        scopes.tenant_id,
        scopes.scope_id,
        store_sums.window_number,
        sum(store_sums.revenue_amount) as revenue_amount,
        sum(store_sums.receipt_count) as receipt_count

    from store_sums

    inner join scopes
        on
            store_sums.store_id = scopes.store_id
            and store_sums.category_code = scopes.category_code

    group by scopes.tenant_id, scopes.scope_id, store_sums.window_number

),

final as (

    select
        sums.tenant_id,
        windows.period_days,
        windows.window_kind,
        sums.scope_id,
        cast(sums.revenue_amount as numeric(18, 2)) as revenue_amount,
        cast(sums.receipt_count as bigint) as receipt_count,
        cast(coalesce(customers.customer_count, 0) as bigint) as customer_count,
        cast(coalesce(customers.new_customer_count, 0) as bigint) as new_customer_count,
        cast(coalesce(customers.repeat_customer_count, 0) as bigint) as repeat_customer_count

    from sums

    inner join windows on sums.window_number = windows.window_number

    left join customers
        on
            sums.scope_id = customers.scope_id
            and sums.window_number = customers.window_number

)

select * from final
