with

windows as (

    select * from {{ ref('dim_report_windows') }}
    where is_loaded or window_kind = 'current'

),

purchases as (

    select
        window_number,
        store_id,
        category_code,
        customer_id,
        revenue_amount,
        receipt_count,
        case when is_new then 1 else 0 end as is_new

    from {{ ref('agg_tenant_window_purchases') }}

),

scopes as (

    select * from {{ ref('bridge_scopes') }}

),

-- In a scope of one store and category each customer has one row: he need not be looked for among others.
single_scopes as (

    select scope_id

    from scopes

    group by scope_id

    having count(*) = 1

),

single_customers as (

    select
        scopes.scope_id,
        purchases.window_number,
        count(*) as customer_count,
        sum(purchases.is_new) as new_customer_count,
        sum(case when purchases.receipt_count > 1 then 1 else 0 end) as repeat_customer_count

    from purchases

    inner join scopes
        on
            purchases.store_id = scopes.store_id
            and purchases.category_code = scopes.category_code

    inner join single_scopes on scopes.scope_id = single_scopes.scope_id

    where purchases.receipt_count > 0

    group by scopes.scope_id, purchases.window_number

),

wide_scopes as (

    select scopes.*

    from scopes

    left join single_scopes on scopes.scope_id = single_scopes.scope_id

    where single_scopes.scope_id is null

),

scope_customers as (

    select
        scopes.scope_id,
        purchases.window_number,
        purchases.customer_id,
        max(purchases.is_new) as is_new,
        sum(purchases.receipt_count) as receipt_count

    from purchases

    inner join wide_scopes as scopes
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

    union all

    select * from single_customers

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
