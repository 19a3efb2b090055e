with

plans as (

    select
        plans.*,
        models.model_choice

    from {{ source('predictions', 'stock_plans') }} as plans

    inner join {{ ref('current_models') }} as models
        on
            plans.model_name = models.model_name
            and plans.model_version = models.model_version

),

measured as (

    select distinct on (model_name, model_version)
        model_name,
        model_version,
        cast(metrics ->> 'wape_week' as numeric) as wape

    from {{ source('predictions', 'deployments') }}

    order by model_name asc, model_version asc, deployment_id desc

),

last_day as (

    select max(as_of) as as_of from plans
    where model_choice = 'main'

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
        plans.model_choice,
        plans.legal_group,
        max(plans.scored_at) as scored_at

    from plans

    inner join last_day on plans.as_of = last_day.as_of

    group by plans.model_choice, plans.legal_group

),

keyed as (

    select
        tenants.tenant_id,
        plans.model_choice,
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
        plans.stock_pieces,
        measured.wape

    from plans

    inner join newest
        on
            plans.model_choice = newest.model_choice
            and plans.legal_group = newest.legal_group
            and plans.scored_at = newest.scored_at

    inner join tenants on plans.legal_group = tenants.legal_group

    left join stores on plans.store_id = stores.store_id

    left join measured
        on
            plans.model_name = measured.model_name
            and plans.model_version = measured.model_version

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
        choices.model_choice,
        choices.model_choice_en,
        choices.model_choice_ru,
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
        scoped.stock_pieces,
        cast(scoped.wape as numeric(9, 4)) as wape

    from scoped

    inner join {{ ref('dim_model_choices') }} as choices on scoped.model_choice = choices.model_choice

    inner join {{ ref('dim_scopes') }} as scopes on scoped.scope_id = scopes.scope_id

)

select * from final
