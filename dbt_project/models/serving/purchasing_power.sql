{% set least = var('minimum_customers') %}

with

tenants as (

    select * from {{ source('security', 'tenants') }}
    where is_active

),

customers as (

    select * from {{ ref('agg_tenant_customer_power') }}

),

measured as (

    select distinct on (model_name, model_version)
        model_name,
        model_version,
        metrics

    from {{ source('predictions', 'deployments') }}

    order by model_name asc, model_version asc, deployment_id desc

),

horizons (horizon_days, horizon_en, horizon_ru) as (

    values
        (30, 'Next 30 days', 'Следующие 30 дней'),
        (90, 'Next 90 days', 'Следующие 90 дней')

),

spendings (spending, spending_sort, spending_en, spending_ru) as (

    values
        ('all', 1, 'All spending', 'Все расходы'),
        ('my_categories', 2, 'In my categories', 'В моих категориях')

),

scored as (

    select
        model_choice,
        horizon_days,
        max(model_name) as model_name,
        max(model_version) as model_version

    from {{ ref('current_purchasing_power') }}

    group by model_choice, horizon_days

),

sums as (

    select
        customers.tenant_id,
        customers.model_choice,
        customers.horizon_days,
        spendings.spending,
        count(*) as customer_count,
        sum(case spendings.spending when 'all' then customers.expected_amount else customers.expected_own_amount end)
            as expected_amount,
        sum(case spendings.spending when 'all' then customers.current_amount else customers.current_own_amount end)
            as current_amount,
        sum(case spendings.spending when 'all' then customers.tenant_amount else customers.tenant_own_amount end)
            as tenant_amount

    from customers

    cross join spendings

    group by customers.tenant_id, customers.model_choice, customers.horizon_days, spendings.spending

),

judged as (

    select
        tenants.tenant_id,
        tenants.name as tenant_name,
        choices.*,
        horizons.*,
        spendings.*,
        coalesce(sums.customer_count, 0) as base_count,
        sums.expected_amount,
        sums.current_amount,
        sums.tenant_amount,
        case when sums.current_amount > 0 then greatest(0, least(1, sums.tenant_amount / sums.current_amount)) end
            as share_of_wallet,
        scored.model_name,
        scored.model_version,
        cast(measured.metrics ->> ('wape_' || horizons.horizon_days) as numeric) as wape,
        case
            when scored.model_name is null then 'no_data'
            when coalesce(sums.customer_count, 0) = 0 then 'no_data'
            when sums.customer_count < {{ least }} then 'withheld'
            else 'published'
        end as status

    from tenants

    cross join {{ ref('dim_model_choices') }} as choices

    cross join horizons

    cross join spendings

    left join sums
        on
            tenants.tenant_id = sums.tenant_id
            and choices.model_choice = sums.model_choice
            and horizons.horizon_days = sums.horizon_days
            and spendings.spending = sums.spending

    left join scored
        on
            choices.model_choice = scored.model_choice
            and horizons.horizon_days = scored.horizon_days

    left join measured
        on
            scored.model_name = measured.model_name
            and scored.model_version = measured.model_version

),

final as (

    select
        tenant_id,
        tenant_name,
        model_choice,
        model_choice_en,
        model_choice_ru,
        horizon_days,
        horizon_en,
        horizon_ru,
        spending,
        spending_sort,
        spending_en,
        spending_ru,
        {% for figure, type in [
            ('base_count as customer_count', 'bigint'),
            ('expected_amount', 'numeric(18, 2)'),
            ('current_amount', 'numeric(18, 2)'),
            ('tenant_amount', 'numeric(18, 2)'),
            ('share_of_wallet', 'numeric(9, 6)'),
            ('expected_amount * (1 - share_of_wallet) as headroom_amount', 'numeric(18, 2)'),
        ] %}
            {% set expression, name = figure.split(' as ')[0], figure.split(' as ')[-1] %}
            {% if name == 'headroom_amount' %}{% set expression = 'greatest(0, ' ~ expression ~ ')' %}{% endif %}
            cast(case when status = 'published' then {{ expression }} end as {{ type }}) as {{ name }},
        {% endfor %}
        model_name,
        model_version,
        cast(wape as numeric(9, 4)) as wape,
        status,
        {{ power_reason_text('status', 'model_name is null', 'model_choice', 'en') }} as reason_en,
        {{ power_reason_text('status', 'model_name is null', 'model_choice', 'ru') }} as reason_ru

    from judged

)

select * from final
