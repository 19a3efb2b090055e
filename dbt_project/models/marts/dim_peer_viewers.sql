with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

stores as (

    select * from {{ ref('dim_stores') }}

),

-- A competitor that names joined to a tenant's stores has figures of both: the tenant must not read them as its own.
of_one_owner as (

    select competitor_group

    from stores

    group by competitor_group

    having count(distinct legal_group) = 1

),

final as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        stores.competitor_group

    from tenants

    inner join stores on tenants.legal_group = stores.legal_group

    inner join of_one_owner on stores.competitor_group = of_one_owner.competitor_group

    group by tenants.tenant_id, tenants.name, stores.competitor_group

)

select * from final
