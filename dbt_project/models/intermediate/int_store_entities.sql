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

named as (

    select
        stores.store_id,
        stores.merchant_name,
        stores.city_code,
        coalesce(of_one_city.store_name, of_every_city.store_name) as store_name,
        coalesce(of_one_city.legal_group, of_every_city.legal_group) as legal_group,
        {{ brand_key('stores.merchant_name') }} as brand_key,
        {{ replace_all('stores.merchant_name', '[^0-9]+', '') }} <> '' as has_number

    from stores

    left join of_one_city
        on
            stores.merchant_name = of_one_city.merchant_name
            and stores.city_code = of_one_city.city_code

    left join of_every_city on stores.merchant_name = of_every_city.merchant_name

),

spelt as (

    select distinct legal_group

    from named

    where legal_group is not null

),

-- One owner spelt twice in the bank's list is one competitor: the first spelling by name stands for all.
owners as (

    select
        legal_group,
        min(legal_group) over (partition by {{ spelling_key('legal_group') }}) as competitor_group

    from spelt

),

keyed as (

    select
        named.*,
        owners.competitor_group as stated_group

    from named

    left join owners on named.legal_group = owners.legal_group

),

brands as (

    select
        brand_key,
        count(*) as store_count,
        count(distinct stated_group) as stated_group_count,
        min(stated_group) as stated_group

    from keyed

    where brand_key is not null

    group by brand_key

),

brand_cities as (

    select
        brand_key,
        city_code,
        count(*) as store_count,
        count(stated_group) as stated_store_count

    from keyed

    where brand_key is not null

    group by brand_key, city_code

),

compared as (

    select
        keyed.store_id,
        keyed.merchant_name,
        keyed.city_code,
        keyed.store_name,
        keyed.legal_group,
        keyed.stated_group,
        keyed.brand_key,
        case
            when keyed.stated_group is not null or coalesce(brands.store_count, 1) = 1 then null
            when brands.stated_group_count <= 1 then coalesce(brands.stated_group, 'brand:' || keyed.brand_key)
        end as likely_group,
        cast(case
            when keyed.stated_group is not null then 1
            when coalesce(brands.store_count, 1) = 1 then 1
            when {{ is_generic('keyed.brand_key') }} then 0.2
            when brands.stated_group_count > 1 then 0.3
            when brands.stated_group_count = 1 and (brand_cities.stated_store_count > 0 or keyed.has_number) then 0.9
            when brands.stated_group_count = 1 then 0.6
            when brand_cities.store_count > 1 or keyed.has_number then 0.8
            else 0.5
        end as numeric(3, 2)) as confidence

    from keyed

    left join brands on keyed.brand_key = brands.brand_key

    left join brand_cities
        on
            keyed.brand_key = brand_cities.brand_key
            and keyed.city_code = brand_cities.city_code

),

final as (

    select
        store_id,
        merchant_name,
        city_code,
        store_name,
        coalesce(legal_group, 'store:' || cast(store_id as {{ dbt.type_string() }})) as legal_group,
        brand_key,
        coalesce(
            stated_group,
            case when confidence >= {{ var('sure_match') }} then likely_group end,
            'store:' || cast(store_id as {{ dbt.type_string() }})
        ) as competitor_group,
        case
            when stated_group is not null then 'bank'
            when likely_group is not null and confidence >= {{ var('sure_match') }} then 'name'
            when confidence < {{ var('sure_match') }} then 'unsure'
            else 'alone'
        end as source,
        confidence,
        likely_group

    from compared

)

select * from final
