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

ranked as (

    select
        customer_id,
        city_code,
        min(first_purchase_date) over (partition by customer_id) as first_purchase_date,
        row_number() over (partition by customer_id order by receipt_count desc, city_code asc) as city_rank

    from customer_cities

),

buyers as (

    select
        customer_id,
        city_code as home_city_code,
        first_purchase_date

    from ranked

    where city_rank = 1

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
