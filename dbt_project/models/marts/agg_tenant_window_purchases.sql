with

stores as (

    select * from {{ ref('dim_tenant_stores') }}

),

purchases as (

    select
        stores.tenant_id,
        days.store_id,
        days.category_code,
        days.customer_id,
        days.business_date,
        days.revenue_amount,
        days.receipt_count

    from {{ ref('fct_tenant_customer_days') }} as days

    inner join stores on days.store_id = stores.store_id

),

-- A comparison with days that were never loaded is no comparison.
windows as (

    select distinct
        window_number,
        first_date,
        last_date

    from {{ ref('dim_report_windows') }}

    where is_loaded or window_kind = 'current'

),

first_receipts as (

    select
        tenant_id,
        customer_id,
        min(business_date) as first_receipt_date

    from purchases

    where receipt_count > 0

    group by tenant_id, customer_id

),

summed as (

    select
        windows.window_number,
        purchases.store_id,
        purchases.category_code,
        purchases.customer_id,
        sum(purchases.revenue_amount) as revenue_amount,
        sum(purchases.receipt_count) as receipt_count,
        bit_or(
            case
                when purchases.receipt_count > 0
                    then cast(power(2, {{ weekday('purchases.business_date') }} - 1) as integer)
                else 0
            end
        ) as weekday_mask

    from purchases

    inner join windows on purchases.business_date between windows.first_date and windows.last_date

    group by
        windows.window_number,
        purchases.store_id,
        purchases.category_code,
        purchases.customer_id

),

final as (

    select
        stores.tenant_id,
        summed.window_number,
        stores.city_code,
        summed.store_id,
        summed.category_code,
        summed.customer_id,
        cast(summed.revenue_amount as numeric(18, 2)) as revenue_amount,
        cast(summed.receipt_count as bigint) as receipt_count,
        coalesce(first_receipts.first_receipt_date between windows.first_date and windows.last_date, false) as is_new,
        summed.weekday_mask

    from summed

    inner join stores on summed.store_id = stores.store_id

    inner join windows on summed.window_number = windows.window_number

    left join first_receipts
        on
            stores.tenant_id = first_receipts.tenant_id
            and summed.customer_id = first_receipts.customer_id

)

select * from final
