with

clients as (

    select * from {{ ref('dim_customer_versions') }}
    where is_current

),

-- The months before the last are summed already: a night reads the last one.
city_months as (

    select
        customer_id,
        city_code,
        receipt_count,
        first_purchase_date

    from {{ ref('agg_past_customer_cities') }}

    union all

    select
        customer_id,
        city_code,
        receipt_count,
        first_purchase_date

    from {{ ref('fct_customer_city_months') }}

    where month_start >= ({{ last_month() }})

),

customer_cities as (

    select
        customer_id,
        city_code,
        sum(receipt_count) as receipt_count,
        min(first_purchase_date) as first_purchase_date

    from city_months

    group by customer_id, city_code

),

customers as (

    select
        customer_id,
        max(receipt_count) as most_receipts,
        min(first_purchase_date) as first_purchase_date

    from customer_cities

    group by customer_id

),

-- At home where most is bought; of equal cities, the first by name.
buyers as (

    select
        customers.customer_id,
        customers.first_purchase_date,
        min(customer_cities.city_code) as home_city_code

    from customer_cities

    inner join customers
        on
            customer_cities.customer_id = customers.customer_id
            and customer_cities.receipt_count = customers.most_receipts

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
