with

plans as (

    select * from {{ source('predictions', 'stock_plans') }}

),

last_day as (

    select max(as_of) as as_of from plans

),

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

stores as (

    select * from {{ ref('dim_tenant_stores') }}

),

newest as (

    select
        plans.legal_group,
        max(plans.scored_at) as scored_at

    from plans

    inner join last_day on plans.as_of = last_day.as_of

    group by plans.legal_group

),

keyed as (

    select
        tenants.tenant_id,
        coalesce(stores.city_code, plans.city_code) as city_code,
        plans.category_code,
        coalesce(plans.store_id, 0) as store_id,
        plans.as_of,
        plans.service_level,
        plans.lead_days,
        plans.review_days,
        plans.average_price,
        plans.expected_amount,
        plans.stock_amount,
        plans.expected_pieces,
        plans.stock_pieces

    from plans

    inner join newest
        on
            plans.legal_group = newest.legal_group
            and plans.scored_at = newest.scored_at

    inner join tenants on plans.legal_group = tenants.legal_group

    left join stores on plans.store_id = stores.store_id

),

scoped as (

    select
        *,
        {{ scope_id() }} as scope_id

    from keyed

),

final as (

    select
        scopes.tenant_id,
        scopes.tenant_name,
        scopes.city_en,
        scopes.city_ru,
        scopes.category_en,
        scopes.category_ru,
        scopes.store_name_en,
        scopes.store_name_ru,
        scoped.as_of,
        scoped.service_level,
        scoped.lead_days,
        scoped.review_days,
        scoped.average_price,
        scoped.expected_amount,
        scoped.stock_amount,
        cast(scoped.stock_amount - scoped.expected_amount as numeric(18, 2)) as reserve_amount,
        scoped.expected_pieces,
        scoped.stock_pieces

    from scoped

    inner join {{ ref('dim_scopes') }} as scopes on scoped.scope_id = scopes.scope_id

)

select * from final
