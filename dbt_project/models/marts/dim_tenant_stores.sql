with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

stores as (

    select * from {{ ref('dim_stores') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

owned as (

    select
        tenants.tenant_id,
        stores.store_id,
        stores.city_code,
        stores.merchant_name,
        stores.store_name,
        cities.name_en as city_en,
        cities.name_ru as city_ru,
        count(*) over (partition by tenants.tenant_id, stores.store_name) as namesake_count,
        count(*) over (partition by tenants.tenant_id, stores.store_name, stores.city_code) as neighbour_count

    from tenants

    inner join stores on tenants.legal_group = stores.legal_group

    inner join cities on stores.city_code = cities.city_code

),

-- A filter shows a store by name alone: namesakes get their city, namesakes of one city the merchant's name too.
final as (

    select
        tenant_id,
        store_id,
        city_code,
        city_en,
        city_ru,
        store_name
        || case when namesake_count > 1 then ', ' || city_en else '' end
        || case when neighbour_count > 1 then ' (' || merchant_name || ')' else '' end as store_name_en,
        store_name
        || case when namesake_count > 1 then ', ' || city_ru else '' end
        || case when neighbour_count > 1 then ' (' || merchant_name || ')' else '' end as store_name_ru

    from owned

)

select * from final
