with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

bought as (

    select distinct
        tenant_id,
        city_code,
        category_code,
        store_id

    from {{ ref('agg_scope_days') }}

),

-- A tenant without a single receipt still has its first page.
scopes as (

    select * from bought

    union distinct

    select
        tenant_id,
        '*' as city_code,
        '*' as category_code,
        0 as store_id

    from tenants

),

-- A store can be chosen with its city chosen, and with all cities chosen.
places as (

    select
        *,
        {{ scope_id() }} as scope_id,
        city_code as shown_city_code

    from scopes

    union all

    select
        *,
        {{ scope_id() }} as scope_id,
        '*' as shown_city_code

    from scopes

    where store_id <> 0

),

final as (

    select
        places.scope_id,
        places.tenant_id,
        tenants.name as tenant_name,
        places.city_code,
        places.category_code,
        places.store_id,
        coalesce(cities.name_en, 'All cities') as city_en,
        coalesce(cities.name_ru, 'Все города') as city_ru,
        coalesce(categories.name_en, 'All categories') as category_en,
        coalesce(categories.name_ru, 'Все категории') as category_ru,
        coalesce(stores.store_name_en, 'All stores') as store_name_en,
        coalesce(stores.store_name_ru, 'Все магазины') as store_name_ru

    from places

    inner join tenants on places.tenant_id = tenants.tenant_id

    left join {{ ref('dim_cities') }} as cities on places.shown_city_code = cities.city_code

    left join {{ ref('dim_categories') }} as categories on places.category_code = categories.category_code

    left join {{ ref('dim_tenant_stores') }} as stores
        on
            places.tenant_id = stores.tenant_id
            and places.store_id = stores.store_id

)

select * from final
