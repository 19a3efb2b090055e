with

windows as (

    select * from {{ ref('dim_report_windows') }}
    where window_kind = 'current'

),

stores as (

    select * from {{ ref('dim_stores') }}

),

past as (

    select * from {{ ref('agg_past_customer_cities') }}
    where last_purchase_date >= (select min(windows.first_date) from windows)

),

recent as (

    select
        customer_id,
        city_code,
        last_purchase_date

    from {{ ref('fct_customer_city_months') }}

    where
        month_start >= ({{ last_month() }})
        and last_purchase_date is not null

),

recent_customers as (

    select
        customer_id,
        max(last_purchase_date) as last_purchase_date

    from recent

    group by customer_id

),

-- Who bought in the last month did so after everything before it.
place_visits as (

    select * from recent

    union all

    select
        past.customer_id,
        past.city_code,
        past.last_purchase_date

    from past

    left join recent
        on
            past.customer_id = recent.customer_id
            and past.city_code = recent.city_code

    where recent.customer_id is null

    union all

    select
        customer_id,
        '*' as city_code,
        last_purchase_date

    from recent_customers

    union all

    select distinct
        past.customer_id,
        '*' as city_code,
        past.customer_last_purchase_date as last_purchase_date

    from past

    left join recent_customers on past.customer_id = recent_customers.customer_id

    where recent_customers.customer_id is null

),

first_dates as (

    select
    {% for days in var('report_periods') %}
        max(case when period_days = {{ days }} then first_date end) as first_date_{{ days }}{{ ',' if not loop.last }}
    {% endfor %}

    from windows

),

-- All windows end at the last loaded day: who bought within one bought within each longer one, too.
recent_visits as (

    select
        place_visits.customer_id,
        place_visits.city_code,
        case
            {% for days in var('report_periods') %}
            when place_visits.last_purchase_date >= first_dates.first_date_{{ days }} then {{ days }}
            {% endfor %}
        end as period_days

    from place_visits

    cross join first_dates

),

-- Customers who are alike in all that is counted are counted once, in the shortest window that they bought in.
alike as (

    select
        recent_visits.period_days,
        recent_visits.city_code,
        customers.age_band,
        customers.gender,
        customers.marital_status,
        customers.residency,
        customers.income_tier,
        count(*) as customer_count

    from recent_visits

    inner join {{ ref('dim_customers') }} as customers on recent_visits.customer_id = customers.customer_id

    group by
        recent_visits.period_days,
        recent_visits.city_code,
        customers.age_band,
        customers.gender,
        customers.marital_status,
        customers.residency,
        customers.income_tier

),

in_windows as (

    select
        windows.period_days,
        alike.city_code,
        alike.age_band,
        alike.gender,
        alike.marital_status,
        alike.residency,
        alike.income_tier,
        alike.customer_count

    from alike

    inner join windows on alike.period_days <= windows.period_days

),

attributes as (

    select
        period_days,
        city_code,
        {{ member_keys() }},
        cast(sum(customer_count) as bigint) as weight_count

    from in_windows

    group by {{ member_sets('period_days, city_code') }}

),

-- Of a window, the months that lie within it whole are summed already, in a thirtieth of the rows.
edge_days as (

    select
        windows.period_days,
        days.store_id,
        days.receipt_count

    from {{ ref('fct_store_category_days') }} as days

    inner join windows
        on
            days.business_date between windows.first_date and windows.last_date
            and (
                {{ first_of_month('days.business_date') }} < windows.first_date
                or {{ first_of_month('days.business_date') }} = {{ first_of_month('windows.last_date') }}
            )

    where
        days.business_date >= (
            select min(recent.first_date) from windows as recent
            where recent.period_days < 365
        )
        or days.business_date between (select min(year_first.first_date) from windows as year_first)
        and (select {{ add_days('min(year_edge.first_date)', 31) }} from windows as year_edge)

),

store_receipts as (

    select * from edge_days

    union all

    select
        windows.period_days,
        months.store_id,
        months.receipt_count

    from {{ ref('fct_store_months') }} as months

    inner join windows
        on
            months.month_start >= windows.first_date
            and months.month_start < {{ first_of_month('windows.last_date') }}

),

group_receipts as (

    select
        receipts.period_days,
        stores.city_code,
        stores.legal_group,
        sum(receipts.receipt_count) as receipt_count

    from store_receipts as receipts

    inner join stores on receipts.store_id = stores.store_id

    group by receipts.period_days, stores.city_code, stores.legal_group

),

place_groups as (

    select
        period_days,
        case when grouping(city_code) = 1 then '*' else city_code end as city_code,
        legal_group,
        sum(receipt_count) as receipt_count

    from group_receipts

    group by grouping sets ((period_days, legal_group), (period_days, legal_group, city_code))

),

-- The weekdays of a place tell about its merchants: ten legal groups besides the viewer's, none above a quarter.
open_places as (

    select
        period_days,
        city_code

    from place_groups

    where receipt_count > 0

    group by period_days, city_code

    having count(*) >= 11 and max(receipt_count) <= 0.25 * sum(receipt_count)

),

city_weekdays as (

    select
        windows.period_days,
        days.city_code,
        {{ weekday('days.business_date') }} as weekday,
        sum(days.receipt_count) as receipt_count

    from {{ ref('fct_city_days') }} as days

    inner join windows on days.business_date between windows.first_date and windows.last_date

    group by windows.period_days, days.city_code, {{ weekday('days.business_date') }}

),

place_weekdays as (

    select
        period_days,
        case when grouping(city_code) = 1 then '*' else city_code end as city_code,
        weekday,
        sum(receipt_count) as receipt_count

    from city_weekdays

    group by grouping sets ((period_days, weekday), (period_days, weekday, city_code))

),

weekdays as (

    select
        place_weekdays.period_days,
        place_weekdays.city_code,
        'weekday' as dimension_code,
        cast(place_weekdays.weekday as {{ dbt.type_string() }}) as member_code,
        cast(place_weekdays.receipt_count as bigint) as weight_count

    from place_weekdays

    inner join open_places
        on
            place_weekdays.period_days = open_places.period_days
            and place_weekdays.city_code = open_places.city_code

),

final as (

    select * from attributes

    union all

    select * from weekdays

)

select * from final
