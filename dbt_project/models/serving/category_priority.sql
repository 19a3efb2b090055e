{% set least = var('minimum_customers') %}

with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

categories as (

    select * from {{ ref('dim_categories') }}

),

-- Whoever had a receipt at the tenant in the last 90 days.
customers as (

    select
        tenant_id,
        customer_id

    from {{ ref('agg_tenant_customer_power') }}

    where horizon_days = 90

),

bases as (

    select
        tenant_id,
        count(*) as customer_count

    from customers

    group by tenant_id

),

predictions as (

    select * from {{ ref('current_category_priority') }}

),

-- The chance of a customer of whom a category is not kept.
others as (

    select * from predictions
    where customer_id is null

),

scored as (

    select
        customers.tenant_id,
        count(*) as customer_count

    from customers

    where customers.customer_id in (select predictions.customer_id from predictions)

    group by customers.tenant_id

),

kept as (

    select
        customers.tenant_id,
        predictions.category_code,
        count(*) as customer_count,
        sum(predictions.purchase_probability) as probability

    from customers

    inner join predictions on customers.customer_id = predictions.customer_id

    group by customers.tenant_id, predictions.category_code

),

recent as (

    select
        customers.tenant_id,
        spend.category_code,
        count(*) as customer_count,
        sum(spend.receipt_count) as receipt_count

    from customers

    inner join {{ ref('agg_customer_recent_spend') }} as spend on customers.customer_id = spend.customer_id

    where
        spend.period_days = 30
        and spend.receipt_count > 0

    group by customers.tenant_id, spend.category_code

),

own as (

    select * from {{ ref('agg_tenant_categories') }}
    where is_own

),

model as (

    select
        max(model_name) as model_name,
        max(model_version) as model_version

    from predictions

),

counted as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        categories.category_code,
        categories.name_en as category_en,
        categories.name_ru as category_ru,
        own.category_code is not null as is_sold,
        coalesce(bases.customer_count, 0) as base_count,
        coalesce(kept.probability, 0)
        + (coalesce(scored.customer_count, 0) - coalesce(kept.customer_count, 0))
        * coalesce(others.purchase_probability, 0) as expected_count,
        coalesce(recent.customer_count, 0) as recent_count,
        coalesce(recent.receipt_count, 0) as receipt_count,
        model.model_name,
        model.model_version

    from tenants

    cross join categories

    cross join model

    left join bases on tenants.tenant_id = bases.tenant_id

    left join scored on tenants.tenant_id = scored.tenant_id

    left join kept
        on
            tenants.tenant_id = kept.tenant_id
            and categories.category_code = kept.category_code

    left join others on categories.category_code = others.category_code

    left join recent
        on
            tenants.tenant_id = recent.tenant_id
            and categories.category_code = recent.category_code

    left join own
        on
            tenants.tenant_id = own.tenant_id
            and categories.category_code = own.category_code

),

-- Those who buy and those who do not are both told by the count: neither may be fewer than 30, today or expected.
judged as (

    select
        *,
        case
            when model_name is null or base_count = 0 then 'no_data'
            when
                least(recent_count, receipt_count, expected_count) < {{ least }}
                or base_count - greatest(recent_count, expected_count) < {{ least }}
                then 'withheld'
            else 'published'
        end as status

    from counted

),

rounded as (

    select
        *,
        {% for count in ['base_count', 'expected_count', 'recent_count'] %}
            cast(case when status = 'published' then round({{ count }} / 5.0) * 5 end as bigint) as shown_{{ count }},
        {% endfor %}
        {% for place, count in [('category_rank', 'expected_count'), ('recent_rank', 'recent_count')] %}
            cast(
                case
                    when status = 'published'
                        then row_number() over (
                            partition by tenant_id, status
                            order by {{ count }} desc, category_code asc
                        )
                end as integer
            ) as {{ place }}{{ ',' if not loop.last }}
        {% endfor %}

    from judged

),

final as (

    select
        tenant_id,
        tenant_name,
        category_code,
        category_en,
        category_ru,
        is_sold,
        case when is_sold then 'Promote' else 'Add' end as advice_en,
        case when is_sold then 'Продвигать' else 'Добавить' end as advice_ru,
        shown_base_count as customer_count,
        shown_expected_count as expected_customer_count,
        shown_recent_count as recent_customer_count,
        cast(cast(shown_expected_count as numeric) / shown_base_count as numeric(9, 6)) as purchase_probability,
        cast(cast(shown_expected_count as numeric) / shown_recent_count - 1 as numeric(12, 6)) as change_share,
        category_rank,
        recent_rank,
        model_name,
        model_version,
        status,
        {{ power_reason_text('status', 'model_name is null', "'main'", 'en') }} as reason_en,
        {{ power_reason_text('status', 'model_name is null', "'main'", 'ru') }} as reason_ru

    from rounded

)

select * from final
