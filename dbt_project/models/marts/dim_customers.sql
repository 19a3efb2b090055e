with

clients as (

    select * from {{ ref('dim_customer_versions') }}
    where is_current

),

past as (

    select * from {{ ref('agg_past_customer_cities') }}

),

recent as (

    select * from {{ ref('fct_customer_city_months') }}
    where month_start >= ({{ last_month() }})

),

-- At home is a customer where most is bought: where it was before the last month, or where the last month was spent.
likely_homes as (

    select
        customer_id,
        city_code,
        receipt_count,
        customer_first_purchase_date as first_purchase_date

    from past

    where is_home

    union all

    select
        recent.customer_id,
        recent.city_code,
        recent.receipt_count + coalesce(past.receipt_count, 0) as receipt_count,
        recent.first_purchase_date

    from recent

    left join past
        on
            recent.customer_id = past.customer_id
            and recent.city_code = past.city_code

),

customers as (

    select
        customer_id,
        max(receipt_count) as most_receipts,
        min(first_purchase_date) as first_purchase_date

    from likely_homes

    group by customer_id

),

-- Of equal cities, the first by name.
buyers as (

    select
        customers.customer_id,
        customers.first_purchase_date,
        min(likely_homes.city_code) as home_city_code

    from likely_homes

    inner join customers
        on
            likely_homes.customer_id = customers.customer_id
            and likely_homes.receipt_count = customers.most_receipts

    group by customers.customer_id, customers.first_purchase_date

),

everybody as (

    select customer_id from clients

    union distinct

    select customer_id from buyers

),

final as (

    select
        everybody.customer_id,
        clients.age,
        coalesce(clients.age_band, 'unknown') as age_band,
        coalesce(clients.gender, 'unknown') as gender,
        coalesce(clients.marital_status, 'unknown') as marital_status,
        coalesce(clients.residency, 'unknown') as residency,
        clients.bank_category,
        coalesce(clients.income_tier, 'unknown') as income_tier,
        buyers.home_city_code,
        buyers.first_purchase_date

    from everybody

    left join clients on everybody.customer_id = clients.customer_id

    left join buyers on everybody.customer_id = buyers.customer_id

)

select * from final
