with

stores as (

    select distinct
        store_id,
        merchant_name,
        city_code

    from {{ ref('int_store_keys') }}

),

described as (

    select
        stores.merchant_name,
        stores.store_name,
        stores.legal_group,
        cities.city_code

    from {{ ref('stg_bank__stores') }} as stores

    left join {{ ref('int_city_spellings') }} as cities on stores.city_spelling = cities.city_spelling

    where stores.is_current

),

-- Two spellings of a city may describe one store twice: the first by name stands.
of_one_city as (

    select
        merchant_name,
        city_code,
        min(store_name) as store_name,
        min(legal_group) as legal_group

    from described

    where city_code is not null

    group by merchant_name, city_code

),

of_every_city as (

    select
        merchant_name,
        min(store_name) as store_name,
        min(legal_group) as legal_group

    from described

    where city_code is null

    group by merchant_name

),

final as (

    select
        stores.store_id,
        stores.merchant_name,
        coalesce(of_one_city.store_name, of_every_city.store_name, initcap(lower(stores.merchant_name))) as store_name,
        coalesce(
            of_one_city.legal_group,
            of_every_city.legal_group,
            'store:' || cast(stores.store_id as {{ dbt.type_string() }})
        ) as legal_group,
        stores.city_code

    from stores

    left join of_one_city
        on
            stores.merchant_name = of_one_city.merchant_name
            and stores.city_code = of_one_city.city_code

    left join of_every_city on stores.merchant_name = of_every_city.merchant_name

)

select * from final
