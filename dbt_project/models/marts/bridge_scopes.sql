with

-- A purchase is of one store and category: the finest scopes.
finest as (

    select
        tenant_id,
        city_code,
        store_id,
        category_code

    from {{ ref('dim_scopes') }}

    where
        store_id <> 0
        and category_code <> '*'

    group by
        tenant_id,
        city_code,
        store_id,
        category_code

),

{{ scopes_of('finest') }}

select * from scopes
