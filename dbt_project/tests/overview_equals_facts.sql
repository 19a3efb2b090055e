-- The published revenue and receipts of every tenant and period are those of its stores in the facts.
{{ config(meta={'dagster': {'ref': {'name': 'overview_metrics'}}}) }}
with

sold as (

    select
        stores.tenant_id,
        windows.period_days,
        sum(days.revenue_amount) as revenue,
        sum(days.receipt_count) as receipts

    from {{ ref('fct_store_category_days') }} as days

    inner join {{ ref('dim_tenant_stores') }} as stores on days.store_id = stores.store_id

    inner join {{ ref('dim_report_windows') }} as windows
        on days.business_date between windows.first_date and windows.last_date

    where windows.window_kind = 'current'

    group by stores.tenant_id, windows.period_days

),

shown as (

    select
        tenant_id,
        period_days,
        max(case when metric_code = 'revenue' then value end) as revenue,
        max(case when metric_code = 'receipts' then value end) as receipts

    from {{ ref('overview_metrics') }}

    where city_en = 'All cities' and category_en = 'All categories' and store_name_en = 'All stores'

    group by tenant_id, period_days

)

select shown.*

from shown

left join sold
    on
        shown.tenant_id = sold.tenant_id
        and shown.period_days = sold.period_days

where
    coalesce(shown.revenue, 0) <> coalesce(sold.revenue, 0)
    or coalesce(shown.receipts, 0) <> coalesce(sold.receipts, 0)
